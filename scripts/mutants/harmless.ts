import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";

/** Mutants that were looked at and change nothing that anybody could see, each with the reason: `key` of the mutant. */
export interface Harmless {
  readonly mutant: string;
  readonly reason: string;
}

const SHORTEST_REASON = 15;

/** @throws Error for an entry without a reason, or one listed twice */
export function readHarmless(file: string): ReadonlyMap<string, string> {
  const entries = JSON.parse(readFileSync(join(PACKAGE_ROOT, file), "utf8")) as Harmless[];
  const reasons = new Map<string, string>();
  for (const { mutant, reason } of entries) {
    if (reasons.has(mutant)) throw new Error(`${file}: listed twice: ${mutant}`);
    if (reason.trim().length < SHORTEST_REASON) throw new Error(`${file}: no reason for: ${mutant}`);
    reasons.set(mutant, reason);
  }
  return reasons;
}

export interface Judgement {
  /** Survivors that nobody has looked at. */
  readonly open: readonly string[];
  /** Listed, but killed now, or no longer there. */
  readonly stale: readonly string[];
}

/**
 * Compares the mutants that survived with the list.
 * @param looked keys of all mutants that were tried; entries about other files are left alone
 */
export function judge(
  survivors: readonly string[],
  reasons: ReadonlyMap<string, string>,
  concerns: (mutant: string) => boolean,
): Judgement {
  const alive = new Set(survivors);
  return {
    open: survivors.filter((key) => !reasons.has(key)),
    stale: [...reasons.keys()].filter((key) => concerns(key) && !alive.has(key)),
  };
}
