import { describe, expect, it } from "vitest";
import { decimal, decimalText } from "../../src/decimal/decimal.js";
import { gainOfLong, gainOfSide, isLinear } from "../../src/market/gain.js";
import { parseMarket } from "../../src/market/index.js";
import { linearPrice } from "../../src/market/linearPrice.js";
import { instrumentOf, smallMarket } from "./smallMarket.js";

describe("a gain in a scenario", () => {
  it.each<[Parameters<typeof gainOfSide>[0], string, string, string]>([
    ["-12.5", "-12.5", "12.5", "-12.5"],
    ["0", "0", "0", "0"],
    [{ long: "-5", short: "2" }, "-5", "2", "-2"],
  ])("of %j is %s held long, %s held short, which is %s of a long unit", (gain, long, short, shortAsLong) => {
    expect([gainOfSide(gain, "long"), gainOfSide(gain, "short")]).toEqual([long, short]);
    expect([gainOfLong(gain, "long"), gainOfLong(gain, "short")]).toEqual([long, shortAsLong]);
  });

  it("is one number where a short loses what a long gains, however it is written", () => {
    expect([isLinear({ long: "5", short: "-5" }), isLinear({ long: "5", short: "-6" })]).toEqual([
      true,
      false,
    ]);
    const json = smallMarket();
    const sided = [
      { long: "-5.0", short: "5" },
      { long: "3", short: "-4" },
    ];
    instrumentOf(json, "CALL").scenarioGains = { G: sided };
    const { scenarioGains } = parseMarket(json).instruments.at(-1)!;
    expect(scenarioGains).toEqual({ G: ["-5", { long: "3", short: "-4" }] });
  });
});

describe("the price of a linear contract", () => {
  const price = (multiplier: string, tick: string | undefined, mark: string, settlement = "1") =>
    decimalText(linearPrice({ multiplier, tick }, decimal(mark), decimal(settlement)));

  it("is multiplier * mark * settlement", () => {
    expect(price("0.001", undefined, "3001.55", "60000.1")).toBe("180093.300155");
    expect(price("2", undefined, "-3.5")).toBe("-7");
  });

  it("is rounded to whole ticks, ties to even", () => {
    expect(price("0.001", "0.01", "3001.55", "60000.1")).toBe("180093.3");
    expect(["0.5", "1.5", "2.5", "-0.5", "-1.5", "2.51"].map((mark) => price("1", "1", mark))).toEqual([
      ...["0", "2", "2", "0", "-2", "3"],
    ]);
    expect(price("1", "0.25", "0.4")).toBe("0.5");
    expect(price("1", "50", "130")).toBe("150");
  });
});
