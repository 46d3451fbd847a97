import { MarginproofError } from "../errors.js";

export function proverClosed(): MarginproofError {
  return new MarginproofError("PROVER_CLOSED", "the prover was closed before the proof was made", {
    hint: "Resume to make the missing proofs.",
    kind: "io",
  });
}
