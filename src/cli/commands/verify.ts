import type { Registry } from "../../chain/registry.js";
import type { Market } from "../../market/index.js";
import { verdictJson } from "../../report/verdictJson.js";
import { verdictText } from "../../report/verdictText.js";
import { visible } from "../../report/visible.js";
import { heldReserves, withReserves } from "../../reserves/heldReserves.js";
import type { ReserveFile } from "../../reserves/reserveFile.js";
import type { AssetStanding, Verdict } from "../../verifier/verdict.js";
import type { VerifiedEpoch } from "../../verifier/verifyEpoch.js";
import { namedRegistry, type RegistryFlags, registryFlags } from "../chainFlags.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { examples } from "../help.js";
import type { TrustOptions } from "../options.js";
import { readReservePolicy, readReserves, reserveFlags, reservesCheck, rpcFlag } from "../reserveFiles.js";
import { trustFlags, verifyFolder } from "../verifying.js";

export const addVerify: AddCommand = (program, cli) => {
  registryFlags(
    rpcFlag(
      trustFlags(program.command("verify").argument("<bundle>", "folder published by the exchange"))
        .option(
          "--reserves <file>",
          "the exchange's reserves file: signatures, and balances with their proofs",
        )
        .option(
          "--reserve-policy <file>",
          "your own reserve policy, which the reserves file is checked under",
        ),
    ),
  )
    .summary("verify a published epoch, from public data alone")
    .description(
      "Rebuilds the risk table, derives every public signal and checks every proof, then the open book: long = short,\n" +
        "reserves, insurance fund. Trusts only keys on your own list, never those the bundle brings.\n" +
        "Exit 0: proved and covered. Exit 1: not proved, or proved and not covered. Exit 2: could not look.",
    )
    .addHelpText(
      "after",
      examples(
        [
          "marginproof verify bundle --keys keys.json --digest 0x5c1e...",
          "an audit against the public anchor",
        ],
        [
          "marginproof verify bundle --keys keys.json --registry 0x5FbD... --rpc http://localhost:8545 --chain-id 1",
          "is it what the registry on chain has as final?",
        ],
        [
          "marginproof verify bundle --market mine.json --keys keys.json --json",
          "with your own prices, for a script",
        ],
      ),
    )
    .action((bundle: string, flags: Flags) => finish(cli, flags.json, () => run(cli, bundle, flags)));
};

interface Flags extends TrustOptions, RegistryFlags {
  readonly reserves?: string;
  readonly reservePolicy?: string;
  readonly rpc: readonly string[];
}

async function run({ terminal }: Cli, bundle: string, flags: Flags): Promise<number> {
  const look = await reservesLook(flags);
  const registry = await namedRegistry(flags, flags.rpc);
  const { found } = await verifyFolder(bundle, flags, terminal);
  const { statement, market } = found;
  const held =
    look === undefined ? found.verdict : withReserves(found.verdict, () => look.standings(market!));
  const verdict = registry === undefined ? held : await compared(held, { statement, registry, ...look });
  if (flags.json === true) {
    terminal.out(JSON.stringify(verdictJson(verdict, statement), null, 2));
  } else {
    if (statement !== undefined) {
      const { exchange, epoch, time } = statement;
      terminal.out(`${bundle}: ${visible(exchange)}, epoch ${visible(epoch)}, ${visible(time)}\n`);
    }
    terminal.out(verdictText(verdict));
  }
  return verdict.valid ? EXIT.ok : EXIT.invalid;
}

/** Of a bundle that is not proved no registry is asked, and of a reserves file that is refused none about its addresses. */
async function compared(verdict: Verdict, { statement, registry, file }: Asked): Promise<Verdict> {
  const { askFinalised, withRegistry } = await import("../../chain/finalised.js");
  const found = withRegistry(verdict, verdict.proved ? await askFinalised(registry, statement!) : undefined);
  if (file === undefined) return found;
  const { withClaimed } = await import("../../chain/claimedVerdict.js");
  if (found.reserves === undefined) return withClaimed(found, undefined);
  const { askClaimed, reserveRegister } = await import("../../chain/reserveClaims.js");
  return withClaimed(found, await askClaimed(await reserveRegister(registry), file));
}

interface Asked {
  readonly statement: VerifiedEpoch["statement"];
  readonly registry: Registry;
  readonly file?: ReserveFile;
}

/** Reads reserves file and policy, and asks contract wallets; undefined without --reserves. @throws MarginproofError RESERVES_FLAGS */
async function reservesLook(flags: Flags): Promise<
  | {
      readonly file: ReserveFile;
      readonly standings: (market: Market) => readonly AssetStanding[];
    }
  | undefined
> {
  const { reserves, reservePolicy, rpc, registry } = flags;
  const asked = registry === undefined && rpc.length > 0;
  if (reserves === undefined && reservePolicy === undefined && !asked) return undefined;
  if (reserves === undefined || reservePolicy === undefined)
    throw reserveFlags(
      "--reserves, --reserve-policy and --rpc belong together",
      "Give --reserves FILE with --reserve-policy FILE; --rpc is for contract wallets, and for --registry.",
    );
  const policy = await readReservePolicy(reservePolicy);
  const file = await readReserves(reserves);
  const check = await reservesCheck(reserves, file, policy, rpc);
  return { file, standings: (market) => heldReserves(market, check(), policy) };
}
