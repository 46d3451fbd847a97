import type { AddCommand } from "../../cli.js";
import { EXAMPLE_RULES, examples } from "../../help.js";
import { addBuild } from "./build.js";
import { addExplain } from "./explain.js";
import { addVerify } from "./verify.js";

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
      examples([`marginproof market build ${EXAMPLE_RULES} --out market.json`, "from an example"]),
    );
  addBuild(market, cli);
  addVerify(market, cli);
  addExplain(market, cli);
};
