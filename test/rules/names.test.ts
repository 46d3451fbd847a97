import { describe, expect, test } from "vitest";
import { buildMarket } from "../../src/rules/index.js";
import { edited, lineOf, refusal, rulesOf } from "./support.js";

/** The tiered example with this name for each ETH, which is asset and underlying, or for another name. */
const called = (to: string, from = /\bETH\b(?!-)/g): string => rulesOf("tiered").replace(from, () => to);

describe("names in Chinese and Turkish", () => {
  test("of coins, contracts, tables, models, scenarios and the exchange build, each as it is written", () => {
    let rules = called("Türk币").replaceAll("ETH-PERP", "以太坊-永续").replaceAll("majors", "büyük coinler");
    rules = edited(rules, "exchange: ", "exchange: 测试交易所 İstanbul şubesi, ");
    const market = buildMarket(rules);
    expect(market.exchange).toContain("测试交易所 İstanbul şubesi");
    const symbols = market.instruments.map(({ symbol }) => symbol);
    expect(symbols).toContain("Türk币");
    expect(symbols).toContain("以太坊-永续");
    expect(market.reserves).toHaveProperty("Türk币");
  });

  test.each([
    ["the same letter as two characters", "Tu\u0308rk"],
    ["a Cyrillic letter that looks Latin", "ETН"],
    ["full-width letters", "ＥＴＨ"],
    ["an invisible one", "ETH\u200b"],
  ])("%s is refused with its line", (_, name) => {
    const rules = called(name);
    expect(refusal(rules)).toMatchObject({
      code: "RULES_SCHEMA",
      message: expect.stringContaining("in NFC"),
    });
    expect(refusal(rules)!.message).toContain(`line ${lineOf(rules, `  ${name}: 0`)}`);
  });

  test.each([
    // Dotted, dotless and plain I are one letter to whoever reads in a hurry, in every locale.
    ["İSTE", "ISTE"],
    ["ısTE", "ISTE"],
    ["iste", "ISTE"],
    ["ŞTE", "STE"],
    ["土币", "士币"],
  ])("%s beside %s looks alike", (one, other) => {
    const asset = "  - { symbol: ETH, step: 0.0001, haircut: coin, borrow: coin }\n";
    const price = "  ETH: { price: 3000 }\n";
    let rules = edited(
      rulesOf("tiered"),
      asset,
      `${asset}${asset.replace("ETH", one)}${asset.replace("ETH", other)}`,
    );
    rules = edited(rules, price, `${price}${price.replace("ETH", one)}${price.replace("ETH", other)}`);
    expect(refusal(rules)).toMatchObject({
      code: "MARKET_NAME_ALIKE",
      message: expect.stringContaining(other),
    });
  });
});
