import "./nextSteps.js";
import { MarginproofError } from "../errors.js";
import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import { CARRYING_FORMAT } from "../holder/holderFile.js";
import type { OpeningJson } from "../holder/opening.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import { type Attestation, refused, verifyAttestation } from "./attestation.js";
import { parseSummary, type SummaryJson, summaryToJson } from "./summary.js";

/** A holder's file with what a light check needs: a list of auditors is all that a holder adds. */
export interface CarryingJson {
  readonly format: typeof CARRYING_FORMAT;
  readonly opening: OpeningJson;
  readonly statement: SummaryJson;
  readonly market: unknown;
  readonly attestations: readonly Attestation[];
}

/**
 * Puts a holder's opening and what a light check needs into one file. Its size does not grow with the number of accounts.
 * @param epoch JSON of the statement (or its summary), text of the market file, JSON of the attestations
 * @throws MarginproofError OPENING_EPOCH, ATTESTATION_STATEMENT when they are of another statement, and those of the parsers
 */
export function carry(
  opening: OpeningJson,
  epoch: {
    readonly statement: unknown;
    readonly marketText: string;
    readonly attestations: readonly unknown[];
  },
  hasher: PoseidonHasher,
): CarryingJson {
  const { summary } = parseSummary(epoch.statement, hasher);
  if (opening.statementDigest !== summary.statementDigest)
    throw new MarginproofError(
      "OPENING_EPOCH",
      `the opening is of statement ${opening.statementDigest}, the bundle of ${summary.statementDigest}`,
      { kind: "usage", hint: "Give the bundle of the epoch that is disclosed." },
    );
  const attestations = epoch.attestations.map(verifyAttestation);
  const other = attestations.find(({ statementDigest }) => statementDigest !== summary.statementDigest);
  if (other !== undefined)
    throw refused(
      "ATTESTATION_STATEMENT",
      `${other.auditor} (${other.signer}): signed statement ${other.statementDigest}, the bundle's is ${summary.statementDigest}`,
    );
  return {
    format: CARRYING_FORMAT,
    opening,
    statement: summaryToJson(summary),
    market: parseStrictJson(epoch.marketText, "market.json"),
    attestations,
  };
}
