import { MarginproofError } from "../errors.js";

/** A fault of the bundle as such: no verdict can be given of what it says. */
export const invalidBundle = (code: string, message: string): MarginproofError =>
  new MarginproofError(code, message, { kind: "invalid" });
