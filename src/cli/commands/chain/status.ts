import type { Command } from "commander";
import type { Registry } from "../../../chain/registry.js";
import { readBundle } from "../../../files/bundleFolder.js";
import { firstSeed, secondSeed } from "../../../protocol/challenges.js";
import { parseStatement } from "../../../protocol/statement.js";
import { visible } from "../../../report/visible.js";
import { hexText } from "../../../signing/typedData.js";
import { type AddCommand, type Cli, finish } from "../../cli.js";
import { EXIT } from "../../errors.js";
import { examples } from "../../help.js";
import { positiveInteger } from "../../options.js";

interface StatusFlags {
  readonly registry: string;
  readonly rpc: string;
  readonly chainId?: number;
}

const placeFlags = (command: Command): Command =>
  command
    .argument("<bundle>", "folder published by the exchange")
    .requiredOption("--registry <address>", "the exchange's registry")
    .requiredOption("--rpc <url>", "a node of its chain")
    .option("--chain-id <n>", "the chain that is meant: a node of another is refused", positiveInteger);

const ONLY_COMPARED =
  "The bundle itself is not verified by this: its digest is compared. See marginproof verify --registry.";

export const addStatus: AddCommand = (program, cli) => {
  placeFlags(program.command("status"))
    .summary("what became of an epoch on chain")
    .description(
      `Asks the registry once. Exit 0: this statement is final there. Exit 1: it is not.\n${ONLY_COMPARED}`,
    )
    .action((bundle: string, flags: StatusFlags) =>
      finish(cli, false, () => follow(cli, bundle, flags, { rounds: 1, seconds: 0 })),
    );
};

interface WatchFlags extends StatusFlags {
  readonly every: number;
  readonly rounds?: number;
}

export const addWatch: AddCommand = (program, cli) => {
  placeFlags(program.command("watch"))
    .option("--every <seconds>", "how often to ask", positiveInteger, 15)
    .option("--rounds <n>", "stop after asking so often; by default when it is decided", positiveInteger)
    .summary("follow an epoch until it is final, or never will be")
    .description(
      "Prints every change of state. Exit 0: this statement is final. Exit 1: another statement is there, it expired, was refuted,\n" +
        `or is undecided after --rounds. ${ONLY_COMPARED}`,
    )
    .addHelpText(
      "after",
      examples([
        "marginproof chain watch bundle --registry 0x5FbD... --rpc http://localhost:8545 --chain-id 1",
        "tell me when it is decided",
      ]),
    )
    .action((bundle: string, { every, rounds = Number.POSITIVE_INFINITY, ...flags }: WatchFlags) =>
      finish(cli, false, () => follow(cli, bundle, flags, { rounds, seconds: every })),
    );
};

async function follow(
  { terminal }: Cli,
  bundle: string,
  flags: StatusFlags,
  pace: { readonly rounds: number; readonly seconds: number },
): Promise<number> {
  const registry = await opened(flags);
  const statement = parseStatement((await readBundle(bundle)).statement);
  const expected = hexText(secondSeed(firstSeed(statement), statement.weights));
  const { watchEpoch } = await import("../../../chain/watch.js");
  terminal.out(`${visible(statement.exchange)}, epoch ${visible(statement.epoch)}, statement ${expected}`);
  const end = await watchEpoch(registry, statement, { expected, ...pace }, (line) => terminal.out(line));
  return end === "final" ? EXIT.ok : EXIT.invalid;
}

async function opened({ rpc, chainId, registry }: StatusFlags): Promise<Registry> {
  const { connectChain } = await import("../../../chain/connect.js");
  const { openRegistry } = await import("../../../chain/registry.js");
  return openRegistry(await connectChain(rpc, chainId), registry);
}
