import { visible } from "../../../report/visible.js";
import { type AddCommand, type Cli, finish } from "../../cli.js";
import { EXIT } from "../../errors.js";
import { examples } from "../../help.js";
import { readReserves } from "../../reserveFiles.js";
import { carryOut, openSender, type SendFlags, sendFlags } from "./sending.js";

interface ClaimFlags extends SendFlags {
  readonly registry: string;
  readonly declare?: boolean;
}

export const addClaimReserves: AddCommand = (program, cli) => {
  sendFlags(program.command("claim-reserves").argument("<file>", "reserves file"))
    .requiredOption("--registry <address>", "the exchange's registry")
    .option("--declare", "also name addresses whose signatures it can't check, as the publisher")
    .summary("bring the signatures of a reserves file to the registry, where a second exchange's show")
    .description(
      "Sends every signature of the file by which an address is the exchange's, and that the registry does not have: anybody may, and\n" +
        "none is ever taken back. Then says who else claims these addresses.\n" +
        "Exit 0: nobody else signed for one of them. Exit 1: somebody did.",
    )
    .addHelpText(
      "after",
      examples([
        "marginproof chain claim-reserves reserves.json --registry 0x5FbD... --rpc http://localhost:8545 --chain-id 1 --keystore any.json",
        "so that no other exchange can show the same coins unseen",
      ]),
    )
    .action((file: string, flags: ClaimFlags) => finish(cli, false, () => run(cli, file, flags)));
};

async function run({ terminal }: Cli, path: string, flags: ClaimFlags): Promise<number> {
  const file = await readReserves(path);
  const { openedRegistry } = await import("./place.js");
  const { askClaimed, reserveRegister } = await import("../../../chain/reserveClaims.js");
  const { reservePlan } = await import("../../../chain/reservePlan.js");
  const { claimedFault, claimedWords } = await import("../../../chain/claimedVerdict.js");
  const registry = await openedRegistry(flags);
  const sender = await openSender(registry.chain, flags);
  const plan = await reservePlan(await reserveRegister(registry), file, { declare: flags.declare === true });
  await carryOut(sender, plan, terminal, flags);
  const found = await askClaimed(await reserveRegister(registry), file);
  terminal.out(visible(claimedWords(found)));
  const fault = claimedFault(found);
  // What a dry run did not send is not there.
  if (fault === undefined || (flags.dryRun === true && fault.code === "RESERVES_UNCLAIMED")) return EXIT.ok;
  terminal.out(visible(`${fault.code}: ${fault.message}`));
  return EXIT.invalid;
}
