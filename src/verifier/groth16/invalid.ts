import { MarginproofError } from "../../errors.js";

/** The error of an artifact that is not valid: exit code 1. */
export function invalid(code: string, message: string, hint?: string): MarginproofError {
  return new MarginproofError(
    code,
    message,
    hint === undefined ? { kind: "invalid" } : { kind: "invalid", hint },
  );
}
