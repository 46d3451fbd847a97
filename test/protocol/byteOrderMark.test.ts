import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readAccounts } from "../../src/accounts/index.js";
import { compileInstruments } from "../../src/accounts/instruments.js";
import {
  canonicalMarketDigest,
  listedInstruments,
  parseMarket,
  parseMarketText,
} from "../../src/market/index.js";
import {
  evidenceDigest,
  parsePolicyText,
  verifyMarketPrices,
  verifyPriceFileText,
} from "../../src/prices/index.js";
import { parseStrictJson } from "../../src/protocol/strictJson.js";
import { buildMarket, marketText } from "../../src/rules/index.js";
import { accountsOf, inFolder, rulesOf, write } from "../rules/support.js";
import { exampleOfPrices, signedMarket } from "../support/tinyBundle.js";

const BOM = "\uFEFF";

describe("a byte order mark before a file's text is no part of it", () => {
  it("in JSON", () => {
    const text = marketText(signedMarket().market);
    const [plain, marked] = [text, `${BOM}${text}`].map(parseMarketText);
    expect(marked).toEqual(plain);
    expect(canonicalMarketDigest(marked!)).toEqual(canonicalMarketDigest(plain!));
    for (const [read, name] of [
      [verifyPriceFileText, "alpha.json"],
      [parsePolicyText, "policy.json"],
    ] as const)
      expect(read(`${BOM}${exampleOfPrices(name)}`)).toEqual(read(exampleOfPrices(name)));
  });

  it("in YAML, and in JSON read as YAML", () => {
    const rules = rulesOf("tiered");
    expect(buildMarket(`${BOM}${rules}`)).toEqual(buildMarket(rules));
  });

  it("in CSV", () =>
    inFolder(async (folder) => {
      const rules = compileInstruments(listedInstruments(parseMarket(buildMarket(rulesOf("tiered")))));
      const rows = async (path: string) => {
        const found: unknown[] = [];
        for await (const batch of readAccounts(path, rules)) found.push(...batch);
        return found;
      };
      const csv = readFileSync(accountsOf("tiered"), "utf8");
      expect(await rows(write(folder, "marked.csv", `${BOM}${csv}`))).toEqual(
        await rows(accountsOf("tiered")),
      );
    }));

  it("but only there, once, and not in price evidence, whose text has the digest that a market names", () => {
    for (const text of [`${BOM}${BOM}{}`, `{}${BOM}`, `{${BOM}}`])
      expect(() => parseStrictJson(text, "x")).toThrow(expect.objectContaining({ code: "JSON_INVALID" }));
    expect(() => parseStrictJson(`${BOM}{}`, "x", { line: 2 })).toThrow(/byte order mark/);
    const { market, evidence } = signedMarket();
    const marked = `${BOM}${evidence.text}`;
    expect(() => verifyMarketPrices(parseMarket(market), marked)).toThrow(/byte order mark/);
    const named = parseMarket({ ...market, priceEvidence: evidenceDigest(marked) });
    expect(() => verifyMarketPrices(named, marked)).toThrow(
      expect.objectContaining({ code: "PRICES_EVIDENCE_DIFFERS" }),
    );
  });
});
