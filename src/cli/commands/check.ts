import { readNamedFile } from "../../files/files.js";
import { checkJson, checkText } from "../../report/checkText.js";
import { reportOpening } from "../../report/reportOpening.js";
import { accountName, FROM_STDIN } from "../accountName.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { examples } from "../help.js";
import type { TrustOptions } from "../options.js";
import { trustFlags, verifyFolder } from "../verifying.js";

interface CheckFlags extends TrustOptions {
  readonly epoch: string;
  readonly account?: string;
}

export const addCheck: AddCommand = (program, cli) => {
  trustFlags(
    program
      .command("check")
      .argument("<file>", "your own file, from the exchange")
      .requiredOption("--epoch <bundle>", "folder published by the exchange")
      .option("--account <id>", `your account name as you know it: the file must be for it; ${FROM_STDIN}`),
  )
    .summary("check that one account was counted, as its holder")
    .description(
      "Verifies the whole epoch, then that every pocket of your account that the file shows stands in it, each with\n" +
        "exactly the positions shown. Give --account: the name is part of what is committed, so one entry can't serve\n" +
        "two holders. Compare the pockets shown with those you have.\n" +
        "Exit 0: the epoch is valid and the account is in it.",
    )
    .addHelpText(
      "after",
      examples([
        "marginproof check acct-000007.json --epoch bundle --account acct-000007 --keys keys.json --digest 0x5c1e...",
        "am I counted, and with what?",
      ]),
    )
    .action((file: string, flags: CheckFlags) => finish(cli, flags.json, () => run(cli, file, flags)));
};

async function run({ terminal }: Cli, file: string, flags: CheckFlags): Promise<number> {
  const account = flags.account === undefined ? undefined : await accountName(flags.account);
  const text = await readNamedFile(file, "holder's file");
  const { found, pins } = await verifyFolder(flags.epoch, flags, terminal);
  const outcome = reportOpening(text, { ...found, pins }, account === undefined ? {} : { account });
  terminal.out(
    flags.json === true
      ? JSON.stringify(checkJson(found.verdict, outcome), null, 2)
      : checkText(found, outcome, flags.digest !== undefined),
  );
  return found.verdict.valid && outcome.status === "counted" ? EXIT.ok : EXIT.invalid;
}
