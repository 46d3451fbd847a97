import type { G1Json, G2Json } from "../verifier/groth16/coordinate.js";
import type { ProofJson } from "../verifier/groth16/proof.js";
import type { VerifyingKeyJson } from "../verifier/groth16/verifyingKey.js";

const g1Words = (point: G1Json): bigint[] => point.map(BigInt);
const g2Words = (point: G2Json): bigint[] => point.flat().map(BigInt);

/** A verifying key as contracts take it: its coordinates in the order of its digest. */
export const keyWords = (key: VerifyingKeyJson): bigint[] => [
  ...g1Words(key.alpha1),
  ...[key.beta2, key.gamma2, key.delta2].flatMap(g2Words),
  ...key.ic.flatMap(g1Words),
];

/** A proof as contracts take it: a, b, c, eight words. */
export const proofWords = ({ a, b, c }: ProofJson): bigint[] => [...g1Words(a), ...g2Words(b), ...g1Words(c)];
