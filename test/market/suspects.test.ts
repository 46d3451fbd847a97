import { describe, expect, it } from "vitest";
import { type MarketJson, marketSuspects, parseMarket } from "../../src/market/index.js";
import { suspectNotes } from "../../src/prover/lookedWrong.js";
import { buildMarket } from "../../src/rules/index.js";
import { exampleNames, rulesOf } from "../rules/support.js";
import { orderRules } from "../support/orderRules.js";

const MARKET = buildMarket(orderRules);

function suspects(
  edit: (i: MarketJson["instruments"][number], m: MarketJson) => void,
  symbol: string,
): string[] {
  const market = structuredClone(MARKET);
  edit(market.instruments.find((i) => i.symbol === symbol)!, market);
  return marketSuspects(parseMarket(market)).map(({ text }) => text);
}

describe("what looks wrong in a market file, and is allowed", () => {
  it("is nothing in any example", () => {
    expect(exampleNames.length).toBeGreaterThan(5);
    for (const name of exampleNames.filter((n) => n !== "dynamic")) {
      const market = parseMarket(buildMarket(rulesOf(name)));
      expect([name, marketSuspects(market)]).toEqual([name, []]);
    }
    expect(marketSuspects(parseMarket(MARKET))).toEqual([]);
  });

  it("a percentage for a fraction, by its field", () => {
    const tiers = [{ notionalFloor: "0", rate: "40" }];
    expect(
      suspects((i) => Object.assign(i, { maintenance: { brackets: tiers }, initial: undefined }), "ETH-PERP"),
    ).toEqual([
      "instruments[5] (ETH-PERP).maintenance.brackets[0].rate: 40 is 4000%: shares are fractions, and 40% is 0.4",
    ]);
    const fee = { long: { liquidationFeeRate: "5" }, short: { liquidationFeeRate: "0.05" } };
    expect(suspects((i) => Object.assign(i, { maintenance: fee, initial: undefined }), "ETH-PERP")).toEqual([
      "instruments[5] (ETH-PERP).maintenance.long.liquidationFeeRate: 5 is 500%: shares are fractions, and 5% is 0.05",
    ]);
    expect(suspects((i) => void (i.borrowRate = "2.5"), "ETH")).toEqual([
      "instruments[1] (ETH).borrowRate: 2.5 is 250%: shares are fractions, and 2.5% is 0.025",
    ]);
    const borrow = [
      { valueFloor: "0", rate: "0.05" },
      { valueFloor: "1000", rate: "7" },
    ];
    expect(suspects((i) => void (i.borrowRate = borrow), "ETH")).toEqual([
      expect.stringContaining("(ETH).borrowRate[1].rate: 7 is 700%"),
    ]);
  });

  it("a percentage for a fraction, in an initial rate and of either side", () => {
    const rates = (rate: string) => ({ brackets: [{ notionalFloor: "0", rate }], liquidationFeeRate: "1" });
    const [charged, percent] = [rates("1"), rates("1.01")];
    const maintenance = { long: charged, short: percent };
    const initial = { long: percent, short: charged };
    expect(suspects((i) => Object.assign(i, { maintenance, initial }), "ETH-PERP")).toEqual([
      expect.stringContaining("(ETH-PERP).maintenance.short.brackets[0].rate: 1.01 is 101%"),
      expect.stringContaining("(ETH-PERP).initial.long.brackets[0].rate: 1.01 is 101%"),
    ]);
  });

  it("a fraction for money, in stress", () => {
    expect(suspects((i) => void (i.stressGains = ["-0.3"]), "ETH-PERP")).toEqual([
      "instruments[5] (ETH-PERP).stressGains[0]: -0.3 is next to nothing of the mark price 3001: gains are money a unit, and -30% is -900.3",
    ]);
    // What is settled moves as its asset does, and is named there.
    const settled = (i: MarketJson["instruments"][number], m: MarketJson): void => {
      i.stressGains = ["-0.3"];
      const { markPrice, stressGains } = i;
      m.instruments.push({
        ...{ symbol: "ETH-PNL", kind: "settlement", asset: "ETH" },
        ...{ quantityStep: "0.001", markPrice, stressGains },
      });
    };
    expect(suspects(settled, "ETH")).toEqual([expect.stringContaining("(ETH).stressGains[0]")]);
    // A gain of 1 may be meant as all of it, and a hundredth of the price as money.
    expect(suspects((i) => void (i.stressGains = ["-1"]), "ETH-PERP")).toHaveLength(1);
    expect(suspects((i) => void (i.stressGains = ["-1.01"]), "ETH-PERP")).toEqual([]);
    const priced = (markPrice: string) =>
      suspects((i) => Object.assign(i, { markPrice, stressGains: ["-0.3"] }), "ETH-PERP");
    expect([priced("30"), priced("30.01").length]).toEqual([[], 1]);
    // What is worth little moves little.
    expect(
      suspects((i) => Object.assign(i, { markPrice: "0.9", stressGains: ["-0.3"] }), "ETH-PERP"),
    ).toEqual([]);
  });

  it("is told before proving, the first few fields and how many more", () => {
    const market = structuredClone(MARKET);
    const perp = market.instruments.find((i) => i.symbol === "ETH-PERP")!;
    for (let k = 0; k < 9; k++)
      market.instruments.push({ ...perp, symbol: `COIN${k}X`, stressGains: ["-0.4"] });
    const notes = suspectNotes(parseMarket(market));
    expect(notes).toHaveLength(6);
    expect(notes[0]).toMatch(/^LOOKS WRONG: instruments\[6\] \(COIN0X\)\.stressGains\[0\]: -0\.4 /);
    expect(notes[5]).toBe("LOOKS WRONG: 4 more such fields");
    expect(suspectNotes(parseMarket(MARKET))).toEqual([]);
  });
});
