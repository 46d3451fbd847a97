import type { Command } from "commander";
import { type AddCommand, type Cli, finish } from "../../cli.js";
import { EXIT } from "../../errors.js";
import { examples } from "../../help.js";
import { positiveInteger } from "../../options.js";
import { namedBundle, openedRegistry, type PaceFlags, paceFlags } from "./place.js";

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
      "Asks the registry once, for the state of the epoch and for what is demanded of a claim and not answered.\n" +
        `Exit 0: this statement is final there. Exit 1: it is not.\n${ONLY_COMPARED}`,
    )
    .action((bundle: string, flags: StatusFlags) =>
      finish(cli, false, () => follow(cli, bundle, flags, { rounds: 1, seconds: 0 })),
    );
};

type WatchFlags = StatusFlags & PaceFlags;

export const addWatch: AddCommand = (program, cli) => {
  paceFlags(placeFlags(program.command("watch")))
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
  const registry = await openedRegistry(flags);
  const { statement, expected } = await namedBundle(bundle, terminal);
  const { watchEpoch } = await import("../../../chain/watch.js");
  const end = await watchEpoch(registry, statement, { expected, ...pace }, (line) => terminal.out(line));
  return end === "final" ? EXIT.ok : EXIT.invalid;
}
