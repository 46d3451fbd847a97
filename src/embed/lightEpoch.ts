import { parseAuditorsText } from "../attest/auditors.js";
import { auditorsSource } from "../attest/auditorsSource.js";
import { type LightEpoch, vouchedEpoch } from "../attest/lightCheck.js";
import { MarginproofError } from "../errors.js";
import { poseidon } from "../field/poseidon/poseidon.js";
import { parseHolderFile } from "../holder/holderFile.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import { reportLight } from "../report/reportLight.js";
import type { AccountOutcome } from "../report/reportOpening.js";
import { parseDigest } from "../verifier/trust.js";
import type { withJudgedBy } from "../verifier/withJudgedBy.js";

/** Whom to believe, and what the holder's file does not carry. */
export interface LightCheckOptions {
  /** Text of the holder's own list of auditors: never the exchange's. */
  readonly auditors: string;
  /** The holder's account name as they know it. */
  readonly account?: string;
  /** Text of statement.json or its summary, of the market file, and of attestations: each in place of what the file carries. */
  readonly statement?: string;
  readonly market?: string;
  readonly attestations?: readonly string[];
  /** Statement digest that the exchange anchored in public. */
  readonly expectedDigest?: string;
  /** Accept development keys, with which anybody can forge: for trying out only. */
  readonly allowDevKeys?: boolean;
  /** Digests of keys known as development keys, whatever an auditor calls them: those of the package's keys.json. */
  readonly developmentKeys?: readonly string[];
  /** `withJudgedBy`, to be told what the market file judged the book by. */
  readonly judge?: typeof withJudgedBy;
  /** The present. Default: the clock's. */
  readonly now?: Date;
}

/** As `checkLight`, with the epoch's open figures. */
export function lightEpoch(
  file: string,
  options: LightCheckOptions,
): { readonly epoch: LightEpoch; readonly account: AccountOutcome } {
  const { opening, carried } = parseHolderFile(file);
  const json = (text: string, what: string): unknown => parseStrictJson(text, what);
  const attestations = options.attestations?.map((text) => json(text, "attestation"));
  const source = auditorsSource({
    attestations: attestations ?? carried?.attestations ?? [],
    auditors: parseAuditorsText(options.auditors),
    now: (options.now ?? new Date()).toISOString(),
    allowDevKeys: options.allowDevKeys === true,
    developmentKeys: options.developmentKeys ?? [],
  });
  const { expectedDigest, account } = options;
  const statement =
    options.statement === undefined ? carried?.statement : json(options.statement, "statement");
  const marketText = options.market ?? (carried && JSON.stringify(carried.market));
  if (statement === undefined || marketText === undefined)
    throw new MarginproofError(
      "CHECK_FLAGS",
      "the file carries no statement and market file, and none is given",
      {
        kind: "usage",
        hint: "Give the options statement, market and attestations, or a file that carries them.",
      },
    );
  const vouched = vouchedEpoch(
    { statement, marketText },
    {
      hasher: poseidon,
      sources: [source],
      ...(expectedDigest === undefined ? {} : { expectedDigest: parseDigest(expectedDigest) }),
    },
  );
  const epoch = options.judge?.(vouched) ?? vouched;
  const lookup = { hasher: poseidon, ...(account === undefined ? {} : { account }) };
  return { epoch, account: reportLight(opening, epoch, lookup) };
}
