import { existsSync } from "node:fs";
import { MarginproofError } from "../../errors.js";
import {
  accountRules,
  compareMarkets,
  compileTable,
  parseMarket,
  parseMarketText,
} from "../../market/index.js";
import { Evaluator } from "../../protocol/evaluate.js";
import { CROSS_POCKET, comparePockets, pocketTitle } from "../../protocol/pocket.js";
import { PUBLIC_FILE, readNamedFile, writeWhole } from "../../prover/files.js";
import { buildMarket, marketText } from "../../rules/index.js";
import { compileRules, PortfolioBuilder, readAccounts } from "../../snapshot/index.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { explainReport } from "../format/explainReport.js";
import { explainText } from "../format/explainText.js";
import { marketSummary } from "../format/marketSummary.js";
import { shellWord } from "../format/shellWord.js";
import { visible } from "../format/visible.js";
import { examples } from "../help.js";

export const addMarket: AddCommand = (program, cli) => {
  const market = program
    .command("market")
    .summary("build, verify and explain a market file from an exchange's rules")
    .helpCommand(false)
    .description(
      "Rules (marginproof/rules/1, see docs/rules.md) say what an exchange charges, in its own terms; a market file says\n" +
        "the same in rows that a proof can use. Anyone who has the rules rebuilds the same market file, bit for bit.",
    )
    .addHelpText(
      "after",
      examples([`marginproof market build ${RULES} --out market.json`, "from an example"]),
    );
  market
    .command("build")
    .argument("<rules>", "rules file, YAML or JSON")
    .summary("make a market file from rules")
    .description("Compiles rules into a market file and shows what it holds. Never overwrites a file.")
    .requiredOption("--out <file>", "market file to write")
    .addHelpText(
      "after",
      examples([`marginproof market build ${RULES} --out market.json`, "from an example"]),
    )
    .action((rules: string, flags: { out: string }) =>
      finish(cli, false, () => build(cli, rules, flags.out)),
    );
  market
    .command("verify")
    .argument("<market>", "market file that somebody published")
    .summary("check that a market file is what its rules make")
    .description(
      "Rebuilds the market file from the rules and compares every byte. Exit code 0: the same; 1: different, with the\n" +
        "first field that differs; 2: the rules are not valid, or a file can't be read.",
    )
    .requiredOption("--rules <file>", "rules file that it is said to come from")
    .addHelpText("after", examples([`marginproof market verify market.json --rules ${RULES}`, "the same?"]))
    .action((path: string, flags: { rules: string }) =>
      finish(cli, false, () => verify(cli, path, flags.rules)),
    );
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
    .option("--pocket <name>", "one pocket only: the name of an isolated one, or cross")
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
      ),
    )
    .action((account: string, flags: ExplainFlags) =>
      finish(cli, flags.json, () => explain(cli, account, flags)),
    );
};

const RULES = "examples/rules/tiered.yaml";

interface ExplainFlags {
  readonly market: string;
  readonly accounts: string;
  readonly pocket?: string;
  readonly json?: boolean;
}

async function build({ terminal }: Cli, rules: string, out: string): Promise<number> {
  if (existsSync(out)) {
    throw new MarginproofError("OUT_EXISTS", `${out} already exists`, {
      kind: "usage",
      hint: "Choose another name, or remove the file yourself.",
    });
  }
  const market = buildMarket(await readNamedFile(rules, "rules file"));
  await writeWhole(out, marketText(market), PUBLIC_FILE);
  const parsed = parseMarket(market);
  terminal.out(`Wrote ${visible(out)}.\n\n${marketSummary(parsed, compileTable(parsed))}`);
  terminal.out(`\nNext: marginproof market verify ${shellWord(out)} --rules ${shellWord(rules)}`);
  return EXIT.ok;
}

async function verify({ terminal }: Cli, path: string, rules: string): Promise<number> {
  const [published, rulesText] = [
    await readNamedFile(path, "market file"),
    await readNamedFile(rules, "rules file"),
  ];
  const difference = compareMarkets(published, marketText(buildMarket(rulesText)));
  if (difference === undefined) {
    terminal.out(`SAME: ${visible(path)} is what ${visible(rules)} makes, bit for bit.`);
    return EXIT.ok;
  }
  const { path: at, expected, found } = difference;
  const problem =
    expected === undefined && found === undefined
      ? "holds the same figures, but not the same text (spacing or order)"
      : `${at} is ${found ?? "missing"}, but the rules make it ${expected ?? "nothing"}`;
  throw new MarginproofError("RULES_MARKET_DIFFERS", `${path} is not what ${rules} makes: ${problem}`, {
    kind: "invalid",
    hint: "Build it again with marginproof market build, or ask for the rules it was built from.",
  });
}

async function explain({ terminal }: Cli, account: string, flags: ExplainFlags): Promise<number> {
  const market = parseMarketText(await readNamedFile(flags.market, "market file"));
  const table = compileTable(market);
  const only = flags.pocket === "cross" ? CROSS_POCKET : flags.pocket;
  const instruments = compileRules(accountRules(market));
  const builders = new Map<string, PortfolioBuilder>();
  for await (const batch of readAccounts(flags.accounts, instruments)) {
    for (const { account: owner, pocket, instrument, steps, entryPrice } of batch) {
      if (owner !== account) continue;
      const builder = builders.get(pocket) ?? new PortfolioBuilder({ account, pocket }, instruments);
      builders.set(pocket, builder);
      builder.add(instruments.bySymbol.get(instrument)!, steps, entryPrice);
    }
  }
  const names = [...builders.keys()].sort(comparePockets);
  const shown = names.filter((pocket) => only === undefined || pocket === only);
  if (shown.length === 0) throw nothingToExplain(account, names, flags.accounts);
  const evaluator = new Evaluator(table);
  const evaluations = shown.map((pocket) => {
    return [pocket, evaluator.evaluate(builders.get(pocket)!.build().holdings)] as const;
  });
  const report = explainReport(account, new Map(evaluations), market, table);
  terminal.out(flags.json === true ? JSON.stringify(report, null, 2) : explainText(report));
  return EXIT.ok;
}

function nothingToExplain(account: string, pockets: readonly string[], file: string): MarginproofError {
  if (pockets.length === 0) {
    return new MarginproofError("EXPLAIN_NO_ACCOUNT", `${file} has no account "${account}"`, {
      kind: "usage",
      hint: "Names are compared exactly, capitals and all.",
    });
  }
  return new MarginproofError("EXPLAIN_NO_POCKET", `account "${account}" has no such pocket in ${file}`, {
    kind: "usage",
    hint: `It has: ${pockets.map(pocketTitle).join(", ")}.`,
  });
}
