import type { Command } from "commander";
import { PUBLIC_FILE, readNamedFile, writeWhole } from "../../files/files.js";
import { parseMarketText } from "../../market/index.js";
import {
  addressOfPrivateKey,
  type PriceFile,
  signPrices,
  termsOfMarket,
  type UnsignedPricesJson,
  withPatterns,
} from "../../prices/index.js";
import { instantOf } from "../../protocol/instant.js";
import { parseStrictJson } from "../../protocol/strictJson.js";
import { textTable } from "../../report/table.js";
import { visible } from "../../report/visible.js";
import { termsOfRules } from "../../rules/index.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { examples } from "../help.js";
import { readKeyFile, writeKeyFile } from "../keyFile.js";
import { assertNew } from "../outFile.js";
import { readPriceFile } from "../priceFiles.js";

export const addPrices: AddCommand = (program, cli) => {
  const prices = program
    .command("prices")
    .summary("sign and check price files")
    .helpCommand(false)
    .description(
      "A price file (marginproof/prices/1, see docs/prices.md) holds one source's prices, signed as EVM wallets sign typed\n" +
        "data. A market is built from several: marginproof market build --prices.",
    )
    .addHelpText(
      "after",
      examples(["marginproof prices verify examples/prices/alpha.json", "who signed it, and when?"]),
    );
  prices
    .command("new-key")
    .summary("make a private key for signing prices")
    .description("Makes a random secp256k1 key in a new file that only you can read, and shows its address.")
    .requiredOption("--out <file>", "key file to write")
    .addHelpText("after", examples(["marginproof prices new-key --out alpha.key", "a key of your own"]))
    .action(({ out }: { out: string }) => finish(cli, false, () => newKey(cli, out)));
  prices
    .command("sign")
    .argument("<unsigned>", "price file without signature, JSON; signer may be left out")
    .summary("sign a price file")
    .description(
      "Signs prices with a key from a file that only its owner can read (mode 0600). With a wallet or a key module, sign the\n" +
        "typed data of priceTypedData instead: docs/prices.md. Never overwrites a file.",
    )
    .requiredOption("--key-file <file>", "private key: 0x and 64 hex digits")
    .requiredOption("--out <file>", "price file to write")
    .addHelpText(
      "after",
      examples([
        "marginproof prices sign examples/prices/unsigned.json --key-file alpha.key --out alpha.json",
        "sign the example's prices with your own key",
      ]),
    )
    .action((path: string, flags: SignFlags) => finish(cli, false, () => sign(cli, path, flags)));
  prices
    .command("verify")
    .argument("<files...>", "price files")
    .summary("check the signatures of price files")
    .description(
      "Checks each file's form and signature, and shows who signed what. Whether a signer is to be believed is for a price\n" +
        "policy. Exit code 0: all are right; 1: one is not, and it is named.",
    )
    .addHelpText(
      "after",
      examples(["marginproof prices verify alpha.json beta.json", "before building a market from them"]),
    )
    .action((paths: string[]) => finish(cli, false, () => verify(cli, paths)));
  addTerms(prices, cli);
};

function addTerms(prices: Command, cli: Cli): void {
  prices
    .command("terms")
    .argument("<file>", "rules, or a market file")
    .summary("print the terms that a price policy needs, to start from")
    .description(
      "Prints what each instrument is by the exchange's own rules or market file: kind, asset, settlement, contract size, and\n" +
        "whose price an option's notional counts at. A price policy states the same as its terms (docs/prices.md). Chains that\n" +
        "are listed anew every week become one line. Read it before you keep it.",
    )
    .addHelpText(
      "after",
      examples(["marginproof prices terms examples/prices/rules.yaml", "the terms of an exchange's rules"]),
    )
    .action((path: string) => finish(cli, false, () => terms(cli, path)));
}

const TERMS_NOTE =
  "This is what the file says. Read every line: what you keep in your price policy is what you vouch for. A name with holes\n" +
  "stands for all that fit, those listed next week too; an empty list of underlyings is for you to fill.\n";

interface SignFlags {
  readonly keyFile: string;
  readonly out: string;
}

async function newKey({ terminal }: Cli, out: string): Promise<number> {
  const address = await writeKeyFile(out);
  terminal.out(`Wrote ${visible(out)}, readable by you only. Never publish it.\naddress  ${address}`);
  return EXIT.ok;
}

async function sign({ terminal }: Cli, path: string, { keyFile, out }: SignFlags): Promise<number> {
  await assertNew(out);
  const key = await readKeyFile(keyFile);
  const unsigned = parseStrictJson(await readNamedFile(path, "prices to sign"), path, { kind: "usage" });
  const signer = addressOfPrivateKey(key);
  const file = signPrices(Object.assign({ signer }, unsigned) as UnsignedPricesJson, key);
  await writeWhole(out, `${JSON.stringify(file, null, 2)}\n`, PUBLIC_FILE);
  terminal.out(`Wrote ${visible(out)}.\n\n${priceFilesTable([[out, file]])}`);
  return EXIT.ok;
}

async function terms({ terminal }: Cli, path: string): Promise<number> {
  const text = await readNamedFile(path, "rules or market file");
  const isMarket = /"format"\s*:\s*"marginproof\/market\//.test(text);
  const found = withPatterns(isMarket ? termsOfMarket(parseMarketText(text)) : termsOfRules(text));
  terminal.out(`{ "terms": [\n${found.map((entry) => `  ${JSON.stringify(entry)}`).join(",\n")}\n] }`);
  terminal.err(TERMS_NOTE);
  return EXIT.ok;
}

async function verify({ terminal }: Cli, paths: readonly string[]): Promise<number> {
  const files: [string, PriceFile][] = [];
  for (const path of paths) files.push([path, await readPriceFile(path)]);
  terminal.out(`Every signature is that of the file's signer.\n\n${priceFilesTable(files)}`);
  return EXIT.ok;
}

function priceFilesTable(files: readonly (readonly [path: string, file: PriceFile])[]): string {
  const rows = files.map(([path, { source, signer, quote, observations }]) => {
    const times = observations.map(({ time }) => time);
    times.sort((a, b) => (instantOf(a)! < instantOf(b)! ? -1 : 1));
    return [path, source, signer, quote, String(observations.length), times[0]!, times.at(-1)!].map(visible);
  });
  return textTable(
    [
      ...["file", "source", "signer", "quote"].map((title) => ({ title })),
      { title: "prices", align: "right" },
      ...["oldest", "newest"].map((title) => ({ title })),
    ],
    rows,
  );
}
