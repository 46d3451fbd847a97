import { coordinateHex, type G1Json, type G2Json } from "../../../src/verifier/groth16/coordinate.js";
import { Fp2, G1, type G1Point, G2, type G2Point, GROUP_ORDER } from "../../../src/verifier/groth16/curve.js";
import type { ProofJson } from "../../../src/verifier/groth16/proof.js";
import type { VerifyingKeyJson } from "../../../src/verifier/groth16/verifyingKey.js";

const Fr = G1.Fn;

/** A reproducible scalar in [1, r). */
export function scalar(seed: number): bigint {
  let value = BigInt(seed) + 0x9e3779b97f4a7c15n;
  for (let round = 0; round < 6; round++)
    value = (value * value * value + 0x1234567n * value + 7n) % GROUP_ORDER;
  return value === 0n ? 1n : value;
}

export const g1 = (s: bigint): G1Point => G1.BASE.multiply(s);
export const g2 = (s: bigint): G2Point => G2.BASE.multiply(s);

export function g1Json(point: G1Point): G1Json {
  const { x, y } = point.toAffine();
  return [coordinateHex(x), coordinateHex(y)];
}

export function g2Json(point: G2Point): G2Json {
  const { x, y } = point.toAffine();
  return [
    [coordinateHex(x.c0), coordinateHex(x.c1)],
    [coordinateHex(y.c0), coordinateHex(y.c1)],
  ];
}

/** A verifying key whose toxic waste is known. */
export interface ToyKey {
  readonly alpha: bigint;
  readonly beta: bigint;
  readonly gamma: bigint;
  readonly delta: bigint;
  readonly ic: readonly bigint[];
  readonly json: VerifyingKeyJson;
}

export function toyKey(seed: number, publicCount: number): ToyKey {
  const [alpha, beta, gamma, delta] = [1, 2, 3, 4].map((n) => scalar(1000 * seed + n)) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const ic = Array.from({ length: publicCount + 1 }, (_, n) => scalar(1000 * seed + 10 + n));
  const json: VerifyingKeyJson = {
    protocol: "groth16",
    curve: "bn254",
    alpha1: g1Json(g1(alpha)),
    beta2: g2Json(g2(beta)),
    gamma2: g2Json(g2(gamma)),
    delta2: g2Json(g2(delta)),
    ic: ic.map((s) => g1Json(g1(s))),
  };
  return { alpha, beta, gamma, delta, ic, json };
}

/** A triple that satisfies the key's equation for the signals: a, b free, c solved for. */
export function toyProof(key: ToyKey, signals: readonly bigint[], seed: number): ProofJson {
  const [a, b] = [scalar(50_000 + 2 * seed), scalar(50_001 + 2 * seed)];
  const x = signals.reduce((sum, signal, n) => Fr.add(sum, Fr.mul(signal, key.ic[n + 1]!)), key.ic[0]!);
  const right = Fr.add(Fr.mul(key.alpha, key.beta), Fr.mul(x, key.gamma));
  const c = Fr.mul(Fr.sub(Fr.mul(a, b), right), Fr.inv(key.delta));
  return { a: g1Json(g1(a)), b: g2Json(g2(b)), c: g1Json(g1(c)) };
}

/** A point on the twist with the given c0 of x or one a little above it; nearly surely outside G2. */
export function twistPoint(start: bigint): G2Point {
  for (let c0 = start; ; c0++) {
    const x = Fp2.fromBigTuple([c0, 1n]);
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), G2.CURVE().b);
    try {
      return G2.fromAffine({ x, y: Fp2.sqrt(square) });
    } catch {
      // not a square: the next c0
    }
  }
}

/** [n] point for any n, also at or above r; double and add with the complete formulas. */
export function slowMultiply(point: G2Point, n: bigint): G2Point {
  let sum = G2.ZERO;
  for (const bit of n.toString(2)) {
    sum = sum.double();
    if (bit === "1") sum = sum.add(point);
  }
  return sum;
}
