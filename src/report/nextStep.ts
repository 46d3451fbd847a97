import type { Verdict } from "../verifier/verdict.js";

const NEXT: Readonly<Record<string, string>> = {
  KEY_DEVELOPMENT:
    "If this is your own test, add --allow-dev-keys. Never believe such a bundle from anybody else.",
  KEY_NOT_PINNED: "Give the keys.json of the exchange's setup ceremony with --keys, from a source you trust.",
  ANCHOR_MISMATCH:
    "Compare the digest you gave with the anchor. If it is right, you were shown another statement: keep this bundle.",
  MARKET_DIFFERS: "Ask the exchange why, or verify without --market and judge the market file yourself.",
  STATEMENT_INVALID:
    "Check that your marginproof is of the version that made the bundle; else fetch the bundle again.",
};

/** What a reader of a failed verdict does next; undefined for a valid one. */
export function nextStep(verdict: Verdict): string | undefined {
  if (verdict.valid) return undefined;
  if (verdict.proved) return "The figures are proved. Ask the exchange how it covers what failed.";
  const code = verdict.checks.find(({ status }) => status === "fail")?.detail.split(":")[0] ?? "";
  return (
    NEXT[code] ??
    "Fetch the bundle again. If it fails again, it does not prove what it says: keep it, and ask the exchange."
  );
}
