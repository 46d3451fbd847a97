import { verifyLight } from "../../attest/verifyLight.js";
import { MarginproofError } from "../../errors.js";
import { readNamedFile } from "../../files/files.js";
import { checkJson, checkText } from "../../report/checkText.js";
import { reportLight } from "../../report/reportLight.js";
import { reportOpening } from "../../report/reportOpening.js";
import { accountName, FROM_STDIN } from "../accountName.js";
import { registryFlags } from "../chainFlags.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { examples } from "../help.js";
import { type LightFlags, lightInputs } from "../lightInputs.js";
import type { TrustOptions } from "../options.js";
import { trustFlags, verifyFolder } from "../verifying.js";

interface CheckFlags extends TrustOptions, LightFlags {
  readonly epoch?: string;
  readonly account?: string;
}

export const addCheck: AddCommand = (program, cli) => {
  registryFlags(
    trustFlags(
      program
        .command("check")
        .argument("<file>", "your own file, from the exchange")
        .option("--epoch <bundle>", "folder published by the exchange: verify all of it yourself")
        .option(
          "--auditors <file>",
          "your own list of auditors: take their word for the proofs (light check)",
        )
        .option("--rpc <url>", "your own node of the chain that --registry is on")
        .option("--attestations <files...>", "what auditors signed; by default those that your file carries")
        .option("--statement <file>", "statement.json or its summary; by default what your file carries")
        .option("--account <id>", `your account name as you know it: the file must be for it; ${FROM_STDIN}`),
    ),
  )
    .summary("check that one account was counted, as its holder")
    .description(
      "With --epoch: verifies the whole epoch, then that every pocket of your account that the file shows stands in it, each\n" +
        "with exactly the positions shown. With --auditors: the same look-up, in seconds and from a small file; that the\n" +
        "proofs verify is then the word of the auditors on your list, and the verdict names them. With --registry, --rpc and\n" +
        "--chain-id it is the word of that registry on that chain, as your node tells it; with --auditors too, both must vouch.\n" +
        "Give --account: the name is part of what is committed, so one entry can't serve two holders. Compare the pockets\n" +
        "shown with those you have.\n" +
        "Exit 0: the epoch is valid and the account is in it.",
    )
    .addHelpText(
      "after",
      examples(
        [
          "marginproof check acct-000007.json --epoch bundle --account acct-000007 --keys keys.json --digest 0x5c1e...",
          "am I counted, and with what?",
        ],
        [
          "marginproof check acct-000007.json --auditors auditors.json --account acct-000007 --digest 0x5c1e...",
          "the same, on the word of auditors of your own choice",
        ],
        [
          "marginproof check acct-000007.json --registry 0x5FbD... --rpc http://localhost:8545 --chain-id 1 --statement bundle/statement.json --market bundle/market.json --keys keys.json",
          "the same, on the word of the exchange's registry on chain",
        ],
      ),
    )
    .action((file: string, flags: CheckFlags) => finish(cli, flags.json, () => run(cli, file, flags)));
};

async function run(cli: Cli, file: string, flags: CheckFlags): Promise<number> {
  const { epoch, auditors, registry } = flags;
  if ((epoch === undefined) === (auditors === undefined && registry === undefined))
    throw new MarginproofError("CHECK_FLAGS", "give one of --epoch and --auditors, or --registry", {
      kind: "usage",
      hint: "--epoch BUNDLE verifies every proof here; --auditors LIST takes the word of auditors of your choice, --registry ADDRESS that of a chain.",
    });
  const account = flags.account === undefined ? undefined : await accountName(flags.account);
  const text = await readNamedFile(file, "holder's file");
  return epoch === undefined
    ? light(cli, text, account, flags)
    : whole(cli, text, account, { ...flags, epoch });
}

async function whole(
  { terminal }: Cli,
  text: string,
  account: string | undefined,
  flags: CheckFlags & { readonly epoch: string },
): Promise<number> {
  const { found, pins } = await verifyFolder(flags.epoch, flags, terminal);
  const outcome = reportOpening(text, { ...found, pins }, account === undefined ? {} : { account });
  terminal.out(
    flags.json === true
      ? JSON.stringify(checkJson(found.verdict, outcome), null, 2)
      : checkText(found, outcome, flags.digest !== undefined),
  );
  return found.verdict.valid && outcome.status === "counted" ? EXIT.ok : EXIT.invalid;
}

async function light(
  { terminal }: Cli,
  text: string,
  account: string | undefined,
  flags: CheckFlags,
): Promise<number> {
  const { opening, parts, options } = await lightInputs(text, flags);
  const found = verifyLight(parts, options);
  const { hasher } = options;
  const outcome = reportLight(opening, found, { hasher, ...(account === undefined ? {} : { account }) });
  terminal.out(
    flags.json === true
      ? JSON.stringify(checkJson(found.verdict, outcome), null, 2)
      : checkText(found, outcome, flags.digest !== undefined),
  );
  return found.verdict.valid && outcome.status === "counted" ? EXIT.ok : EXIT.invalid;
}
