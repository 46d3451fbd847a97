import { join } from "node:path";
import { fewAccountsWarnings } from "../../prover/accountsBehind.js";
import type { ProveResult } from "../../prover/prove.js";
import { shellWord } from "../../report/shellWord.js";
import { pairs } from "../../report/table.js";
import { checkLines } from "../../report/verdictText.js";
import { DEVELOPMENT_WARNING } from "../../report/warnings.js";
import type { Verdict } from "../../verifier/verdict.js";

export interface ProvePlaces {
  readonly out: string;
  readonly privateDir: string;
  readonly keysDir: string;
}

/** What was proved, what to publish and keep, and what comes next. */
export function proveText(result: ProveResult, places: ProvePlaces): string {
  const { statement, statementDigest, verdict, accounts, steps, resumed, developmentKeys } = result;
  const { privateDir, keysDir } = places;
  const few = fewAccountsWarnings(result.behind ?? []);
  const out = shellWord(places.out);
  const trust = developmentKeys
    ? ` --keys ${shellWord(join(keysDir, "keys.json"))} --allow-dev-keys`
    : " --keys THEIR_TRUSTED_KEYS.json";
  const kept = resumed === 0 ? "" : `, ${resumed} of them from an earlier run`;
  const parts = [
    `Proved epoch ${statement.epoch} of ${statement.exchange}: ${accounts} margin accounts in ${steps} proofs${kept}.`,
    ...(verdict.solvent ? [] : [notCovered(verdict)]),
    ...(few.length === 0 ? [] : [few.join("\n")]),
    `statement digest  ${statementDigest}`,
    pairs(
      [
        ["publish", `${places.out}, the whole folder`],
        ["anchor", "the statement digest, where you can't take it back: signed, on a chain, in print"],
        ["keep secret", `${privateDir}: with it every account can be read. Back it up; disclosures need it.`],
      ],
      "  ",
    ),
    [
      "Next:",
      `  marginproof verify ${out} --digest ${statementDigest}${trust}`,
      `  marginproof disclose --private ${shellWord(privateDir)} --account ACCOUNT --out ACCOUNT.json   (to each holder)`,
    ].join("\n"),
  ];
  if (developmentKeys) parts.splice(1, 0, DEVELOPMENT_WARNING);
  return parts.join("\n\n");
}

/** Said before anything is published for others to read. */
function notCovered({ checks }: Verdict): string {
  const failed = checkLines(checks.filter(({ status }) => status === "fail"));
  return [
    "THE BOOK IS NOT COVERED: the bundle proves figures that fail these checks, and verify will end with exit code 1.",
    ...failed,
  ].join("\n");
}
