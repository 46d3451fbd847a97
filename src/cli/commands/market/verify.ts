import { MarginproofError } from "../../../errors.js";
import { readNamedFile } from "../../../files/files.js";
import {
  compareMarkets,
  type MarketDifference,
  type MarketJson,
  parseMarketText,
} from "../../../market/index.js";
import { parseEvidence, verifyMarketPrices } from "../../../prices/index.js";
import { pricesText } from "../../../report/pricesText.js";
import { visible } from "../../../report/visible.js";
import { type BuildOptions, buildMarket, buildSignedMarket, marketText } from "../../../rules/index.js";
import { type AddCommand, type Cli, finish } from "../../cli.js";
import { EXIT } from "../../errors.js";
import { EXAMPLE_RULES, examples } from "../../help.js";
import { type PreviousFlags, previousFlags, readPrevious } from "../../previousBundle.js";
import { hideWith, readModel } from "../../privateModelFile.js";
import { readPolicy } from "../../verifying.js";

export const addVerify: AddCommand = (market, cli) => {
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
    .addHelpText(
      "after",
      examples([`marginproof market verify market.json --rules ${EXAMPLE_RULES}`, "the same?"]),
    )
    .action((path: string, flags: VerifyFlags) => finish(cli, false, () => verify(cli, path, flags)));
};

interface VerifyFlags extends PreviousFlags {
  readonly rules: string;
  readonly privateModel?: string;
  readonly evidence?: string;
  readonly pricePolicy?: string;
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

/** Builds a market again from the price files inside its evidence. @throws MarginproofError PRICES_EVIDENCE_DIFFERS */
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
