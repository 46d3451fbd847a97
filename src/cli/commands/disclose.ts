import { carry } from "../../attest/carry.js";
import { MarginproofError } from "../../errors.js";
import { bestPoseidon } from "../../field/poseidon/bestPoseidon.js";
import { readBundle } from "../../files/bundleFolder.js";
import { writeNew } from "../../files/files.js";
import { pocketTitle } from "../../protocol/pocket.js";
import { disclose } from "../../prover/disclose.js";
import { shellWord } from "../../report/shellWord.js";
import { accountName, FROM_STDIN } from "../accountName.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { examples } from "../help.js";
import { readAttestations } from "../lightInputs.js";
import { assertNew, outExists } from "../outFile.js";

interface DiscloseFlags {
  readonly private: string;
  readonly account: string;
  readonly out: string;
  readonly epoch?: string;
  readonly bundle?: string;
  readonly attestations?: readonly string[];
}

export const addDisclose: AddCommand = (program, cli) => {
  program
    .command("disclose")
    .summary("write one holder's file")
    .description(
      "Writes the file with which one holder checks that their account was counted. It shows that account's holdings\n" +
        "in all its pockets, and nothing of any other account: hand it to that holder only.",
    )
    .requiredOption("--private <dir>", "the private folder of marginproof prove")
    .requiredOption("--account <id>", `account name, exactly as in the accounts file; ${FROM_STDIN}`)
    .requiredOption("--out <file>", "file to write, readable by you only; must not exist yet")
    .option("--epoch <name>", "an epoch other than the last published one")
    .option("--bundle <dir>", "the published bundle: the file then carries what a light check needs")
    .option("--attestations <files...>", "what auditors signed of it, to be carried too")
    .addHelpText(
      "after",
      examples([
        "marginproof disclose --private private --account acct-000007 --out acct-000007.json",
        "the last published epoch, one account",
      ]),
    )
    .action((flags: DiscloseFlags) => finish(cli, false, () => run(cli, flags)));
};

async function run({ terminal }: Cli, flags: DiscloseFlags): Promise<number> {
  await assertNew(flags.out);
  const carried = await toCarry(flags);
  const opening = await disclose(flags.private, await accountName(flags.account), flags.epoch);
  const file = carried === undefined ? opening : carry(opening, carried, bestPoseidon());
  if (!(await writeNew(flags.out, `${JSON.stringify(file, null, 1)}\n`))) throw outExists(flags.out);
  const { account, epoch, pockets, statementDigest } = opening;
  const names = pockets.map(({ pocket }) => pocketTitle(pocket)).join(", ");
  terminal.out(`Wrote ${flags.out}: account ${JSON.stringify(account)}, ${names}, epoch ${epoch}.`);
  if (carried !== undefined) terminal.out(CARRIES);
  terminal.out(
    "Hand it to the holder of that account only. They check it, with the digest from your public anchor:",
  );
  terminal.out(
    `  marginproof check ${shellWord(flags.out)} --epoch BUNDLE --account ${shellWord(account)} \\\n` +
      `    --digest ${statementDigest} --keys THEIR_TRUSTED_KEYS.json`,
  );
  return EXIT.ok;
}

const CARRIES =
  "It carries statement, market file and attestations: with a list of auditors of their own (check --auditors), the holder\n" +
  "needs no other file.";

/** What the file carries beside the opening, if asked. @throws MarginproofError DISCLOSE_FLAGS, those of the readers */
async function toCarry({ bundle, attestations }: DiscloseFlags) {
  if (bundle === undefined && attestations === undefined) return undefined;
  if (bundle === undefined || attestations === undefined)
    throw new MarginproofError("DISCLOSE_FLAGS", "--bundle and --attestations go together", {
      kind: "usage",
      hint: "Give both, or none for the holder's file alone.",
    });
  const { statement, marketText } = await readBundle(bundle);
  return { statement, marketText, attestations: await readAttestations(attestations) };
}
