import type { Command } from "commander";
import { shellWord } from "../report/shellWord.js";
import { DEVELOPMENT_WARNING } from "../report/warnings.js";
import { type BuildOptions, provenEpoch } from "../rules/index.js";
import type { TrustOptions } from "./options.js";
import type { Terminal } from "./terminal.js";
import { keyFlags, verifyFolder } from "./verifying.js";

export interface PreviousFlags extends Pick<TrustOptions, "keys" | "digest" | "allowDevKeys" | "quiet"> {
  readonly previous?: string;
}

/** Adds the options by which rules get the epoch before theirs. */
export function previousFlags(command: Command): Command {
  return keyFlags(
    command.option("--previous <bundle>", "bundle of the epoch that the rules name as previousEpoch"),
  );
}

/** The same options again, for a command to copy. */
export function previousWords({ previous, keys, digest, allowDevKeys }: PreviousFlags): string {
  if (previous === undefined) return "";
  const option = (name: string, value: string | undefined): string =>
    value === undefined ? "" : ` ${name} ${shellWord(value)}`;
  const words = option("--previous", previous) + option("--keys", keys) + option("--digest", digest);
  return words + (allowDevKeys === true ? " --allow-dev-keys" : "");
}

/** Verifies the previous epoch's bundle as `marginproof verify` does. @throws MarginproofError PREVIOUS_NOT_PROVED */
export async function readPrevious(flags: PreviousFlags, terminal: Terminal): Promise<BuildOptions> {
  if (flags.previous === undefined) return {};
  // A price policy in the same flags is for the prices of the new market file.
  const { keys, digest, allowDevKeys, quiet } = flags;
  const { found } = await verifyFolder(flags.previous, { keys, digest, allowDevKeys, quiet }, terminal);
  const previous = provenEpoch(found);
  if (found.verdict.developmentKeys) terminal.err(`${DEVELOPMENT_WARNING}\n`);
  return { previous };
}
