import type { EpochWords } from "../../../chain/epochWords.js";
import type { Mode } from "../../../chain/publishPlan.js";
import type { Registry } from "../../../chain/registry.js";
import type { Sender } from "../../../chain/sender.js";
import { readBundle } from "../../../files/bundleFolder.js";
import { verdictText } from "../../../report/verdictText.js";
import { chainFlags } from "../../chainFlags.js";
import { type AddCommand, type Cli, finish } from "../../cli.js";
import { EXIT } from "../../errors.js";
import { examples } from "../../help.js";
import { keyFlags, verifyFolder } from "../../verifying.js";
import { wei } from "./money.js";
import { carryOut, openSender, type SendFlags, sendFlags } from "./sending.js";

interface PublishFlags extends SendFlags {
  readonly registry: string;
  readonly optimistic?: boolean;
  readonly bond?: bigint;
  readonly keys?: string;
  readonly digest?: string;
  readonly allowDevKeys?: boolean;
  readonly quiet?: boolean;
}

export const addPublish: AddCommand = (program, cli) => {
  sendFlags(keyFlags(program.command("publish").argument("<bundle>", "folder to publish")))
    .requiredOption("--registry <address>", "your registry")
    .option("--optimistic", "claim it with a bond, in place of having every step verified on chain")
    .option("--bond <wei>", "bond of the claim; by default the registry's least", wei)
    .summary("publish an epoch, until the registry has it as final")
    .description(
      "Verifies the bundle here, then sends what the registry does not have yet: keys, name, statement, risk table, every step.\n" +
        "Interrupted, the same command goes on from what the chain has. With --optimistic it claims the statement; run it again\n" +
        "when the window is over: it finalises the claim.",
    )
    .addHelpText(
      "after",
      examples([
        "marginproof chain publish bundle --keys keys.json --registry 0x5FbD... --rpc http://localhost:8545 --chain-id 31337 --keystore publisher.json",
        "until it is final",
      ]),
    )
    .action((bundle: string, flags: PublishFlags) => finish(cli, false, () => run(cli, bundle, flags)));
};

async function run({ terminal }: Cli, bundle: string, flags: PublishFlags): Promise<number> {
  if (flags.bond !== undefined && flags.optimistic !== true)
    throw chainFlags("--bond is of no use without --optimistic", "Give --optimistic, or leave it out.");
  const { connectChain } = await import("../../../chain/connect.js");
  const { openRegistry } = await import("../../../chain/registry.js");
  const chain = await connectChain(flags.rpc, flags.chainId);
  const sender = await openSender(chain, flags);
  const registry = await openRegistry(chain, flags.registry);
  const { keys, allowDevKeys, quiet } = flags;
  const trust = { keys, allowDevKeys, quiet, digest: flags.digest };
  const { found, pins } = await verifyFolder(bundle, trust, terminal);
  const { verdict, statement, market } = found;
  if (!verdict.proved || statement === undefined || market === undefined) {
    terminal.out(verdictText(verdict));
    terminal.out("\nNothing was sent.");
    return EXIT.invalid;
  }
  const { epochWords } = await import("../../../chain/epochWords.js");
  const words = epochWords(await readBundle(bundle), statement, market, pins);
  return sendEpoch(terminal, { sender, registry, words, flags });
}

interface Task {
  readonly sender: Sender;
  readonly registry: Registry;
  readonly words: EpochWords;
  readonly flags: PublishFlags;
}

async function sendEpoch(
  terminal: Cli["terminal"],
  { sender, registry, words, flags }: Task,
): Promise<number> {
  const { publishPlan, finaliseStep } = await import("../../../chain/publishPlan.js");
  const { epochOf } = await import("../../../chain/registry.js");
  const { stateLine } = await import("../../../chain/watch.js");
  const { exchange, epoch } = words.statement;
  const mode: Mode =
    flags.optimistic === true
      ? { kind: "optimistic", ...(flags.bond === undefined ? {} : { bond: flags.bond }) }
      : { kind: "strict" };
  const before = await epochOf(registry, exchange, epoch);
  const { timestamp } = await sender.chain.client.getBlock();
  const over = before.status === "claimed" && before.digest === words.digest && before.deadline < timestamp;
  const plan = await publishPlan(registry, words, sender.account.address, mode);
  const steps =
    over && before.demands === 0 ? [...plan, await finaliseStep(registry, exchange, epoch)] : plan;
  await carryOut(sender, steps, terminal, flags);
  terminal.out(stateLine(await epochOf(registry, exchange, epoch)));
  return EXIT.ok;
}
