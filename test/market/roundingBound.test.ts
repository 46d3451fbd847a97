import { describe, expect, it } from "vitest";
import { compileTable, type MarketJson, parseMarket, roundingBound } from "../../src/market/index.js";
import { instrumentOf, smallMarket } from "./smallMarket.js";

/** The bound of a book, in value units: signed steps by symbol. */
function boundOf(edit: (market: MarketJson) => void, held: Readonly<Record<string, bigint>>) {
  const json = smallMarket();
  edit(json);
  const market = parseMarket(json);
  const table = compileTable(market);
  return roundingBound(
    table,
    market,
  )(
    Object.entries(held).map(([symbol, steps]) => {
      const { longLane, shortLane } = table.instruments.find((i) => i.symbol === symbol)!;
      return steps > 0n ? { lane: longLane, steps } : { lane: shortLane, steps: -steps };
    }),
  );
}
const NOTHING = { equity: 0n, maintenance: 0n, initial: 0n, stressed: 0n };
const rates = (...tiers: [string, string][]) => ({
  brackets: tiers.map(([notionalFloor, rate]) => ({ notionalFloor, rate })),
});

describe("how far rounding can reach", () => {
  it("is nothing for cash and what is a whole number of units, however much of it is held", () => {
    expect(boundOf(() => {}, { USDT: 10n ** 12n, "USDT-PNL": -(10n ** 12n), BTC: 10n ** 9n })).toEqual(
      NOTHING,
    );
    expect(boundOf(() => {}, { "BTC-PERP": 5n, CALL: -3n })).toEqual(NOTHING);
    expect(boundOf(() => {}, {})).toEqual(NOTHING);
  });

  it("is a unit for each step whose rate was rounded, and one for a bracket's base", () => {
    // A step of 0.001 is worth 60.0077, and 0.4000000003% of it has more decimals than the value unit.
    const third = (m: MarketJson) =>
      void (instrumentOf(m, "BTC-PERP").maintenance = rates(
        ["0", "0.004000000003"],
        ["60100", "0.004000000007"],
      ));
    expect(boundOf(third, { USDT: 10n ** 12n, "BTC-PERP": 7n })).toEqual({
      ...NOTHING,
      maintenance: 7n,
      initial: 70_000n,
    });
    // The second bracket begins at 1002 steps: 3 more are charged at its slope, and its base.
    expect(boundOf(third, { "BTC-PERP": 1005n })).toEqual({ ...NOTHING, maintenance: 4n, initial: 40_000n });
    expect(boundOf(third, { "BTC-PERP": -1002n })).toEqual({ ...NOTHING, maintenance: 1n, initial: 10_000n });
    expect(boundOf(third, { "BTC-PERP": -1005n })).toEqual({ ...NOTHING, maintenance: 4n, initial: 40_000n });
  });

  it("counts maintenance and initial apart", () => {
    const own = (m: MarketJson) => {
      instrumentOf(m, "BTC-PERP").maintenance = rates(["0", "0.004"]);
      instrumentOf(m, "BTC-PERP").initial = rates(["0", "0.008000000001"]);
    };
    expect(boundOf(own, { "BTC-PERP": 9n })).toEqual({ ...NOTHING, initial: 90_000n });
  });

  it("is a unit a step for each group of whose gains one was rounded, and one for stress", () => {
    const gains = (gain: string, stress: string) => (m: MarketJson) => {
      m.groups.push({ name: "H", scenarios: ["x"] });
      Object.assign(instrumentOf(m, "CALL"), {
        scenarioGains: { G: ["0", gain], H: [gain] },
        stressGains: [stress],
      });
    };
    expect(boundOf(gains("-1.0000000001", "-1"), { CALL: 10n })).toEqual({
      ...NOTHING,
      maintenance: 20n,
      initial: 20n * BigInt(smallMarket().initialFactorBp),
    });
    expect(boundOf(gains("-1", "-1.0000000001"), { CALL: -10n })).toEqual({ ...NOTHING, stressed: 10n });
  });

  it("is that of the side that is held, where a gain was rounded for one", () => {
    const sided = (m: MarketJson) =>
      void (instrumentOf(m, "CALL").scenarioGains = { G: ["0", { long: "-1.0000000001", short: "-1" }] });
    expect(boundOf(sided, { CALL: 10n }).maintenance).toBe(10n);
    expect(boundOf(sided, { CALL: -10n })).toEqual(NOTHING);
  });

  it("counts parts as groups, and each group with its own initial factor", () => {
    const parted = (m: MarketJson) => {
      const { scenarios } = m.groups[0]!;
      m.groups = [
        { name: "G", scenarios, initialFactorBp: 15_000 },
        { name: "P", within: "G", scenarios },
        { name: "H", scenarios },
      ];
      const rounded = ["0", "-1.0000000001"];
      instrumentOf(m, "CALL").scenarioGains = { G: rounded, P: rounded, H: rounded };
    };
    expect(boundOf(parted, { CALL: 10n })).toEqual({
      ...NOTHING,
      maintenance: 30n,
      initial: 10n * (15_000n + 15_000n + 13_000n),
    });
  });

  it("is nothing for secret rates, which count in whole units, and a unit a step for gains of their instrument", () => {
    const secret = (m: MarketJson) => {
      m.privateRules = { rowsPerStep: 16, commitments: [`0x${"0".repeat(64)}`] };
      Object.assign(instrumentOf(m, "CALL"), {
        ...{ maintenance: undefined, privateBrackets: ["0", "0.5"] },
        scenarioGains: { G: ["0", "-1.0000000001"] },
      });
    };
    const groups = { maintenance: 3n, initial: 3n * 13_000n };
    expect(boundOf(secret, { CALL: 3n })).toEqual({ ...NOTHING, ...groups });
    expect(boundOf(secret, { CALL: 9n })).toEqual({ ...NOTHING, maintenance: 9n, initial: 9n * 13_000n });
    expect(boundOf(secret, { CALL: 0n, "BTC-PERP": 0n })).toEqual(NOTHING);
  });
});
