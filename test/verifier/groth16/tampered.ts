import { coordinateHex } from "../../../src/verifier/groth16/coordinate.js";
import { Fp, G1, G2, GROUP_ORDER } from "../../../src/verifier/groth16/curve.js";
import { type ProofJson, parseProof } from "../../../src/verifier/groth16/proof.js";
import { verifyProof } from "../../../src/verifier/groth16/verify.js";
import { parseVerifyingKey, type VerifyingKeyJson } from "../../../src/verifier/groth16/verifyingKey.js";
import { g1, g1Json, g2, g2Json, type ToyKey, toyKey, toyProof, twistPoint } from "./toy.js";

/** A key, public signals and a proof, whole or spoilt in one way. */
export interface Tampered {
  readonly name: string;
  readonly key: VerifyingKeyJson;
  readonly signals: readonly bigint[];
  readonly proof: ProofJson;
}

const key = toyKey(21, 3);
const signals = [5n, GROUP_ORDER - 1n, 0n];
const proof = toyProof(key, signals, 4);
const parsed = parseProof(proof);
const ZERO = coordinateHex(0n);
/** A coordinate written unreduced, which only the reader of 32 bytes meets: text has a canonical form. */
const unreduced = (hex: string): string => `0x${(BigInt(hex) + Fp.ORDER).toString(16).padStart(64, "0")}`;

const withProof = (name: string, changed: Partial<ProofJson>): Tampered => ({
  name,
  key: key.json,
  signals,
  proof: { ...proof, ...changed },
});
const withSignals = (name: string, changed: readonly bigint[]): Tampered => ({
  name,
  key: key.json,
  signals: changed,
  proof,
});

/** Proofs spoilt in every way that the tests of the TypeScript verifier know, and whole ones: one source for both verifiers. */
export const TAMPERED: readonly Tampered[] = [
  withProof("whole", {}),
  withProof("a and b turned round, the same statement", {
    a: g1Json(parsed.a.negate()),
    b: g2Json(parsed.b.negate()),
  }),
  withProof("randomised by delta", {
    b: g2Json(parsed.b.add(g2(key.delta))),
    c: g1Json(parsed.c.add(parsed.a)),
  }),
  ...(["a", "c"] as const).flatMap((part) => [
    withProof(`${part} turned round`, { [part]: g1Json(parsed[part].negate()) }),
    withProof(`${part} moved`, { [part]: g1Json(parsed[part].add(G1.BASE)) }),
    withProof(`${part} at infinity`, { [part]: [ZERO, ZERO] }),
    withProof(`${part} off the curve`, { [part]: [proof[part][0], coordinateHex(1n)] }),
    withProof(`${part} unreduced`, { [part]: [unreduced(proof[part][0]), proof[part][1]] }),
  ]),
  withProof("a and c exchanged", { a: proof.c, c: proof.a }),
  withProof("b turned round", { b: g2Json(parsed.b.negate()) }),
  withProof("b moved", { b: g2Json(parsed.b.add(G2.BASE)) }),
  withProof("b at infinity", {
    b: [
      [ZERO, ZERO],
      [ZERO, ZERO],
    ],
  }),
  withProof("b off the twist", { b: [proof.b[0], [coordinateHex(1n), coordinateHex(2n)]] }),
  withProof("b with real and imaginary parts exchanged", {
    b: [
      [proof.b[0][1], proof.b[0][0]],
      [proof.b[1][1], proof.b[1][0]],
    ],
  }),
  withProof("b on the twist, outside the subgroup", { b: g2Json(twistPoint(3n)) }),
  withProof("b outside the subgroup by a point of small order", { b: g2Json(parsed.b.add(twistPoint(7n))) }),
  withProof("b unreduced", { b: [[unreduced(proof.b[0][0]), proof.b[0][1]], proof.b[1]] }),
  ...signals.map((_, place) =>
    withSignals(
      `signal ${place} one more`,
      signals.map((signal, n) => (n === place ? (signal + 1n) % GROUP_ORDER : signal)),
    ),
  ),
  ...signals.map((_, place) =>
    withSignals(
      `signal ${place} unreduced`,
      signals.map((signal, n) => (n === place ? signal + GROUP_ORDER : signal)),
    ),
  ),
  withSignals("signals in another order", [...signals].reverse()),
  withSignals("a signal too few", signals.slice(1)),
  withSignals("a signal too many", [...signals, 0n]),
  { ...withProof("under another key", {}), key: toyKey(22, 3).json },
];

const spoiltKey = (name: string, changed: Partial<VerifyingKeyJson>) => ({
  name,
  key: { ...key.json, ...changed },
});
const related = (toy: ToyKey, sign: bigint) =>
  g2Json(g2((((toy.gamma + sign * toy.delta) % GROUP_ORDER) + GROUP_ORDER) % GROUP_ORDER));
const { ic, beta2, gamma2, delta2, alpha1 } = key.json;

/** Keys that lets anybody forge, or that are none. */
export const TAMPERED_KEYS: readonly { readonly name: string; readonly key: VerifyingKeyJson }[] = [
  spoiltKey("whole", {}),
  spoiltKey("gamma is delta", { gamma2: delta2 }),
  spoiltKey("gamma is delta turned round", { gamma2: g2Json(g2(key.delta).negate()) }),
  spoiltKey("beta is gamma", { beta2: gamma2 }),
  spoiltKey("beta is delta", { beta2: delta2 }),
  spoiltKey("beta is gamma and delta", { beta2: related(key, 1n) }),
  spoiltKey("beta is gamma without delta", { beta2: related(key, -1n) }),
  spoiltKey("beta is neither, both turned round", {
    beta2: g2Json(g2((key.gamma + key.delta) % GROUP_ORDER).negate()),
  }),
  spoiltKey("delta is the generator", { delta2: g2Json(G2.BASE) }),
  spoiltKey("beta is the generator", { beta2: g2Json(G2.BASE) }),
  spoiltKey("alpha is the generator turned round", { alpha1: g1Json(G1.BASE.negate()) }),
  spoiltKey("two ic points alike", { ic: [ic[0]!, ic[1]!, ic[1]!, ic[3]!] }),
  spoiltKey("an ic point is alpha", { ic: [ic[0]!, alpha1, ic[2]!, ic[3]!] }),
  spoiltKey("alpha at infinity", { alpha1: [ZERO, ZERO] }),
  spoiltKey("an ic point off the curve", { ic: [g1Json(g1(9n)), [ic[1]![0], ZERO], ic[2]!, ic[3]!] }),
  spoiltKey("beta outside the subgroup", { beta2: g2Json(twistPoint(5n)) }),
  spoiltKey("gamma off the twist", { gamma2: [gamma2[0], beta2[1]] }),
  spoiltKey("delta unreduced", { delta2: [[unreduced(delta2[0][0]), delta2[0][1]], delta2[1]] }),
  spoiltKey("delta at infinity", {
    delta2: [
      [ZERO, ZERO],
      [ZERO, ZERO],
    ],
  }),
];

/** What the TypeScript verifier says: a proof, or not. */
export function accepts({ key: keyJson, signals: values, proof: json }: Tampered): boolean {
  const vk = parseVerifyingKey(keyJson, keyJson.ic.length - 1);
  try {
    return verifyProof(vk, values, parseProof(json));
  } catch {
    return false;
  }
}

/** Whether the TypeScript verifier takes a key. */
export function acceptsKey(json: VerifyingKeyJson): boolean {
  try {
    parseVerifyingKey(json, json.ic.length - 1);
    return true;
  } catch {
    return false;
  }
}
