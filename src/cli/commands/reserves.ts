import type { Command } from "commander";
import { PUBLIC_FILE, readNamedFile, writeNew } from "../../files/files.js";
import { reservesJson, reservesText } from "../../report/reservesText.js";
import { visible } from "../../report/visible.js";
import { assertNotClaimedTwice } from "../../reserves/claims.js";
import type { ReserveFile } from "../../reserves/reserveFile.js";
import { parseAddressListText } from "../../reserves/rpc/addressList.js";
import { collectReserves } from "../../reserves/rpc/collect.js";
import { describeToken } from "../../reserves/rpc/findLayout.js";
import { connect } from "../../reserves/rpc/node.js";
import { askContracts, connectAll } from "../../reserves/rpc/nodes.js";
import { messagesToSign } from "../../reserves/rpc/sign.js";
import { type ReserveReport, verifyReserves } from "../../reserves/verifyReserves.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { examples } from "../help.js";
import { assertNew, outExists } from "../outFile.js";
import {
  collect,
  readReservePolicy,
  readReserves,
  reserveFlags,
  reserveKeys,
  reservesCheck,
  rpcFlag,
} from "../reserveFiles.js";

export const addReserves: AddCommand = (program, cli) => {
  const reserves = program
    .command("reserves")
    .summary("sign for reserves, and check what is really there")
    .helpCommand(false)
    .description(
      "A reserves file (marginproof/reserves/1, see docs/reserves.md) lists an exchange's addresses with signatures, and what is\n" +
        "on them with proofs. It is checked under an auditor's reserve policy: blocks, tokens and their storage.",
    )
    .addHelpText(
      "after",
      examples([
        "marginproof reserves verify reserves.json --policy policy.json",
        "what is proved, what declared?",
      ]),
    );
  addAttestCommand(reserves, cli);
  addVerifyCommand(reserves, cli);
  addLayoutCommand(reserves, cli);
};

interface AttestFlags {
  readonly policy?: string;
  readonly rpc: readonly string[];
  readonly keystore: readonly string[];
  readonly out?: string;
  readonly messages?: boolean;
}

function addAttestCommand(reserves: Command, cli: Cli): void {
  rpcFlag(
    reserves
      .command("attest")
      .argument("<addresses>", "list of addresses (marginproof/reserve-addresses/1)")
      .option("--policy <file>", "the auditor's reserve policy: blocks and tokens"),
  )
    .option("--keystore <file>", "encrypted keystore (version 3) of an address; once for each", collect, [])
    .option("--out <file>", "reserves file to write; must not exist yet")
    .option("--messages", "only print what the addresses have to sign elsewhere")
    .summary("make a reserves file: sign, and fetch balances with proofs")
    .description(
      "Signs for every address by its key, or takes the signature that the list gives, and fetches balances with their proofs at\n" +
        "the policy's blocks. Keys come from keystores (password in MARGINPROOF_KEYSTORE_PASSWORD) or MARGINPROOF_RESERVE_KEYS,\n" +
        "never from arguments. The file is verified before it is written.",
    )
    .addHelpText(
      "after",
      examples(
        ["marginproof reserves attest addresses.json --messages", "what cold wallets have to sign"],
        [
          "marginproof reserves attest addresses.json --policy policy.json --rpc http://localhost:8545 --keystore hot.json --out reserves.json",
          "sign for the hot wallet, and fetch all proofs",
        ],
      ),
    )
    .action((path: string, flags: AttestFlags) => finish(cli, false, () => attest(cli, path, flags)));
}

async function attest({ terminal }: Cli, path: string, flags: AttestFlags): Promise<number> {
  const { policy: policyPath, out } = flags;
  const list = parseAddressListText(await readNamedFile(path, "list of addresses"));
  if (flags.messages === true) {
    terminal.out(JSON.stringify(messagesToSign(list), null, 2));
    return EXIT.ok;
  }
  if (policyPath === undefined || out === undefined)
    throw reserveFlags("a reserves file needs --policy and --out", "Give both, or --messages alone.");
  await assertNew(out);
  const policy = await readReservePolicy(policyPath);
  const keys = await reserveKeys(flags.keystore, process.env);
  const nodes = await connectAll(flags.rpc);
  const file = await collectReserves(list, policy, nodes, keys);
  const report = verifyReserves(file, policy, await askContracts(file, policy, nodes));
  if (!(await writeNew(out, `${JSON.stringify(file)}\n`, PUBLIC_FILE))) throw outExists(out);
  terminal.out(`Wrote ${visible(out)}.\n\n${reservesText(report)}`);
  return EXIT.ok;
}

interface VerifyFlags {
  readonly policy: string;
  readonly rpc: readonly string[];
  readonly json?: boolean;
}

function addVerifyCommand(reserves: Command, cli: Cli): void {
  rpcFlag(
    reserves
      .command("verify")
      .argument("<files...>", "reserves files")
      .requiredOption(
        "--policy <file>",
        "your own reserve policy: blocks, tokens, and where tokens keep balances",
      ),
  )
    .option("--json", "print one JSON object and nothing else on stdout")
    .summary("check reserves files, each address and balance of them")
    .description(
      "Checks every signature and proof, under your own policy. With several files, no address may be claimed twice. --rpc is\n" +
        "for contract wallets alone (ERC-1271): without, what they hold counts as declared. Whether it is as much as an epoch\n" +
        "declares, says marginproof verify --reserves. Exit code 0: all that is in the files is right.",
    )
    .addHelpText(
      "after",
      examples([
        "marginproof reserves verify a.json b.json --policy policy.json",
        "two exchanges: does any address stand in both?",
      ]),
    )
    .action((paths: string[], flags: VerifyFlags) =>
      finish(cli, flags.json, () => verify(cli, paths, flags)),
    );
}

async function verify({ terminal }: Cli, paths: readonly string[], flags: VerifyFlags): Promise<number> {
  const policy = await readReservePolicy(flags.policy);
  const files: { path: string; file: ReserveFile }[] = [];
  for (const path of paths) files.push({ path, file: await readReserves(path) });
  assertNotClaimedTwice(files);
  const reports: [string, ReserveReport][] = [];
  for (const { path, file } of files)
    reports.push([path, (await reservesCheck(path, file, policy, flags.rpc))()]);
  if (flags.json === true) {
    const all = reports.map(([path, report]) => reservesJson(report, path));
    terminal.out(JSON.stringify({ format: "marginproof/reserves-report/1", files: all }, null, 2));
  } else {
    terminal.out(reports.map(([path, report]) => `${visible(path)}: ${reservesText(report)}`).join("\n\n"));
  }
  return EXIT.ok;
}

interface LayoutFlags {
  readonly rpc: string;
  readonly holder: readonly string[];
}

function addLayoutCommand(reserves: Command, cli: Cli): void {
  reserves
    .command("layout")
    .argument("<token>", "address of a token's contract")
    .requiredOption("--rpc <url>", "your own node of the chain")
    .option("--holder <address>", "a holder of the token; several make it certain", collect, [])
    .summary("find where a token keeps balances, for your policy")
    .description(
      "Compares what the token says of its holders with its storage, at the usual places: slots 0 to 20 in the order of Solidity\n" +
        "and of Vyper, and OpenZeppelin's namespace. Prints the chain's and the token's entries for a policy, or refuses: nothing\n" +
        "is guessed.",
    )
    .addHelpText(
      "after",
      examples([
        "marginproof reserves layout 0xdAC17F958D2ee523a2206206994597C13D831ec7 --rpc http://localhost:8545 --holder 0xF977814e90dA44bFA03b6295A0616a897441aceC",
        "the entry of a token",
      ]),
    )
    .action((token: string, flags: LayoutFlags) => finish(cli, false, () => layout(cli, token, flags)));
}

async function layout({ terminal }: Cli, token: string, { rpc, holder }: LayoutFlags): Promise<number> {
  const described = await describeToken(await connect(rpc), token, holder);
  terminal.out(JSON.stringify(described, null, 2));
  return EXIT.ok;
}
