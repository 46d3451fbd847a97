import { MarginproofError } from "../../../errors.js";
import { PUBLIC_FILE, readNamedFile, writeWhole } from "../../../files/files.js";
import { compileTable, parseMarket } from "../../../market/index.js";
import type { AttestedPrices, PriceFile } from "../../../prices/index.js";
import { bufferText } from "../../../report/bufferText.js";
import { marketSummary } from "../../../report/marketSummary.js";
import { priceReports, pricesTable } from "../../../report/pricesText.js";
import { shellWord } from "../../../report/shellWord.js";
import { visible } from "../../../report/visible.js";
import {
  type BuildOptions,
  type BuiltMarket,
  buildSignedMarket,
  buildWithReport,
  marketText,
  ruleSuspects,
} from "../../../rules/index.js";
import { type AddCommand, type Cli, finish } from "../../cli.js";
import { EXIT } from "../../errors.js";
import { EXAMPLE_RULES, examples } from "../../help.js";
import { DEFAULT_PRIVATE_PROFILE } from "../../options.js";
import { assertNew } from "../../outFile.js";
import { type PreviousFlags, previousFlags, previousWords, readPrevious } from "../../previousBundle.js";
import { readPriceFile } from "../../priceFiles.js";
import { modelFile } from "../../privateModelFile.js";
import { readPolicy } from "../../verifying.js";

export const addBuild: AddCommand = (market, cli) => {
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
        [`marginproof market build ${EXAMPLE_RULES} --out market.json`, "from an example"],
        [
          "marginproof market build examples/prices/rules.yaml --out market.json --evidence evidence.json \\\n" +
            "      --price-policy examples/prices/policy.json --prices examples/prices/{alpha,beta,gamma}.json",
          "with signed prices",
        ],
      ),
    )
    .action((rules: string, flags: BuildFlags) => finish(cli, false, () => build(cli, rules, flags)));
};

interface BuildFlags extends PreviousFlags {
  readonly out: string;
  readonly prices?: readonly string[];
  readonly pricePolicy?: string;
  readonly evidence?: string;
  readonly privateModel?: string;
  readonly profile: string;
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
  const suspects = ruleSuspects(rulesText);
  if (suspects.length > 0) terminal.out(`\n${suspects.map((text) => `LOOKS WRONG: ${text}`).join("\n")}`);
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
