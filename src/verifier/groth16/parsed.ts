import { invalid } from "./invalid.js";
import { Proof } from "./proof.js";
import { VerifyingKey } from "./verifyingKey.js";

/**
 * Refuses a key or proof that did not come out of its parser: its points were never checked.
 * @throws MarginproofError NOT_PARSED
 */
export function requireParsed(vk: unknown, proof: unknown): void {
  if (!VerifyingKey.is(vk)) throw invalid("NOT_PARSED", "the verifying key must come from parseVerifyingKey");
  if (!Proof.is(proof)) throw invalid("NOT_PARSED", "the proof must come from parseProof");
}
