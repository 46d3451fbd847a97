import { type Pulled, pullExport, readMapping } from "../../accounts/index.js";
import { MarginproofError } from "../../errors.js";
import { readNamedFile } from "../../files/files.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { examples } from "../help.js";
import { onInterrupt } from "../interrupt.js";
import { positiveInteger } from "../options.js";
import { assertNew } from "../outFile.js";
import { progressLine } from "../progressLine.js";

/** How often it is said how many rows there are: their whole number nobody knows before. */
const SAID_MS = 5000;
const URL_VARIABLE = "MARGINPROOF_SOURCE_URL";

interface PullFlags {
  readonly mapping: string;
  readonly source?: string;
  readonly out: string;
  readonly timeout: number;
  readonly quiet?: boolean;
}

export const addPull: AddCommand = (program, cli) => {
  program
    .command("pull")
    .summary("read accounts out of your own Postgres, as an export of one moment")
    .description(
      "Runs the queries of a mapping in one read-only transaction that sees one moment of the database, through cursors, and\n" +
        "writes what they give as the files of an export: what doctor, market explain and prove then read with the same mapping.\n" +
        "The export is private. It is there whole or not at all.",
    )
    .requiredOption("--mapping <file>", "how the tables become accounts: every file with its query")
    .option(
      "--source <file>",
      `file that holds the URL of your Postgres; or ${URL_VARIABLE} in the environment`,
    )
    .requiredOption("--out <dir>", "folder to make for the export; must not exist yet")
    .option("--timeout <seconds>", "longest that one statement may take there", positiveInteger, 600)
    .option("--quiet", "no progress")
    .addHelpText(
      "after",
      examples([
        "marginproof pull --mapping mapping.yaml --source url.txt --out export",
        "the book of now; then prove it with --accounts export --mapping mapping.yaml",
      ]),
    )
    .action((flags: PullFlags) => finish(cli, false, () => run(cli, flags)));
};

async function run({ terminal }: Cli, flags: PullFlags): Promise<number> {
  await assertNew(flags.out);
  const mapping = readMapping(await readNamedFile(flags.mapping, "mapping file"), flags.mapping);
  const url = await sourceUrl(flags.source);
  const line = flags.quiet === true ? undefined : progressLine(terminal);
  const interrupt = onInterrupt(terminal, "Stopping. Nothing is left of the export.");
  let pulled: Pulled;
  let said = performance.now();
  const onRows = (file: string, rows: number) => {
    if (performance.now() - said < SAID_MS) return;
    said = performance.now();
    line?.note(`${file}: ${rows} rows so far`);
  };
  try {
    line?.stage("readAccounts", "read accounts", "from the database");
    pulled = await pullExport(mapping, {
      ...{ url, out: flags.out, statementSeconds: flags.timeout, signal: interrupt.signal, onRows },
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    return EXIT.interrupted;
  } finally {
    line?.end();
    interrupt.release();
  }
  const files = pulled.map(({ file, rows }) => `  ${file}  ${rows} row${rows === 1 ? "" : "s"}`);
  terminal.out([`${flags.out}: one moment of the database`, ...files].join("\n"));
  return EXIT.ok;
}

/** Arguments are for every user of the machine to read: the URL, a password in it, is none. @throws MarginproofError SOURCE_URL */
async function sourceUrl(file: string | undefined): Promise<string> {
  const text = file === undefined ? process.env[URL_VARIABLE] : await readNamedFile(file, "source URL");
  if (text !== undefined && text.trim() !== "") return text.trim();
  throw new MarginproofError("SOURCE_URL", "no URL of a Postgres is given", {
    kind: "usage",
    hint: `Put it into a file for --source, or into ${URL_VARIABLE}.`,
  });
}
