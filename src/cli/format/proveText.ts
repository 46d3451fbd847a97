import { BUNDLE_FILES } from "../../prover/bundleFolder.js";
import type { ProveResult } from "../../prover/prove.js";
import { pairs } from "./table.js";
import { DEVELOPMENT_WARNING } from "./warnings.js";

export interface ProvePlaces {
  readonly out: string;
  readonly privateDir: string;
  readonly keysDir: string;
  readonly developmentKeys: boolean;
}

/** What was proved, what to publish and keep, and what comes next. */
export function proveText(result: ProveResult, places: ProvePlaces): string {
  const { statement, statementDigest, accounts, steps, resumed } = result;
  const { out, privateDir, keysDir, developmentKeys } = places;
  const trust = developmentKeys
    ? ` --keys ${keysDir}/keys.json --allow-dev-keys`
    : " --keys THEIR_TRUSTED_KEYS.json";
  const kept = resumed === 0 ? "" : `, ${resumed} of them from an earlier run`;
  const parts = [
    `Proved epoch ${statement.epoch} of ${statement.exchange}: ${accounts} accounts in ${steps} proofs${kept}.`,
    `statement digest  ${statementDigest}`,
    pairs(
      [
        ["publish", `${out} (${Object.values(BUNDLE_FILES).join(", ")})`],
        ["anchor", "the statement digest, where you can't take it back: signed, on a chain, in print"],
        ["keep secret", `${privateDir}: with it every account can be read. Back it up; disclosures need it.`],
      ],
      "  ",
    ),
    [
      "Next:",
      `  marginproof verify ${out} --digest ${statementDigest}${trust}`,
      `  marginproof disclose --private ${privateDir} --account ACCOUNT --out ACCOUNT.json   (to each holder)`,
    ].join("\n"),
  ];
  if (developmentKeys) parts.splice(1, 0, DEVELOPMENT_WARNING);
  return parts.join("\n\n");
}
