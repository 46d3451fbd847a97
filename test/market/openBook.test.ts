import { describe, expect, it } from "vitest";
import { compileTable } from "../../src/market/compileTable.js";
import { insuranceChecks, openBook } from "../../src/market/openBook.js";
import { parseMarket } from "../../src/market/schema.js";
import { smallMarket } from "./smallMarket.js";

const MARKET = parseMarket(smallMarket());
const TABLE = compileTable(MARKET);

function totals(values: Record<string, [long: bigint, short: bigint]>): bigint[] {
  return TABLE.lanes.map((lane) => values[lane.instrument]?.[lane.side === "long" ? 0 : 1] ?? 0n);
}

describe("openBook", () => {
  it("nets settlement into its asset and compares with the reserves", () => {
    const book = openBook(
      MARKET,
      TABLE,
      totals({
        USDT: [60_000n, 5_000n],
        "USDT-PNL": [1_000_000n, 51_000_000n],
        BTC: [2_001n, 0n],
        "BTC-PERP": [7n, 7n],
      }),
    );
    expect(book.assets).toEqual([
      { asset: "USDT", gross: "600", customerDebt: "50", settlement: "-50", net: "500", reserve: "500" },
      { asset: "BTC", gross: "2.001", customerDebt: "0", settlement: "0", net: "2.001", reserve: "2" },
    ]);
    const failed = book.checks
      .filter((c) => !c.passed)
      .map((c) => `${c.name} ${c.subject} ${c.left} ${c.right}`);
    expect(failed).toEqual(["reserves BTC 2.001 2"]);
  });

  it("asks for balanced open interest", () => {
    const book = openBook(MARKET, TABLE, totals({ CALL: [3n, 2n] }));
    expect(book.checks.find((c) => !c.passed)).toMatchObject({
      name: "open-interest",
      subject: "CALL",
      left: "0.3",
      right: "0.2",
    });
  });

  it("refuses totals that don't fit the table", () => {
    expect(() => openBook(MARKET, TABLE, [])).toThrow(expect.objectContaining({ code: "LANE_TOTALS" }));
    expect(() => openBook(MARKET, TABLE, totals({ CALL: [-1n, 0n] }))).toThrow(
      expect.objectContaining({ code: "LANE_TOTALS" }),
    );
  });

  it("compares bad debt with the insurance fund", () => {
    const checks = insuranceChecks(MARKET, 1000n * 10n ** 10n, [1000n * 10n ** 10n + 1n]);
    expect(checks.map((c) => [c.subject, c.passed, c.left])).toEqual([
      ["now", true, "1000"],
      ["crash", false, "1000.0000000001"],
    ]);
  });
});
