import { InvalidArgumentError } from "commander";
import type { Challenge } from "../../../chain/challengePlan.js";
import type { Registry } from "../../../chain/registry.js";
import type { Sender } from "../../../chain/sender.js";
import { readBundle } from "../../../files/bundleFolder.js";
import { headline } from "../../../report/verdictText.js";
import { visible } from "../../../report/visible.js";
import type { Verdict } from "../../../verifier/verdict.js";
import { type AddCommand, type Cli, finish } from "../../cli.js";
import { EXIT } from "../../errors.js";
import { examples } from "../../help.js";
import { keyFlags, verifyFolder } from "../../verifying.js";
import { demandSteps } from "./demand.js";
import { carryOut, openSender, type SendFlags, sendFlags } from "./sending.js";

interface ChallengeFlags extends SendFlags {
  readonly registry: string;
  readonly demand?: readonly (number | "table")[];
  readonly keys?: string;
  readonly digest?: string;
  readonly allowDevKeys?: boolean;
  readonly quiet?: boolean;
}

/** A step by its number, counted from 0, or the table. */
function demandable(text: string, before: ChallengeFlags["demand"] = []): ChallengeFlags["demand"] {
  if (text === "table") return [...before, text];
  if (!/^(0|[1-9]\d{0,5})$/.test(text))
    throw new InvalidArgumentError('It must be the number of a step, from 0, or "table".');
  return [...before, Number(text)];
}

export const addChallenge: AddCommand = (program, cli) => {
  sendFlags(keyFlags(program.command("challenge").argument("<bundle>", "folder published by the exchange")))
    .requiredOption("--registry <address>", "the exchange's registry")
    .option(
      "--demand <step>",
      'have a step, counted from 0, or the "table" shown that the bundle lacks; again after its time: refutes the claim',
      demandable,
    )
    .summary("show a fault of a claimed epoch, and take its bond")
    .description(
      "Verifies the bundle here, compares it with the claim that a bond stands for, and looks for a fault that the registry refutes\n" +
        "a claim for. If there is one, commits to it, shows it 5 blocks later, and withdraws four fifths of the bond. Interrupted, the\n" +
        "same command goes on from what the chain has.\n" +
        "Exit 0: the bundle is valid and is what was claimed. Exit 1: it is not, whether or not the registry takes that for a fault.",
    )
    .addHelpText(
      "after",
      examples(
        [
          "marginproof chain challenge bundle --keys keys.json --registry 0x5FbD... --rpc http://localhost:8545 --chain-id 1 --keystore mine.json --dry-run",
          "is anything wrong with this claim?",
        ],
        [
          "marginproof chain challenge bundle --demand 17 --demand table --registry 0x5FbD... --rpc http://localhost:8545 --chain-id 1 --keystore mine.json",
          "have the exchange show what it withholds",
        ],
      ),
    )
    .action((bundle: string, flags: ChallengeFlags) => finish(cli, false, () => run(cli, bundle, flags)));
};

async function run({ terminal }: Cli, folder: string, flags: ChallengeFlags): Promise<number> {
  const { connectChain } = await import("../../../chain/connect.js");
  const { openRegistry } = await import("../../../chain/registry.js");
  const chain = await connectChain(flags.rpc, flags.chainId);
  const sender = await openSender(chain, flags);
  const registry = await openRegistry(chain, flags.registry);
  if (flags.demand !== undefined) {
    await demandSteps(terminal, { sender, registry, folder, flags, demands: flags.demand });
    return EXIT.invalid;
  }
  const { keys, allowDevKeys, quiet, digest } = flags;
  const { found } = await verifyFolder(folder, { keys, allowDevKeys, quiet, digest }, terminal);
  terminal.out(headline(found.verdict));
  const challenge = await challengeOf(registry, folder);
  if (challenge === undefined) return noFault(terminal, found.verdict);
  await takeBond(terminal, { sender, challenge, flags });
  return EXIT.invalid;
}

/**
 * What the claim can be challenged for, if anything.
 * @throws MarginproofError CLAIM_*: why the bundle can't be held against the claim
 */
async function challengeOf(registry: Registry, folder: string): Promise<Challenge | undefined> {
  const { claimOf } = await import("../../../chain/claim.js");
  const { claimedSteps, claimedTable } = await import("../../../chain/claimedEpoch.js");
  const { stepFault, tableFault } = await import("../../../chain/claimFault.js");
  const { parseStatement } = await import("../../../protocol/statement.js");
  const bundle = await readBundle(folder);
  const claim = await claimOf(registry, parseStatement(bundle.statement));
  const epoch = claimedTable(bundle, claim);
  const inTable = tableFault(claim, epoch);
  if (inTable !== undefined) return { claim, epoch, fault: inTable };
  const { tree } = claimedSteps(bundle, claim, epoch);
  const fault = await stepFault(claim, epoch, tree);
  return fault === undefined ? undefined : { claim, epoch, fault, tree };
}

/** Nothing that the registry would refute the claim for: either all is well, or the fault is one that it can't see. */
function noFault(terminal: Cli["terminal"], verdict: Verdict): number {
  terminal.out(
    verdict.proved
      ? "\nNo fault: these are the steps that were claimed, and every proof holds. Nothing was sent."
      : "\nNo claim on chain for this fault: every step is as claimed, and what failed above is what a registry does not look at\n" +
          "(docs/contracts.md, What final means). Whoever reads what is final there has to look themselves. Nothing was sent.",
  );
  return verdict.valid ? EXIT.ok : EXIT.invalid;
}

interface Task {
  readonly sender: Sender;
  readonly challenge: Challenge;
  readonly flags: ChallengeFlags;
}

async function takeBond(terminal: Cli["terminal"], { sender, challenge, flags }: Task): Promise<void> {
  const { challengePlan } = await import("../../../chain/challengePlan.js");
  const { epochOf } = await import("../../../chain/registry.js");
  const { stateLine } = await import("../../../chain/watch.js");
  const { claim, epoch, fault } = challenge;
  terminal.out(`\nFault: ${visible(fault.says)}. A bond of ${claim.kept.bond} wei stands for the claim.`);
  await carryOut(sender, await challengePlan(challenge, sender), terminal, flags);
  const { exchange, epoch: name } = epoch.statement;
  terminal.out(stateLine(await epochOf(claim.registry, exchange, name)));
}
