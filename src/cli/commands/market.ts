import { compileRules, PortfolioBuilder, readAccounts } from "../../accounts/index.js";
import { MarginproofError } from "../../errors.js";
import { bestPoseidon } from "../../field/poseidon/bestPoseidon.js";
import { PRIVATE_FILE, PUBLIC_FILE, readNamedFile, writeWhole } from "../../files/files.js";
import {
  accountRules,
  compareMarkets,
  compileTable,
  type MarketDifference,
  type MarketJson,
  openTable,
  parseMarket,
  parseMarketText,
} from "../../market/index.js";
import {
  type AttestedPrices,
  type PriceFile,
  parseEvidence,
  verifyMarketPrices,
} from "../../prices/index.js";
import { Evaluator } from "../../protocol/evaluate.js";
import { assertInRange } from "../../protocol/fitShape.js";
import { CROSS_POCKET, comparePockets, pocketTitle } from "../../protocol/pocket.js";
import { bufferText } from "../../report/bufferText.js";
import { explainReport } from "../../report/explainReport.js";
import { explainText } from "../../report/explainText.js";
import { marketSummary } from "../../report/marketSummary.js";
import { priceReports, pricesTable, pricesText } from "../../report/pricesText.js";
import { shellWord } from "../../report/shellWord.js";
import { visible } from "../../report/visible.js";
import {
  type BuildOptions,
  type BuiltMarket,
  buildMarket,
  buildSignedMarket,
  buildWithReport,
  marketText,
} from "../../rules/index.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { examples } from "../help.js";
import { DEFAULT_PRIVATE_PROFILE } from "../options.js";
import { assertNew } from "../outFile.js";
import { explainSvg } from "../plot/explainSvg.js";
import { loadVega } from "../plot/loadVega.js";
import { type PreviousFlags, previousFlags, previousWords, readPrevious } from "../previousBundle.js";
import { readPriceFile } from "../priceFiles.js";
import { hideWith, modelFile, readModel } from "../privateModelFile.js";
import { readPolicy } from "../verifying.js";

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
  previousFlags(market.command("build").argument("<rules>", "rules file, YAML or JSON"))
    .summary("make a market file from rules")
    .description(
      "Compiles rules into a market file and shows what it holds. Rules that say prices: signed take every price from signed\n" +
        "price files, as the median of a quorum that a price policy asks for. Rules that name a previousEpoch need its bundle,\n" +
        "which is verified first: give the keys you trust. Never overwrites a file.",
    )
    .requiredOption("--out <file>", "market file to write")
    .option(
      "--private-model <file>",
      "for rules with private rates: your secret model, made the first time and kept for all epochs",
    )
    .option("--profile <name>", "with --private-model: the profile to prove with", DEFAULT_PRIVATE_PROFILE)
    .option("--prices <files...>", "signed price files, one per source")
    .option("--price-policy <file>", "whose signatures count, and how close prices must be")
    .option(
      "--evidence <file>",
      "price evidence to write: it belongs to the market file, and goes into the bundle",
    )
    .addHelpText(
      "after",
      examples(
        [`marginproof market build ${RULES} --out market.json`, "from an example"],
        [
          "marginproof market build examples/prices/rules.yaml --out market.json --evidence evidence.json \\\n" +
            "      --price-policy examples/prices/policy.json --prices examples/prices/{alpha,beta,gamma}.json",
          "with signed prices",
        ],
      ),
    )
    .action((rules: string, flags: BuildFlags) => finish(cli, false, () => build(cli, rules, flags)));
  previousFlags(market.command("verify").argument("<market>", "market file that somebody published"))
    .summary("check that a market file is what its rules make")
    .description(
      "Rebuilds the market file from the rules and compares every byte. Exit code 0: the same; 1: different, with the\n" +
        "first field that differs; 2: the rules are not valid, or a file can't be read. With --evidence every signature and\n" +
        "median is repeated too, offline.",
    )
    .requiredOption("--rules <file>", "rules file that it is said to come from")
    .option("--evidence <file>", "its price evidence, when the rules say prices: signed")
    .option("--price-policy <file>", "your own price policy: prices must be signed as it asks")
    .option("--private-model <file>", "the secret model behind it, when the rules have private rates")
    .addHelpText("after", examples([`marginproof market verify market.json --rules ${RULES}`, "the same?"]))
    .action((path: string, flags: VerifyFlags) => finish(cli, false, () => verify(cli, path, flags)));
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

const RULES = "examples/rules/tiered.yaml";

interface BuildFlags extends PreviousFlags {
  readonly out: string;
  readonly prices?: readonly string[];
  readonly pricePolicy?: string;
  readonly evidence?: string;
  readonly privateModel?: string;
  readonly profile: string;
}

interface VerifyFlags extends PreviousFlags {
  readonly rules: string;
  readonly privateModel?: string;
  readonly evidence?: string;
  readonly pricePolicy?: string;
}

interface ExplainFlags {
  readonly market: string;
  readonly accounts: string;
  readonly model?: string;
  readonly pocket?: string;
  readonly plot?: string;
  readonly json?: boolean;
}

async function build({ terminal }: Cli, rules: string, flags: BuildFlags): Promise<number> {
  const { out, evidence } = flags;
  for (const path of [out, ...(evidence === undefined ? [] : [evidence])]) await assertNew(path);
  const secret =
    flags.privateModel === undefined ? undefined : await modelFile(flags.privateModel, flags.profile);
  const rulesText = await readNamedFile(rules, "rules file");
  const { previous } = await readPrevious(flags, terminal);
  const built = await buildFrom(rulesText, flags, { previous, hide: secret?.hide });
  // The secret first: without it nobody can prove the market.
  await secret?.save();
  // The market file last: where it is, its evidence is.
  if (evidence !== undefined) await writeWhole(evidence, built.evidence!.text, PUBLIC_FILE);
  await writeWhole(out, marketText(built.market), PUBLIC_FILE);
  const parsed = parseMarket(built.market);
  terminal.out(`Wrote ${[out, ...(evidence === undefined ? [] : [evidence])].map(visible).join(" and ")}.\n`);
  terminal.out(marketSummary(parsed, compileTable(parsed)));
  if (built.evidence !== undefined)
    terminal.out(`\nSigned prices\n\n${pricesTable(priceReports(built.evidence.medians))}`);
  if (built.buffers !== undefined) terminal.out(`\n${bufferText(built.buffers, parsed.quote)}`);
  const evidenceFlag =
    evidence === undefined
      ? ""
      : ` --evidence ${shellWord(evidence)} --price-policy ${shellWord(flags.pricePolicy!)}`;
  const modelFlag =
    flags.privateModel === undefined ? "" : ` --private-model ${shellWord(flags.privateModel)}`;
  const again = `marginproof market verify ${shellWord(out)} --rules ${shellWord(rules)}`;
  terminal.out(`\nNext: ${again}${previousWords(flags)}${modelFlag}${evidenceFlag}`);
  return EXIT.ok;
}

async function buildFrom(
  rulesText: string,
  { prices, pricePolicy, evidence }: BuildFlags,
  options: BuildOptions,
): Promise<BuiltMarket & { readonly evidence?: AttestedPrices }> {
  const policy = await readPolicy(pricePolicy);
  if (prices === undefined && policy === undefined && evidence === undefined)
    return buildWithReport(rulesText, options);
  if (prices === undefined || policy === undefined || evidence === undefined)
    throw new MarginproofError("PRICES_FLAGS", "--prices, --price-policy and --evidence belong together", {
      kind: "usage",
      hint: "Give all three to take prices from signed files, or none.",
    });
  const files: PriceFile[] = [];
  for (const path of prices) files.push(await readPriceFile(path));
  return buildSignedMarket(rulesText, { files, policy, ...options });
}

async function verify({ terminal }: Cli, path: string, flags: VerifyFlags): Promise<number> {
  const published = await readNamedFile(path, "market file");
  const rulesText = await readNamedFile(flags.rules, "rules file");
  const policy = await readPolicy(flags.pricePolicy);
  const text =
    flags.evidence === undefined ? undefined : await readNamedFile(flags.evidence, "price evidence");
  const hide =
    flags.privateModel === undefined
      ? undefined
      : hideWith(await readModel(flags.privateModel), parseMarketText(published).privateRules?.rowsPerStep);
  const options = { ...(await readPrevious(flags, terminal)), hide };
  const market =
    text === undefined ? buildMarket(rulesText, options) : marketOfEvidence(rulesText, text, options);
  assertSame(path, flags.rules, compareMarkets(published, marketText(market)));
  const found = verifyMarketPrices(parseMarketText(published), text, policy);
  terminal.out(`SAME: ${visible(path)} is what ${visible(flags.rules)} makes, bit for bit.`);
  if (found !== undefined) terminal.out(`\n${pricesText(found, policy !== undefined)}`);
  return EXIT.ok;
}

/** Builds a market again from the price files inside its evidence. Throws PRICES_EVIDENCE_DIFFERS. */
function marketOfEvidence(rulesText: string, text: string, options: BuildOptions): MarketJson {
  const { files, policy } = parseEvidence(text);
  const { market, evidence } = buildSignedMarket(rulesText, { files, policy, ...options });
  if (evidence.text === text) return market;
  throw new MarginproofError("PRICES_EVIDENCE_DIFFERS", "price evidence: not what its price files make", {
    kind: "invalid",
    hint: "Make it again from the price files with marginproof market build.",
  });
}

function assertSame(path: string, rules: string, difference: MarketDifference | undefined): void {
  if (difference === undefined) return;
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
  if (flags.plot !== undefined) {
    await assertNew(flags.plot);
    await loadVega();
  }
  const market = parseMarketText(await readNamedFile(flags.market, "market file"));
  const model = flags.model === undefined ? undefined : await readModel(flags.model);
  const { table } = openTable(market, model, bestPoseidon());
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
  if (shown.length === 0) throw nothingToExplain(account, only ?? CROSS_POCKET, names, flags.accounts);
  const evaluator = new Evaluator(table);
  const evaluations = shown.map((pocket) => {
    const evaluation = evaluator.evaluate(builders.get(pocket)!.build().holdings);
    assertInRange({ account, pocket }, evaluation);
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
