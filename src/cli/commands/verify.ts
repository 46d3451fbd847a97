import { verdictJson } from "../../report/verdictJson.js";
import { verdictText } from "../../report/verdictText.js";
import { visible } from "../../report/visible.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { examples } from "../help.js";
import type { TrustOptions } from "../options.js";
import { trustFlags, verifyFolder } from "../verifying.js";

export const addVerify: AddCommand = (program, cli) => {
  trustFlags(program.command("verify").argument("<bundle>", "folder published by the exchange"))
    .summary("verify a published epoch, from public data alone")
    .description(
      "Rebuilds the risk table, derives every public signal and checks every proof, then the open book: long = short,\n" +
        "reserves, insurance fund. Trusts only keys on your own list, never those the bundle brings.\n" +
        "Exit 0: proved and covered. Exit 1: not proved, or proved and not covered. Exit 2: could not look.",
    )
    .addHelpText(
      "after",
      examples(
        [
          "marginproof verify bundle --keys keys.json --digest 0x5c1e...",
          "an audit against the public anchor",
        ],
        [
          "marginproof verify bundle --market mine.json --keys keys.json --json",
          "with your own prices, for a script",
        ],
      ),
    )
    .action((bundle: string, flags: TrustOptions) => finish(cli, flags.json, () => run(cli, bundle, flags)));
};

async function run({ terminal }: Cli, bundle: string, flags: TrustOptions): Promise<number> {
  const { found } = await verifyFolder(bundle, flags, terminal);
  const { verdict, statement } = found;
  if (flags.json === true) {
    terminal.out(JSON.stringify(verdictJson(verdict, statement), null, 2));
  } else {
    if (statement !== undefined) {
      const { exchange, epoch, time } = statement;
      terminal.out(`${bundle}: ${visible(exchange)}, epoch ${visible(epoch)}, ${visible(time)}\n`);
    }
    terminal.out(verdictText(verdict));
  }
  return verdict.valid ? EXIT.ok : EXIT.invalid;
}
