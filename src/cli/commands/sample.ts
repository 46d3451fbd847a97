import { existsSync } from "node:fs";
import { join } from "node:path";
import { MarginproofError } from "../../errors.js";
import { accountCount, bandList, belowMaintenance } from "../../protocol/bands.js";
import { grouped, unitsText } from "../../report/money.js";
import { shellWord } from "../../report/shellWord.js";
import { pairs } from "../../report/table.js";
import { generateSample, writeSample } from "../../sample/index.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { examples } from "../help.js";
import { positiveInteger } from "../options.js";

interface SampleFlags {
  readonly accounts: number;
  readonly seed: string;
  readonly out: string;
}

export const addSample: AddCommand = (program, cli) => {
  program
    .command("sample")
    .summary("make an invented exchange to try out")
    .description(
      "Writes market.json and accounts.csv of an invented exchange with spot, perpetuals, futures and options. The same\n" +
        "seed gives the same files everywhere. Some accounts have isolated pockets beside the cross pocket; some pockets\n" +
        "are below maintenance, and one is bankrupt.",
    )
    .requiredOption("--accounts <n>", "margin accounts, 16 to 10,000,000", positiveInteger)
    .option("--seed <text>", "which exchange", "1")
    .requiredOption("--out <dir>", "folder for the two files")
    .addHelpText(
      "after",
      examples(["marginproof sample --accounts 240 --out sample", "a small exchange in ./sample"]),
    )
    .action((flags: SampleFlags) => finish(cli, false, () => run(cli, flags)));
};

async function run({ terminal }: Cli, { accounts, seed, out }: SampleFlags): Promise<number> {
  for (const name of ["market.json", "accounts.csv"]) {
    // It could be somebody's real accounts.
    if (existsSync(join(out, name))) {
      throw new MarginproofError("OUT_EXISTS", `${join(out, name)} already exists`, {
        kind: "usage",
        hint: "Choose another folder, or remove the file yourself.",
      });
    }
  }
  const sample = generateSample({ accounts, seed });
  const paths = await writeSample(sample, out);
  const { facts, market } = sample;
  const money = (units: bigint): string => `${grouped(unitsText(units, market.valueUnit))} ${market.quote}`;
  terminal.out(`Wrote ${paths.market} and ${paths.accounts}.`);
  const margined = Number(accountCount(facts.bands));
  terminal.out(
    pairs([
      ["instruments", String(market.instruments.length)],
      ["accounts", grouped(String(margined - sample.isolated))],
      ["margin accounts", `${grouped(String(margined))} (${sample.isolated} are isolated pockets)`],
      ["by band", bandList(facts.bands)],
      ["below maintenance", `${belowMaintenance(facts.bands)} (short by ${money(facts.shortfall)})`],
      ["bad debt", money(facts.badDebt)],
    ]),
  );
  terminal.out(
    "Next: marginproof setup --profile demo\n" +
      `      marginproof prove --profile demo --market ${shellWord(paths.market)} --accounts ${shellWord(paths.accounts)} \\\n` +
      "                        --out bundle --private private",
  );
  return EXIT.ok;
}
