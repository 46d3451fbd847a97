import { MarginproofError } from "../errors.js";
import { RESERVE_STEPS } from "./nextSteps.js";

/** Reserves that are refused; the next step is that of the code. `where` names file, chain and address. */
export function reserveError(
  code: string,
  where: string,
  problem: string,
  kind: "invalid" | "usage" | "io" = "invalid",
): MarginproofError {
  return new MarginproofError(code, `${where}: ${problem}`, { kind, hint: RESERVE_STEPS[code]! });
}

/** Runs work on bytes of somebody else's; what is wrong with them, in words, becomes a refusal. */
export function reading<T>(code: string, where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw reserveError(code, where, error.message);
  }
}
