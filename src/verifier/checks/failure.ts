import { MarginproofError } from "../../errors.js";

/** A fault of the bundle, found by a check. */
export function failure(code: string, message: string): MarginproofError {
  return new MarginproofError(code, message, { kind: "invalid" });
}
