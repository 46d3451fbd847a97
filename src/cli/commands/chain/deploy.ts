import type { RegistryTerms } from "../../../chain/deployPlan.js";
import { type AddCommand, finish } from "../../cli.js";
import { EXIT } from "../../errors.js";
import { examples } from "../../help.js";
import { positiveInteger } from "../../options.js";
import { wei } from "./money.js";
import { carryOut, openSender, type SendFlags, sendFlags } from "./sending.js";

interface DeployFlags extends SendFlags {
  readonly minBond: bigint;
  readonly demandPrice: bigint;
  readonly window: number;
  readonly response: number;
}

export const addDeploy: AddCommand = (program, cli) => {
  sendFlags(program.command("deploy"))
    .option("--min-bond <wei>", "least bond of a claim", wei, 10n ** 18n)
    .option("--demand-price <wei>", "what demanding a step costs", wei, 10n ** 16n)
    .option("--window <seconds>", "how long a claim can be challenged", positiveInteger, 3 * 86_400)
    .option("--response <seconds>", "how long a demand can be answered", positiveInteger, 86_400)
    .summary("deploy a registry")
    .description(
      "Deploys verifier, hash, table reader, registry and its reserve addresses. Where they are follows from the\n" +
        "contracts and these terms: whoever runs this on a chain where they are there already is told the addresses, and sends nothing.\n" +
        "The terms hold for good.",
    )
    .addHelpText(
      "after",
      examples([
        "marginproof chain deploy --rpc http://localhost:8545 --chain-id 31337 --keystore deployer.json --dry-run",
        "what would it cost?",
      ]),
    )
    .action((flags: DeployFlags) =>
      finish(cli, false, async () => {
        const { terminal } = cli;
        const { connectChain } = await import("../../../chain/connect.js");
        const { deployPlan } = await import("../../../chain/deployPlan.js");
        const chain = await connectChain(flags.rpc, flags.chainId);
        const sender = await openSender(chain, flags);
        const terms: RegistryTerms = {
          minBond: flags.minBond,
          demandPrice: flags.demandPrice,
          window: BigInt(flags.window),
          response: BigInt(flags.response),
        };
        const { registry, reserves, steps } = await deployPlan(chain, terms);
        await carryOut(sender, steps, terminal, flags);
        terminal.out(`registry ${registry}`);
        terminal.out(`its reserve addresses ${reserves}`);
        return EXIT.ok;
      }),
    );
};
