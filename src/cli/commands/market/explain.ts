import { compileInstruments, PortfolioBuilder, readAccounts } from "../../../accounts/index.js";
import { MarginproofError } from "../../../errors.js";
import { bestPoseidon } from "../../../field/poseidon/bestPoseidon.js";
import { PRIVATE_FILE, readNamedFile, writeWhole } from "../../../files/files.js";
import { listedInstruments, openTable, parseMarketText } from "../../../market/index.js";
import { Evaluator } from "../../../protocol/evaluate.js";
import { assertInRange } from "../../../protocol/fitShape.js";
import { CROSS_POCKET, comparePockets, pocketTitle } from "../../../protocol/pocket.js";
import { explainReport } from "../../../report/explainReport.js";
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
    .argument("<account>", "account name in the accounts file")
    .summary("show every line of one account's margin")
    .description(
      "Shows what one account's margin is made of, pocket by pocket: every holding, the worst scenario of every risk\n" +
        "group and who loses in it, the stress scenarios, totals, and how far rounding can reach. These are the integers\n" +
        "that a proof is about.",
    )
    .requiredOption("--market <file>", "market file")
    .requiredOption("--accounts <file>", "accounts file, .csv or .ndjson")
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
      ),
    )
    .action((account: string, flags: ExplainFlags) =>
      finish(cli, flags.json, () => explain(cli, account, flags)),
    );
};

interface ExplainFlags {
  readonly market: string;
  readonly accounts: string;
  readonly model?: string;
  readonly pocket?: string;
  readonly plot?: string;
  readonly json?: boolean;
}

async function explain({ terminal }: Cli, account: string, flags: ExplainFlags): Promise<number> {
  if (flags.plot !== undefined) {
    await assertNew(flags.plot);
    await loadVega();
  }
  const market = parseMarketText(await readNamedFile(flags.market, "market file"));
  const model = flags.model === undefined ? undefined : await readModel(flags.model);
  const { table } = openTable(market, model, bestPoseidon());
  const only = flags.pocket === "cross" ? CROSS_POCKET : flags.pocket;
  const instruments = compileInstruments(listedInstruments(market));
  const builders = new Map<string, PortfolioBuilder>();
  for await (const batch of readAccounts(flags.accounts, instruments)) {
    for (const { account: owner, pocket, instrument, steps, entryPrice, leg } of batch) {
      if (owner !== account) continue;
      const builder = builders.get(pocket) ?? new PortfolioBuilder({ account, pocket }, instruments);
      builders.set(pocket, builder);
      builder.add(instruments.bySymbol.get(instrument)!, steps, entryPrice, leg);
    }
  }
  const names = [...builders.keys()].sort(comparePockets);
  const shown = names.filter((pocket) => only === undefined || pocket === only);
  if (shown.length === 0) throw nothingToExplain(account, only ?? CROSS_POCKET, names, flags.accounts);
  const evaluator = new Evaluator(table);
  const evaluations = shown.map((pocket) => {
    const evaluation = evaluator.evaluate(builders.get(pocket)!.build().holdings);
    assertInRange({ account, pocket }, evaluation, table);
    return [pocket, evaluation] as const;
  });
  const report = explainReport(account, new Map(evaluations), market, table);
  // The picture is of one customer's account: for its owner's eyes, as the private folder is.
  if (flags.plot !== undefined) await writeWhole(flags.plot, await explainSvg(report), PRIVATE_FILE);
  terminal.out(flags.json === true ? JSON.stringify(report, null, 2) : explainText(report));
  if (flags.plot !== undefined && flags.json !== true) terminal.out(`\nWrote ${visible(flags.plot)}.`);
  return EXIT.ok;
}

function nothingToExplain(
  account: string,
  pocket: string,
  pockets: readonly string[],
  file: string,
): MarginproofError {
  if (pockets.length === 0) {
    return new MarginproofError("EXPLAIN_NO_ACCOUNT", `${file} has no account "${account}"`, {
      kind: "usage",
      hint: "Names are compared exactly, capitals and all.",
    });
  }
  return new MarginproofError(
    "EXPLAIN_NO_POCKET",
    `${file} has no ${pocketTitle(pocket)} of account "${account}"`,
    {
      kind: "usage",
      hint: `It has: ${pockets.map(pocketTitle).join(", ")}.`,
    },
  );
}
