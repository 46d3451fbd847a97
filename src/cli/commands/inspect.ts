import { readBundle } from "../../files/bundleFolder.js";
import { compileTable, parseMarketText } from "../../market/index.js";
import { parseStatement } from "../../protocol/statement.js";
import { epochReport } from "../../report/epochReport.js";
import { epochText } from "../../report/epochText.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { examples } from "../help.js";
import { trustedKeys } from "../trustedKeys.js";

interface InspectFlags {
  readonly keys?: string;
  readonly json?: boolean;
}

export const addInspect: AddCommand = (program, cli) => {
  program
    .command("inspect")
    .argument("<bundle>", "folder published by the exchange")
    .summary("show what a bundle says, without checking it")
    .description(
      "Shows a bundle's statement in readable figures: totals, stress, assets and reserves, open interest, keys. It\n" +
        "checks no proof: what it shows is a claim until marginproof verify says VALID.",
    )
    .option("--keys <file>", "keys.json, to tell whether its keys are development keys")
    .option("--json", "print one JSON object and nothing else on stdout")
    .addHelpText("after", examples(["marginproof inspect bundle", "what does the exchange claim?"]))
    .action((bundle: string, flags: InspectFlags) => finish(cli, flags.json, () => run(cli, bundle, flags)));
};

async function run({ terminal }: Cli, bundle: string, flags: InspectFlags): Promise<number> {
  const parts = await readBundle(bundle);
  const statement = parseStatement(parts.statement);
  const market = parseMarketText(parts.marketText);
  const keys = await trustedKeys(flags.keys);
  const report = epochReport(statement, market, compileTable(market), keys, parts.evidenceText);
  terminal.out(
    flags.json === true
      ? JSON.stringify({ format: "marginproof/epoch/1", verified: false, ...report }, null, 2)
      : epochText(report),
  );
  return EXIT.ok;
}
