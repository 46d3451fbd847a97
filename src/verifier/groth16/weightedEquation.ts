import { interleavedMSMUnsafe } from "@noble/curves/abstract/curve.js";
import { bn254 } from "@noble/curves/bn254.js";
import { Fp12, G1, type G1Point, GROUP_ORDER, type PairingLines } from "./curve.js";
import { type PairingTerm, pairingProduct } from "./pairingProduct.js";
import type { Proof } from "./proof.js";
import type { VerifyingKey } from "./verifyingKey.js";

/** A proof with its weight and all that does not depend on which other proofs it is checked with. */
export interface WeightedItem {
  readonly vk: VerifyingKey;
  /** Checked: as many as the key needs, each in [0, r). */
  readonly signals: readonly bigint[];
  readonly proof: Proof;
  readonly weight: bigint;
  /** weight * a */
  readonly weightedA: G1Point;
  readonly bLines: PairingLines;
}

/** @param weight in [1, r) */
export function weightedItem(
  vk: VerifyingKey,
  signals: readonly bigint[],
  proof: Proof,
  weight: bigint,
): WeightedItem {
  return {
    vk,
    signals,
    proof,
    weight,
    weightedA: proof.a.multiplyUnsafe(weight),
    bLines: bn254.utils.calcPairingPrecomputes(proof.b),
  };
}

const C_WINDOW = 4;

/**
 * Is the product of the items' equations, each raised to its weight, one? For independent random 128-bit
 * weights drawn after the items were fixed, a list with any false equation passes with probability at most
 * 2^-128: every error is in GT, of prime order r, so all other weights leave at most one value of its own.
 * The pairings with beta, gamma and delta are merged per verifying key.
 * @param items a list that is not empty
 */
export function weightedEquationHolds(items: readonly WeightedItem[]): boolean {
  const terms: PairingTerm[] = [];
  const byKey = new Map<string, { readonly vk: VerifyingKey; readonly items: WeightedItem[] }>();
  for (const item of items) {
    terms.push({ g1: item.weightedA, lines: item.bLines });
    const group = byKey.get(item.vk.digestHex);
    if (group === undefined) byKey.set(item.vk.digestHex, { vk: item.vk, items: [item] });
    else group.items.push(item);
  }
  for (const { vk, items: group } of byKey.values()) {
    const scalars = new Array<bigint>(vk.ic.length).fill(0n);
    for (const { weight, signals } of group) {
      scalars[0]! += weight;
      for (const [index, signal] of signals.entries()) scalars[index + 1]! += weight * signal;
    }
    const reduced = scalars.map((scalar) => scalar % GROUP_ORDER);
    const combineC = interleavedMSMUnsafe(
      G1,
      group.map((item) => item.proof.c),
      C_WINDOW,
    );
    const { betaLines, gammaLines, deltaLines, combineIc } = vk.prepared;
    terms.push(
      { g1: vk.alpha1.multiplyUnsafe(reduced[0]!).negate(), lines: betaLines },
      { g1: combineIc(reduced).negate(), lines: gammaLines },
      { g1: combineC(group.map((item) => item.weight)).negate(), lines: deltaLines },
    );
  }
  return Fp12.eql(pairingProduct(terms), Fp12.ONE);
}
