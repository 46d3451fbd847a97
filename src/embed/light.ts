import { parseAuditorsText } from "../attest/auditors.js";
import { auditorsSource } from "../attest/auditorsSource.js";
import { type LightEpoch, verifyLight } from "../attest/lightCheck.js";
import { MarginproofError } from "../errors.js";
import { poseidon } from "../field/poseidon/poseidon.js";
import { parseHolderFile } from "../holder/holderFile.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import { reportLight } from "../report/reportLight.js";
import type { AccountOutcome } from "../report/reportOpening.js";
import { parseDigest } from "../verifier/trust.js";
import type { Verdict } from "../verifier/verdict.js";

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
  /** The present. Default: the clock's. */
  readonly now?: Date;
}

/** What a light check found: of the epoch, on whose word (`verdict.attested`), and of the account. */
export interface LightOutcome {
  readonly verdict: Verdict;
  readonly account: AccountOutcome;
}

/**
 * Looks up one account on the word of auditors of the holder's own choice, who verified the proofs: in a second or so, from a file
 * whose size no other account adds to. Everything but the proofs is computed here.
 *
 * @param file text of the holder's own file
 * @throws MarginproofError AUDITORS_POLICY, DIGEST_INVALID, CHECK_FLAGS, OPENING_INVALID, JSON_* for what can't be read
 *
 * @example
 * import { readFile } from "node:fs/promises";
 * import { checkLight } from "marginproof/verifier";
 *
 * const auditors = await readFile("auditors.json", "utf8");
 * const found = checkLight(await readFile("carrying.json", "utf8"), { auditors, account: "carol", allowDevKeys: true });
 * console.log(found.verdict.valid, found.account.status); // true counted
 */
export function checkLight(file: string, options: LightCheckOptions): LightOutcome {
  const { epoch, account } = lightEpoch(file, options);
  return { verdict: epoch.verdict, account };
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
  const epoch = verifyLight(
    { statement, marketText },
    {
      hasher: poseidon,
      sources: [source],
      ...(expectedDigest === undefined ? {} : { expectedDigest: parseDigest(expectedDigest) }),
    },
  );
  const lookup = { hasher: poseidon, ...(account === undefined ? {} : { account }) };
  return { epoch, account: reportLight(opening, epoch, lookup) };
}
