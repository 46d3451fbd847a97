import { MarginproofError } from "../../errors.js";
import { bestPoseidon } from "../../field/bestPoseidon.js";
import { parseStrictJson } from "../../protocol/strictJson.js";
import { readNamedFile } from "../../prover/files.js";
import { checkAccount } from "../../verifier/checkAccount.js";
import type { PinnedKey } from "../../verifier/pins.js";
import type { VerifiedEpoch } from "../../verifier/verifyEpoch.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { accountReport } from "../format/accountReport.js";
import { type AccountOutcome, checkJson, checkText } from "../format/checkText.js";
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
      .option("--account <id>", "your account name as you know it: the file must be for it"),
  )
    .summary("check that one account was counted, as its holder")
    .description(
      "Verifies the whole epoch, then that your account stands in it with exactly the positions shown. Give --account:\n" +
        "the name is part of what is committed, so one entry can't serve two holders.\n" +
        "Exit 0: the epoch is valid and the account is in it.",
    )
    .addHelpText(
      "after",
      examples([
        "marginproof check acct-000007.json --epoch bundle --account acct-000007 --keys keys.json",
        "am I counted, and with what?",
      ]),
    )
    .action((file: string, flags: CheckFlags) => finish(cli, flags.json, () => run(cli, file, flags)));
};

async function run({ terminal }: Cli, file: string, flags: CheckFlags): Promise<number> {
  const text = await readNamedFile(file, "account file");
  const { found, pins } = await verifyFolder(flags.epoch, flags, terminal);
  const outcome = lookUp(text, flags.account, found, pins);
  terminal.out(
    flags.json === true
      ? JSON.stringify(checkJson(found.verdict, outcome), null, 2)
      : checkText(found.verdict, outcome),
  );
  return found.verdict.valid && outcome.status === "counted" ? EXIT.ok : EXIT.invalid;
}

/** Every reason why the account can't be called counted is an outcome to show beside the verdict. */
function lookUp(
  text: string,
  name: string | undefined,
  found: VerifiedEpoch,
  pins: readonly PinnedKey[],
): AccountOutcome {
  const { verdict, statement, market, table } = found;
  if (!verdict.proved || statement === undefined || market === undefined || table === undefined) {
    return { status: "unknown" };
  }
  try {
    const findings = checkAccount(parseStrictJson(text, "your file", { maxLength: 1 << 20 }), {
      statement,
      digest: verdict.statementDigest!,
      table,
      pins,
      hasher: bestPoseidon(),
      account: name,
    });
    return {
      status: "counted",
      report: accountReport(findings, market, table),
      nameCompared: name !== undefined,
    };
  } catch (error) {
    if (error instanceof MarginproofError) {
      const { code, message, options } = error;
      return { status: "not-counted", code, message, hint: options.hint };
    }
    throw error;
  }
}
