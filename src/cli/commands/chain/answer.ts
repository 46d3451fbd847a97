import { type AddCommand, type Cli, finish } from "../../cli.js";
import { EXIT } from "../../errors.js";
import { examples } from "../../help.js";
import { namedBundle, type PaceFlags, paceFlags } from "./place.js";
import { carryOut, openSender, type SendFlags, sendFlags } from "./sending.js";

interface AnswerFlags extends SendFlags, PaceFlags {
  readonly registry: string;
}

export const addAnswer: AddCommand = (program, cli) => {
  paceFlags(
    sendFlags(program.command("answer").argument("<bundle>", "folder that was claimed"))
      .requiredOption("--registry <address>", "its registry")
      .summary("show what is demanded of a claim, until the epoch is decided"),
  )
    .description(
      "Follows a claimed epoch, and shows every step and the table that somebody demands, out of the bundle and before the time for\n" +
        "it is over: what nobody shows in time refutes the claim. Anybody may do so, and gets what the demand cost.\n" +
        "Exit 0: the statement is final. Exit 1: it never will be, or is undecided after --rounds. With --dry-run it asks once.",
    )
    .addHelpText(
      "after",
      examples([
        "marginproof chain answer bundle --registry 0x5FbD... --rpc http://localhost:8545 --chain-id 1 --keystore publisher.json",
        "keep a claim from being refuted",
      ]),
    )
    .action((bundle: string, flags: AnswerFlags) => finish(cli, false, () => run(cli, bundle, flags)));
};

async function run({ terminal }: Cli, folder: string, flags: AnswerFlags): Promise<number> {
  const { connectChain } = await import("../../../chain/connect.js");
  const { openRegistry } = await import("../../../chain/registry.js");
  const { watchEpoch } = await import("../../../chain/watch.js");
  const { openAnswers } = await import("../../../chain/demands.js");
  const chain = await connectChain(flags.rpc, flags.chainId);
  const sender = await openSender(chain, flags);
  const registry = await openRegistry(chain, flags.registry);
  const { bundle, statement, expected } = await namedBundle(folder, terminal);
  const rounds = flags.dryRun === true ? 1 : (flags.rounds ?? Number.POSITIVE_INFINITY);
  const onDemands = async () => {
    const plan = await openAnswers(registry, bundle);
    if (plan.length > 0) await carryOut(sender, plan, terminal, flags);
  };
  const watch = { expected, rounds, seconds: flags.every, onDemands };
  const end = await watchEpoch(registry, statement, watch, (line) => terminal.out(line));
  return end === "final" ? EXIT.ok : EXIT.invalid;
}
