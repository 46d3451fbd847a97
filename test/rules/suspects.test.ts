import { describe, expect, it } from "vitest";
import { ruleSuspects } from "../../src/rules/index.js";
import { orderRules } from "../support/orderRules.js";
import { edited, exampleNames, inFolder, lineOf, marginproof, rulesOf, write } from "./support.js";

const OPTIONS = rulesOf("span");

describe("what looks wrong in rules, and is built", () => {
  it("is nothing in any example", () => {
    for (const name of exampleNames) expect([name, ruleSuspects(rulesOf(name))]).toEqual([name, []]);
    expect(ruleSuspects(orderRules)).toEqual([]);
  });

  it.each<[string, string, string, string]>([
    [
      "maintenance: 0.01, initial: 0.02",
      "maintenance: 1, initial: 2",
      "initial",
      "2 is 200%: shares are fractions, and 2% is 0.02",
    ],
    [
      "quote: USDT",
      "quote: USDT\nliquidationFee: 5",
      "liquidationFee",
      "5 is 500%: shares are fractions, and 5% is 0.05",
    ],
    [
      "{ asset: ETH, step: 0.001 }",
      "{ asset: ETH, step: 0.001, rate: 95 }",
      "rate",
      "95 is 9500%: shares are fractions, and 95% is 0.95",
    ],
    [
      "ETH: { price: 3000 }",
      "ETH: { price: 3000, volatility: 55 }",
      "volatility",
      "55 is 5500%: shares are fractions, and 55% is 0.55",
    ],
    [
      "moves: { ETH: -0.4 }",
      "moves: { ETH: 40 }",
      "moves",
      "40 is 4000%: shares are fractions, and 40% is 0.4",
    ],
    [
      "haircuts:",
      "borrow: { coin: [{ from: 0, rate: 5 }] }\nhaircuts:",
      "rate",
      "5 is 500%: shares are fractions, and 5% is 0.05",
    ],
  ])("%s as %s", (from, to, field, problem) => {
    const text = edited(orderRules, from, to);
    const line = lineOf(text, to.split("\n").find((part) => part.includes(field))!);
    expect(ruleSuspects(text)).toEqual([`rules, line ${line}: ${field}: ${problem}`]);
  });

  it("a model's shares", () => {
    const text = edited(OPTIONS, "priceScan: 0.15", "priceScan: 15");
    expect(ruleSuspects(text)).toEqual([
      expect.stringMatching(
        /^rules, line \d+: priceScan: 15 is 1500%: shares are fractions, and 15% is 0\.15$/,
      ),
    ]);
  });

  it("a chain's rate", () => {
    const chain = "expiry: 2026-12-25T08:00:00Z\n";
    const text = edited(rulesOf("derive"), chain, `${chain}    rate: 5\n`);
    expect(ruleSuspects(text)).toEqual([
      `rules, line ${lineOf(text, "rate: 5")}: rate: 5 is 500%: shares are fractions, and 5% is 0.05`,
    ]);
  });

  it("is told by market build, which writes the file all the same", async () => {
    const percent = edited(orderRules, "maintenance: 0.01, initial: 0.02", "maintenance: 40, initial: 80");
    await inFolder(async (folder) => {
      const rules = write(folder, "rules.yaml", percent);
      const { code, out } = await marginproof("market", "build", rules, "--out", `${folder}/market.json`);
      expect(code).toBe(0);
      expect(out.match(/^LOOKS WRONG: .*$/gm)).toEqual([
        "LOOKS WRONG: rules, line 10: maintenance: 40 is 4000%: shares are fractions, and 40% is 0.4",
        "LOOKS WRONG: rules, line 10: initial: 80 is 8000%: shares are fractions, and 80% is 0.8",
      ]);
    });
  });
});
