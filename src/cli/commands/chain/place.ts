import type { Command } from "commander";
import type { Registry } from "../../../chain/registry.js";
import { readBundle } from "../../../files/bundleFolder.js";
import { firstSeed, secondSeed } from "../../../protocol/challenges.js";
import { parseStatement, type Statement } from "../../../protocol/statement.js";
import { visible } from "../../../report/visible.js";
import { hexText } from "../../../signing/typedData.js";
import type { BundleParts } from "../../../verifier/bundle.js";
import { positiveInteger } from "../../options.js";
import type { Terminal } from "../../terminal.js";

/** Options of every command that follows an epoch. */
export interface PaceFlags {
  readonly every: number;
  readonly rounds?: number;
}

export const paceFlags = (command: Command): Command =>
  command
    .option("--every <seconds>", "how often to ask", positiveInteger, 15)
    .option("--rounds <n>", "stop after asking so often; by default when it is decided", positiveInteger);

/** @throws MarginproofError those of `connectChain` and `openRegistry` */
export async function openedRegistry(flags: {
  readonly registry: string;
  readonly rpc: string;
  readonly chainId?: number;
}): Promise<Registry> {
  const { connectChain } = await import("../../../chain/connect.js");
  const { openRegistry } = await import("../../../chain/registry.js");
  return openRegistry(await connectChain(flags.rpc, flags.chainId), flags.registry);
}

/** A bundle whose statement is looked for on chain. */
export interface NamedBundle {
  readonly bundle: BundleParts;
  readonly statement: Statement;
  /** Its statement digest. */
  readonly expected: string;
}

/** Reads a bundle, believing nothing of it, and says which epoch and statement it is of. */
export async function namedBundle(folder: string, terminal: Terminal): Promise<NamedBundle> {
  const bundle = await readBundle(folder);
  const statement = parseStatement(bundle.statement);
  const expected = hexText(secondSeed(firstSeed(statement), statement.weights));
  terminal.out(`${visible(statement.exchange)}, epoch ${visible(statement.epoch)}, statement ${expected}`);
  return { bundle, statement, expected };
}
