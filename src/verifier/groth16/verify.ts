import { bn254 } from "@noble/curves/bn254.js";
import { Fp12 } from "./curve.js";
import { pairingProduct } from "./pairingProduct.js";
import { requireParsed } from "./parsed.js";
import type { Proof } from "./proof.js";
import { checkedSignals } from "./signals.js";
import type { VerifyingKey } from "./verifyingKey.js";

/**
 * Does the proof satisfy e(a, b) = e(alpha, beta) e(X, gamma) e(c, delta), X = ic[0] + sum signals[j] ic[j+1]?
 * @param signals one bigint in [0, r) for each public signal
 * @throws MarginproofError NOT_PARSED, SIGNAL_COUNT, SIGNAL_NOT_CANONICAL; a well-formed proof that does not
 *   hold is `false`, never an error
 */
export function verifyProof(vk: VerifyingKey, signals: readonly bigint[], proof: Proof): boolean {
  requireParsed(vk, proof);
  const { alphaBeta, gammaLines, deltaLines, combineIc } = vk.prepared;
  const x = combineIc([1n, ...checkedSignals(vk, signals)]);
  const product = pairingProduct([
    { g1: proof.a, lines: bn254.utils.calcPairingPrecomputes(proof.b) },
    { g1: x.negate(), lines: gammaLines },
    { g1: proof.c.negate(), lines: deltaLines },
  ]);
  return Fp12.eql(product, alphaBeta);
}
