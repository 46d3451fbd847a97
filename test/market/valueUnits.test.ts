import { describe, expect, test } from "vitest";
import { decimal } from "../../src/decimal/decimal.js";
import { parseMarket } from "../../src/market/index.js";
import { Place } from "../../src/market/marketError.js";
import { MARKET_STEPS } from "../../src/market/nextSteps.js";
import { ValueUnits } from "../../src/market/rounding.js";
import { smallMarket } from "./smallMarket.js";

const market = { ...parseMarket(smallMarket()), valueUnit: "0.01", maxRoundingError: "0.001" };
const units = new ValueUnits(market, market.instruments[0]!, Place.of("BTC"));
const refused = (run: () => unknown, words: RegExp) =>
  expect(run).toThrow(
    expect.objectContaining({
      code: "VALUE_UNIT_TOO_COARSE",
      message: expect.stringMatching(words),
      // What an exchange does next is said where markets are made.
      options: expect.objectContaining({ hint: expect.stringMatching(/^(choose|give|use|round)/) }),
    }),
  );

describe("amounts in value units", () => {
  test("are refused with a next step where markets are made: it is said on loading", () => {
    expect(MARKET_STEPS.worthZero).toBe("it is worth 0");
  });

  test("a price is never rounded", () => {
    expect(["0", "0.01", "-0.01", "123.45"].map((text) => units.price(decimal(text)))).toEqual([
      0n,
      1n,
      -1n,
      12345n,
    ]);
    for (const text of ["0.001", "-0.001", "0.019", "123.455"])
      refused(() => units.price(decimal(text)), /not a whole number of value units of 0.01/);
  });

  test("a requirement is rounded up, a gain down, and neither by more than is allowed", () => {
    const of = decimal("9");
    expect([units.up(decimal("5.001"), of), units.down(decimal("5.009"), of)]).toEqual([501n, 500n]);
    expect([units.up(decimal("5"), of), units.down(decimal("5"), of)]).toEqual([500n, 500n]);
    refused(() => units.up(decimal("5.0009"), of), /off by more than 0.001 of 9/);
    refused(() => units.down(decimal("5.0091"), of), /off by more than 0.001 of 9/);
  });
});
