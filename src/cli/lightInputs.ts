import { parseAuditorsText } from "../attest/auditors.js";
import { auditorsSource } from "../attest/auditorsSource.js";
import type { LightEpochParts, LightOptions } from "../attest/lightCheck.js";
import { MarginproofError } from "../errors.js";
import { bestPoseidon } from "../field/poseidon/bestPoseidon.js";
import { readNamedFile } from "../files/files.js";
import { parseHolderFile } from "../holder/holderFile.js";
import { parseMarketText } from "../market/index.js";
import { FILE_LIMITS } from "../protocol/fileLimits.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import type { TrustOptions } from "./options.js";
import { packageKeys, trustedKeys } from "./trustedKeys.js";

/** What a light check is asked for, beside trust. */
export interface LightFlags {
  readonly auditors?: string;
  readonly attestations?: readonly string[];
  readonly statement?: string;
}

const missing = (what: string, flag: string): MarginproofError =>
  new MarginproofError("CHECK_FLAGS", `your file carries no ${what}, and ${flag} is not given`, {
    kind: "usage",
    hint: `Give ${flag}, or ask the exchange for a file that carries it (disclose --attestations).`,
  });

/**
 * Reads what a light check looks at: each part from its flag, else from the holder's own file.
 * @throws MarginproofError CHECK_FLAGS, AUDITORS_POLICY, FILE_UNREADABLE, OPENING_INVALID, JSON_*
 */
export async function lightInputs(
  text: string,
  flags: TrustOptions & LightFlags,
): Promise<{
  readonly opening: unknown;
  readonly parts: LightEpochParts;
  readonly options: LightOptions;
}> {
  if (flags.pricePolicy !== undefined)
    throw new MarginproofError("CHECK_FLAGS", "--price-policy holds only for a whole bundle", {
      kind: "usage",
      hint: "Leave it out, or verify the whole bundle with --epoch: a light check looks at no signed prices.",
    });
  const auditors = parseAuditorsText(await readNamedFile(flags.auditors!, "list of auditors"));
  const { opening, carried } = parseHolderFile(text);
  const keys = flags.keys === undefined ? undefined : await trustedKeys(flags.keys);
  const listed = keys?.map(({ keyDigest }) => keyDigest);
  // Two lists of the holder's own: a key is trusted that is on both.
  const both = listed?.filter((digest) => auditors.keys?.includes(digest) !== false);
  const source = auditorsSource({
    attestations:
      flags.attestations === undefined
        ? (carried?.attestations ?? [])
        : await readAttestations(flags.attestations),
    auditors: both === undefined ? auditors : { ...auditors, keys: both },
    now: new Date().toISOString(),
    allowDevKeys: flags.allowDevKeys === true,
    developmentKeys: packageKeys().map(({ keyDigest }) => keyDigest),
  });
  return {
    opening,
    parts: await epochParts(carried, flags),
    options: {
      hasher: bestPoseidon(),
      sources: [source],
      ...(flags.digest === undefined ? {} : { expectedDigest: flags.digest }),
      ...(flags.rulesCommitment === undefined ? {} : { expectedRules: flags.rulesCommitment }),
    },
  };
}

async function epochParts(
  carried: { readonly statement: unknown; readonly market: unknown } | undefined,
  flags: TrustOptions & LightFlags,
): Promise<LightEpochParts> {
  const statement =
    flags.statement === undefined
      ? carried?.statement
      : parseStrictJson(await readNamedFile(flags.statement, "bundle file"), flags.statement);
  if (statement === undefined) throw missing("statement", "--statement");
  if (flags.market === undefined) {
    if (carried === undefined) throw missing("market file", "--market");
    return { statement, marketText: JSON.stringify(carried.market) };
  }
  const marketText = await readNamedFile(flags.market, "market file");
  parseMarketText(marketText);
  return { statement, marketText };
}

/** @throws MarginproofError FILE_UNREADABLE, JSON_* */
export async function readAttestations(paths: readonly string[]): Promise<unknown[]> {
  const read = async (path: string): Promise<unknown> =>
    parseStrictJson(await readNamedFile(path, "attestation"), path, { maxLength: FILE_LIMITS.attestation });
  return Promise.all(paths.map(read));
}
