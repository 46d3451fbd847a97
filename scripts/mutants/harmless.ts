import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";

/** Mutants that were looked at and change nothing that anybody could rely on, with the reason. */
export interface Harmless {
  /** Key of one mutant, or `file | function | *` for all of a function that makes words for people. */
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

/** The entry about a mutant, if there is one. */
export function entryOf(key: string, reasons: ReadonlyMap<string, string>): string | undefined {
  const whole = `${key.split(" | ").slice(0, 2).join(" | ")} | *`;
  return [key, whole].find((entry) => reasons.has(entry));
}

export interface Judgement {
  /** Survivors that nobody has looked at. */
  readonly open: readonly string[];
  /** Listed, but killed now, or no longer there. */
  readonly stale: readonly string[];
}

/**
 * Compares the mutants that survived with the list.
 * @param concerns whether an entry is about what was tried; the others are left alone
 */
export function judge(
  survivors: readonly string[],
  reasons: ReadonlyMap<string, string>,
  concerns: (entry: string) => boolean,
): Judgement {
  const used = new Set(survivors.map((key) => entryOf(key, reasons)));
  return {
    open: survivors.filter((key) => entryOf(key, reasons) === undefined),
    stale: [...reasons.keys()].filter((entry) => concerns(entry) && !used.has(entry)),
  };
}
