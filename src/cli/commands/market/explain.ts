import {
  type AccountsSource,
  compileInstruments,
  PortfolioBuilder,
  readAccounts,
  sourceTitle,
} from "../../../accounts/index.js";
import { MarginproofError } from "../../../errors.js";
import { bestPoseidon } from "../../../field/poseidon/bestPoseidon.js";
import { PRIVATE_FILE, readNamedFile, writeWhole } from "../../../files/files.js";
import { listedInstruments, type Market, openTable, parseMarketText } from "../../../market/index.js";
import { Evaluator } from "../../../protocol/evaluate.js";
import { assertInRange } from "../../../protocol/fitShape.js";
import { CROSS_POCKET, comparePockets, pocketTitle } from "../../../protocol/pocket.js";
import { readSource } from "../../../prover/openInputs.js";
import { type ExplainReport, explainReport } from "../../../report/explainReport.js";
import { explainText } from "../../../report/explainText.js";
import { visible } from "../../../report/visible.js";
import { type AddCommand, type Cli, finish } from "../../cli.js";
import { EXIT } from "../../errors.js";
import { examples } from "../../help.js";
import { assertNew } from "../../outFile.js";
import { explainSvg } from "../../plot/explainSvg.js";
import { loadVega } from "../../plot/loadVega.js";
import { readModel } from "../../privateModelFile.js";

export const addExplain: AddCommand = (market, cli) => {
  market
    .command("explain")
    .argument("<account...>", "account names in the accounts file")
    .summary("show every line of accounts' margin")
    .description(
      "Shows what each account's margin is made of, pocket by pocket: every holding, the worst scenario of every risk\n" +
        "group and who loses in it, the stress scenarios, totals, and how far rounding can reach. These are the integers\n" +
        "that a proof is about.",
    )
    .requiredOption("--market <file>", "market file")
    .requiredOption(
      "--accounts <file>",
      "accounts file: .csv or .ndjson, also .gz or .zst, or .parquet; with --mapping a folder",
    )
    .option("--mapping <file>", "how the files of your own export in that folder become accounts")
    .option("--model <file>", "private model, when the market file has secret rates")
    .option("--pocket <name>", "one pocket only: the name of an isolated one, or cross")
    .option("--plot <file>", "also draw the value in every scenario, the worst one marked: an SVG file")
    .option("--json", "print one JSON object and nothing else on stdout")
    .addHelpText(
      "after",
      examples(
        [
          "marginproof market explain carol --market market.json --accounts accounts.csv",
          "why is carol below maintenance?",
        ],
        [
          "marginproof market explain carol --pocket BTC-PERP --market market.json --accounts accounts.csv",
          "one isolated pocket of carol's",
        ],
        [
          "marginproof market explain carol --plot carol.svg --market market.json --accounts accounts.csv",
          "a picture of the scenarios",
        ],
        [
          "marginproof market explain alice bob --market market.json --accounts export --mapping mapping.yaml --json",
          "several accounts, of an export of your own",
        ],
      ),
    )
    .action((accounts: string[], flags: ExplainFlags) =>
      finish(cli, flags.json, () => explain(cli, [...new Set(accounts)], flags)),
    );
};

interface ExplainFlags {
  readonly market: string;
  readonly accounts: string;
  readonly mapping?: string;
  readonly model?: string;
  readonly pocket?: string;
  readonly plot?: string;
  readonly json?: boolean;
}

async function explain({ terminal }: Cli, accounts: readonly string[], flags: ExplainFlags): Promise<number> {
  const { plot, json } = flags;
  if (plot !== undefined) await assertPlot(plot, accounts);
  const market = parseMarketText(await readNamedFile(flags.market, "market file"));
  const model = flags.model === undefined ? undefined : await readModel(flags.model);
  const { table } = openTable(market, model, bestPoseidon());
  const evaluator = new Evaluator(table);
  const source = await readSource({
    accountsPath: flags.accounts,
    ...(flags.mapping === undefined ? {} : { mappingPath: flags.mapping }),
  });
  const held = await pocketsOf(source, market, accounts);
  const missing = accounts.filter((account) => held.get(account)!.size === 0);
  if (missing.length > 0) throw noAccount(missing, sourceTitle(source));
  const reports = accounts.map((account) => {
    const shown = shownPockets(account, held.get(account)!, flags.pocket, sourceTitle(source));
    const evaluations = shown.map((builder) => {
      const { pocket, holdings } = builder.build();
      const evaluation = evaluator.evaluate(holdings);
      assertInRange({ account, pocket }, evaluation, table);
      return [pocket, evaluation] as const;
    });
    return explainReport(account, new Map(evaluations), market, table);
  });
  // The picture is of one customer's account: for its owner's eyes, as the private folder is.
  if (plot !== undefined) await writeWhole(plot, await explainSvg(reports[0]!), PRIVATE_FILE);
  terminal.out(
    json === true ? JSON.stringify(jsonOf(reports), null, 2) : reports.map(explainText).join("\n\n\n"),
  );
  if (plot !== undefined && json !== true) terminal.out(`\nWrote ${visible(plot)}.`);
  return EXIT.ok;
}

/** @throws MarginproofError EXPLAIN_ONE_PLOT, OUT_EXISTS, PLACES_NESTED, PLOT_WITHOUT_VEGA */
async function assertPlot(path: string, accounts: readonly string[]): Promise<void> {
  if (accounts.length > 1)
    throw new MarginproofError("EXPLAIN_ONE_PLOT", "a picture is of one account, and several are named", {
      kind: "usage",
      hint: "Name one account, or leave --plot out.",
    });
  await assertNew(path);
  await loadVega();
}

/** The report of one account as it is; of several in a list. */
const jsonOf = (reports: readonly ExplainReport[]) =>
  reports.length === 1 ? reports[0] : { format: "marginproof/explain-list/1", accounts: reports };

type Pockets = Map<string, PortfolioBuilder>;

/** The pockets of some accounts, whatever the number of others. */
async function pocketsOf(
  source: AccountsSource,
  market: Market,
  accounts: readonly string[],
): Promise<ReadonlyMap<string, Pockets>> {
  const instruments = compileInstruments(listedInstruments(market));
  const held = new Map(accounts.map((account): [string, Pockets] => [account, new Map()]));
  for await (const batch of readAccounts(source, instruments)) {
    for (const { account, pocket, instrument, steps, entryPrice, leg } of batch) {
      const pockets = held.get(account);
      if (pockets === undefined) continue;
      const builder = pockets.get(pocket) ?? new PortfolioBuilder({ account, pocket }, instruments);
      pockets.set(pocket, builder);
      builder.add(instruments.bySymbol.get(instrument)!, steps, entryPrice, leg);
    }
  }
  return held;
}

/** Cross first. @throws MarginproofError EXPLAIN_NO_POCKET */
function shownPockets(
  account: string,
  pockets: Pockets,
  asked: string | undefined,
  place: string,
): PortfolioBuilder[] {
  const only = asked === "cross" ? CROSS_POCKET : asked;
  const names = [...pockets.keys()].sort(comparePockets);
  const shown = names.filter((pocket) => only === undefined || pocket === only);
  if (shown.length > 0) return shown.map((pocket) => pockets.get(pocket)!);
  throw new MarginproofError(
    "EXPLAIN_NO_POCKET",
    `${place} has no ${pocketTitle(only ?? CROSS_POCKET)} of account "${account}"`,
    { kind: "usage", hint: `It has: ${names.map(pocketTitle).join(", ")}.` },
  );
}

function noAccount(accounts: readonly string[], place: string): MarginproofError {
  const names = accounts.map((account) => `"${account}"`).join(", ");
  return new MarginproofError(
    "EXPLAIN_NO_ACCOUNT",
    `${place} has no account${accounts.length === 1 ? "" : "s"} ${names}`,
    { kind: "usage", hint: "Names are compared exactly, capitals and all." },
  );
}
