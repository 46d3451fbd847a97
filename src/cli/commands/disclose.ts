import { carry } from "../../attest/carry.js";
import { MarginproofError } from "../../errors.js";
import { bestPoseidon } from "../../field/poseidon/bestPoseidon.js";
import { readBundle } from "../../files/bundleFolder.js";
import { writeNew } from "../../files/files.js";
import { pocketTitle } from "../../protocol/pocket.js";
import { disclose } from "../../prover/disclose.js";
import { discloseAll } from "../../prover/discloseAll.js";
import { openingText } from "../../prover/disclosure/opening.js";
import { shellWord } from "../../report/shellWord.js";
import { accountName, FROM_STDIN } from "../accountName.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { examples } from "../help.js";
import { onInterrupt } from "../interrupt.js";
import { readAttestations } from "../lightInputs.js";
import { assertNew, outExists } from "../outFile.js";
import { progressLine } from "../progressLine.js";

interface DiscloseFlags {
  readonly private: string;
  readonly account?: string;
  readonly all?: boolean;
  readonly out: string;
  readonly epoch?: string;
  readonly bundle?: string;
  readonly attestations?: readonly string[];
}

export const addDisclose: AddCommand = (program, cli) => {
  program
    .command("disclose")
    .summary("write one holder's file, or every holder's")
    .description(
      "Writes the file with which one holder checks that their account was counted. It shows that account's holdings\n" +
        "in all its pockets, and nothing of any other account: hand it to that holder only. With --all, the files of all\n" +
        "holders, into a new folder or an archive; stopped in any way, the same command goes on.",
    )
    .requiredOption("--private <dir>", "the private folder of marginproof prove")
    .option("--account <id>", `account name, exactly as in the accounts file; ${FROM_STDIN}`)
    .option("--all", "every holder's file")
    .requiredOption(
      "--out <file>",
      "file to write, readable by you only; must not exist yet. With --all a folder, or an archive by its name: .tar,\n" +
        ".tar.gz, .tar.zst",
    )
    .option("--epoch <name>", "an epoch other than the last published one")
    .option("--bundle <dir>", "the published bundle: the file then carries what a light check needs")
    .option("--attestations <files...>", "what auditors signed of it, to be carried too")
    .addHelpText(
      "after",
      examples(
        [
          "marginproof disclose --private private --account acct-000007 --out acct-000007.json",
          "the last published epoch, one account",
        ],
        [
          "marginproof disclose --private private --all --out holders.tar.gz",
          "every account's file, as one archive",
        ],
      ),
    )
    .action((flags: DiscloseFlags) => finish(cli, false, () => run(cli, flags)));
};

async function run(cli: Cli, flags: DiscloseFlags): Promise<number> {
  const { account, all = false, bundle, attestations } = flags;
  if (all === (account !== undefined)) {
    const hint = "Give --account NAME for one holder's file, or --all for everybody's.";
    throw flagFault("one of --account and --all is needed", hint);
  }
  if (account !== undefined) return one(cli, { ...flags, account });
  if (bundle === undefined && attestations === undefined) return everybody(cli, flags);
  const hint =
    "Publish statement, market file and attestations once for all, or let holders' files carry them one by one.";
  throw flagFault("--all does not go with --bundle and --attestations", hint);
}

/** Writes everybody's files. */
async function everybody({ terminal }: Cli, flags: DiscloseFlags): Promise<number> {
  await assertNew(flags.out);
  const line = progressLine(terminal);
  const interrupt = onInterrupt(terminal, "Stopping at the next mark.");
  try {
    const { privateDir, out, epoch } = { ...flags, privateDir: flags.private };
    const done = await discloseAll({ privateDir, out, epoch }, { progress: line, signal: interrupt.signal });
    line.end();
    const files = done.files.toLocaleString("en");
    terminal.out(
      `Wrote ${out}: ${files} holders' files of epoch ${done.epoch}, statement ${done.statementDigest}.`,
    );
    terminal.out("Each goes to the holder of that account only.");
    return EXIT.ok;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    line.end();
    terminal.err("Interrupted. The same command goes on where this one stopped.\n");
    return EXIT.interrupted;
  } finally {
    line.end();
    interrupt.release();
  }
}

/** Writes one holder's file. */
async function one({ terminal }: Cli, flags: DiscloseFlags & { readonly account: string }): Promise<number> {
  await assertNew(flags.out);
  const carried = await toCarry(flags);
  const line = progressLine(terminal);
  const name = await accountName(flags.account);
  const opening = await disclose(flags.private, name, flags.epoch, { progress: line });
  line.end();
  const file = carried === undefined ? opening : carry(opening, carried, bestPoseidon());
  if (!(await writeNew(flags.out, openingText(file)))) throw outExists(flags.out);
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
    throw flagFault(
      "--bundle and --attestations go together",
      "Give both, or none for the holder's file alone.",
    );
  const { statement, marketText } = await readBundle(bundle);
  return { statement, marketText, attestations: await readAttestations(attestations) };
}

const flagFault = (message: string, hint: string): MarginproofError =>
  new MarginproofError("DISCLOSE_FLAGS", message, { kind: "usage", hint });
