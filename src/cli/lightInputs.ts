import { parseAuditorsText } from "../attest/auditors.js";
import { auditorsSource } from "../attest/auditorsSource.js";
import type { LightEpochParts, LightOptions } from "../attest/lightCheck.js";
import type { ProofSource } from "../attest/proofSource.js";
import { parseSummary } from "../attest/summary.js";
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
  /** A registry to take the word of: address, chain and node, all of the holder's choice. */
  readonly registry?: string;
  readonly chainId?: number;
  readonly rpc?: string;
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
  const { opening, carried } = parseHolderFile(text);
  const parts = await epochParts(carried, flags);
  const sources = [
    ...(flags.auditors === undefined ? [] : [await auditorsOf(flags.auditors, carried, flags)]),
    ...(await registriesOf(parts, flags)),
  ];
  return {
    opening,
    parts,
    options: {
      hasher: bestPoseidon(),
      sources: sources as [ProofSource, ...ProofSource[]],
      ...(flags.digest === undefined ? {} : { expectedDigest: flags.digest }),
      ...(flags.rulesCommitment === undefined ? {} : { expectedRules: flags.rulesCommitment }),
    },
  };
}

async function auditorsOf(
  path: string,
  carried: Carried,
  flags: TrustOptions & LightFlags,
): Promise<ProofSource> {
  const auditors = parseAuditorsText(await readNamedFile(path, "list of auditors"));
  const keys = flags.keys === undefined ? undefined : await trustedKeys(flags.keys);
  const listed = keys?.map(({ keyDigest }) => keyDigest);
  // Two lists of the holder's own: a key is trusted that is on both.
  const both = listed?.filter((digest) => auditors.keys?.includes(digest) !== false);
  return auditorsSource({
    attestations:
      flags.attestations === undefined
        ? (carried?.attestations ?? [])
        : await readAttestations(flags.attestations),
    auditors: both === undefined ? auditors : { ...auditors, keys: both },
    now: new Date().toISOString(),
    allowDevKeys: flags.allowDevKeys === true,
    developmentKeys: packageKeys().map(({ keyDigest }) => keyDigest),
  });
}

/**
 * The registry that the flags name, if any.
 * @throws MarginproofError CHECK_FLAGS, REGISTRY_SUMMARY, STATEMENT_INVALID, CHAIN_FLAGS, CHAIN_ID, REGISTRY_ADDRESS, RPC_*
 */
async function registriesOf(
  { statement }: LightEpochParts,
  { registry, chainId, rpc, keys, allowDevKeys }: TrustOptions & LightFlags,
): Promise<readonly ProofSource[]> {
  if (registry === undefined && chainId === undefined && rpc === undefined) return [];
  if (registry === undefined || chainId === undefined || rpc === undefined)
    throw new MarginproofError("CHECK_FLAGS", "--registry, --rpc and --chain-id go together", {
      kind: "usage",
      hint: "Say which registry you trust, on which chain, and give a node of your own.",
    });
  const hasher = bestPoseidon();
  const { summary, computed } = parseSummary(statement, hasher);
  if (!computed)
    throw new MarginproofError(
      "REGISTRY_SUMMARY",
      "a registry vouches for a digest, and a summary's figures are not tied to one",
      {
        kind: "usage",
        hint: "Give --statement with the whole statement.json of the exchange's bundle, or take auditors' word: they sign summaries.",
      },
    );
  // Only now: a check that asks no chain starts without viem.
  const [{ connectChain }, { openRegistry }, { registrySource }] = await Promise.all([
    import("../chain/connect.js"),
    import("../chain/registry.js"),
    import("../chain/registrySource.js"),
  ]);
  const opened = await openRegistry(await connectChain(rpc, chainId), registry);
  const trust = { pins: await trustedKeys(keys), allowDevKeys: allowDevKeys === true };
  return [await registrySource(opened, summary, trust)];
}

/** What a holder's file brings of its epoch. */
type Carried = ReturnType<typeof parseHolderFile>["carried"];

async function epochParts(carried: Carried, flags: TrustOptions & LightFlags): Promise<LightEpochParts> {
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
