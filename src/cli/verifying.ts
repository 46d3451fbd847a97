import type { Command } from "commander";
import { verifyBundleFolder } from "../audit/verifyBundleFolder.js";
import { bestPoseidon } from "../field/poseidon/bestPoseidon.js";
import { readNamedFile } from "../files/files.js";
import { parseMarketText } from "../market/index.js";
import { type PricePolicy, parsePolicyText } from "../prices/index.js";
import type { PinnedKey } from "../verifier/pins.js";
import type { VerifiedEpoch } from "../verifier/verifyEpoch.js";
import { digest, type TrustOptions } from "./options.js";
import { progressLine } from "./progressLine.js";
import type { Terminal } from "./terminal.js";
import { trustedKeys } from "./trustedKeys.js";

/** Adds the options by which a verifier says whom to believe. */
export function trustFlags(command: Command): Command {
  return keyFlags(
    command
      .option("--market <file>", "your own market file: the bundle's must say the same")
      .option(
        "--rules-commitment <0x...>",
        "what the secret rates must be, if any are: as last epoch's",
        digest,
      )
      .option("--price-policy <file>", "your own price policy: prices must be signed as it asks"),
  ).option("--json", "print one JSON object and nothing else on stdout");
}

/** The same, without what is compared and printed. */
export function keyFlags(command: Command): Command {
  return command
    .option("--keys <file>", "keys.json with the verifying keys you trust, from a source you trust")
    .option("--digest <0x...>", "statement digest that the exchange anchored in public", digest)
    .option("--allow-dev-keys", "accept INSECURE development keys: for trying out only")
    .option("--quiet", "no progress");
}

/** A price policy of the user's own. @throws MarginproofError FILE_UNREADABLE, those of `parsePolicyText` */
export async function readPolicy(path: string | undefined): Promise<PricePolicy | undefined> {
  return path === undefined ? undefined : parsePolicyText(await readNamedFile(path, "price policy"));
}

/** Reads and verifies a bundle as the flags ask. */
export async function verifyFolder(
  bundle: string,
  flags: TrustOptions,
  terminal: Terminal,
): Promise<{ readonly found: VerifiedEpoch; readonly pins: readonly PinnedKey[] }> {
  const pins = await trustedKeys(flags.keys);
  const ownMarketText =
    flags.market === undefined ? undefined : await readNamedFile(flags.market, "market file");
  // A fault in the reader's own file is a mistake of theirs, not of the bundle.
  if (ownMarketText !== undefined) parseMarketText(ownMarketText);
  const pricePolicy = await readPolicy(flags.pricePolicy);
  const line = flags.quiet === true ? undefined : progressLine(terminal);
  let begun = false;
  const found = await verifyBundleFolder(bundle, {
    hasher: bestPoseidon(),
    pins,
    allowDevKeys: flags.allowDevKeys === true,
    ...(ownMarketText === undefined ? {} : { ownMarketText }),
    ...(pricePolicy === undefined ? {} : { pricePolicy }),
    ...(flags.digest === undefined ? {} : { expectedDigest: flags.digest }),
    ...(flags.rulesCommitment === undefined ? {} : { expectedRules: flags.rulesCommitment }),
    onProgress: (done, total) => {
      if (!begun) line?.stage("verify", "verify proofs", `${total}`);
      begun = true;
      line?.update(done, total);
    },
  });
  line?.end();
  return { found, pins };
}
