import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { Decimal } from "decimal.js";
import { describe, expect, it } from "vitest";
import { compileTable } from "../../src/market/compileTable.js";
import { decimal, decimalText, integer, multiply } from "../../src/market/decimal.js";
import { type Market, type MarketJson, parseMarket } from "../../src/market/schema.js";
import { MAX_QUANTITY } from "../../src/protocol/constants.js";
import { compareEngines } from "./againstTable.js";
import { evaluateWithTable } from "./tableEvaluation.js";

/** Real brackets and haircuts; they are not part of the repository. */
const DATA = new URL("../../../shared/data/", import.meta.url);
const BRACKETS = fileURLToPath(new URL("binance-usdm-brackets.csv", DATA));
const HAIRCUTS = fileURLToPath(new URL("binance-collateral-haircut-tiers.csv", DATA));
const absent = (path: string) => {
  if (existsSync(path)) return false;
  console.warn(`skipped: ${path} is not here (real figures are kept outside the repository)`);
  return true;
};

type InstrumentJson = MarketJson["instruments"][number];
const rows = (path: string) => parse(readFileSync(path), { columns: true }) as Record<string, string>[];

function marketOf(instruments: InstrumentJson[]): Market {
  return parseMarket({
    format: "marginproof/market/1",
    exchange: "Real figures",
    epoch: "e",
    time: "2024-10-01T00:00:00Z",
    quote: "USDT",
    valueUnit: "0.0000000001",
    initialFactorBp: 10_000,
    groups: [],
    stress: [],
    insuranceFund: "0",
    reserves: {},
    instruments,
  } satisfies MarketJson);
}

/** The quantities at, just below and just above each bracket's edge, on both sides. */
function compareEdges(market: Market): number {
  const table = compileTable(market);
  let compared = 0;
  for (const lane of table.lanes) {
    const sizes = new Set([1n, 1_000_000n]);
    for (const { lo } of table.rows.slice(lane.firstRow, lane.firstRow + lane.rowCount)) {
      for (const q of [lo - 1n, lo, lo + 1n]) if (q > 0n && q <= MAX_QUANTITY) sizes.add(q);
    }
    for (const size of sizes) {
      compareEngines(market, table, new Map([[lane.instrument, lane.side === "long" ? size : -size]]));
      compared++;
    }
  }
  return compared;
}

describe.skipIf(absent(BRACKETS))("maintenance brackets of 349 contracts", () => {
  const contracts = new Map<string, Record<string, string>[]>();
  if (existsSync(BRACKETS)) {
    for (const row of rows(BRACKETS))
      contracts.set(row.symbol!, [...(contracts.get(row.symbol!) ?? []), row]);
  }
  // One contract counts its notional in BTC; its brackets are small numbers.
  const inBitcoin = (symbol: string) => symbol.endsWith(":BTC");
  // The file has no prices: plausible ones, the same at every run, with digits that don't divide evenly.
  const priceOf = (n: number) => ["60123.7", "3017.31", "147.093", "0.52347", "0.0123457", "7.77777"][n % 6]!;
  const stepOf = (n: number) => ["0.001", "0.01", "0.1", "1", "10", "0.3"][n % 6]!;
  const market = () =>
    marketOf(
      [...contracts].map(([symbol, tiers], n) => ({
        symbol,
        kind: "perpetual",
        quantityStep: inBitcoin(symbol) ? "0.01" : stepOf(n),
        markPrice: inBitcoin(symbol) ? "0.041237" : priceOf(n),
        maintenance: {
          brackets: tiers.map((t) => ({ notionalFloor: t.notional_floor!, rate: t.maintenance_rate! })),
        },
      })),
    );

  it("compile, and agree with the reference around every edge", () => {
    expect([contracts.size, [...contracts.values()].flat().length]).toEqual([349, 2805]);
    expect(compareEdges(market())).toBeGreaterThanOrEqual(2 * 3 * (2805 - 349));
  }, 60_000);

  it("agree with the published N * rate - cum around every edge", () => {
    const compiled = market();
    const table = compileTable(compiled);
    const unit = 10n ** 10n;
    let checked = 0;
    compiled.instruments.forEach(({ symbol, quantityStep, markPrice }, n) => {
      const perStep = multiply(decimal(quantityStep), decimal(markPrice));
      const lane = table.lanes[table.instruments[n]!.longLane]!;
      const lanesRows = table.rows.slice(lane.firstRow, lane.firstRow + lane.rowCount);
      for (const edge of lanesRows.slice(1).map((r) => r.lo)) {
        for (const q of [edge - 1n, edge, edge + 1n]) {
          const notional = multiply(perStep, integer(q));
          const tier = contracts
            .get(symbol)!
            .findLast((t) => Number(t.notional_floor) <= Number(decimalText(notional)))!;
          // The published deduction, in the same scale as N * rate.
          const gross = multiply(notional, decimal(tier.maintenance_rate!));
          const scale = 10n ** BigInt(gross.scale);
          const cum = decimal(tier.cumulative_deduction!);
          const exact = gross.coefficient - (cum.coefficient * scale) / 10n ** BigInt(cum.scale);
          const got = evaluateWithTable(table, new Map([[symbol, q]])).maintenance;
          const excess = got * scale - exact * unit;
          expect(excess >= 0n && excess <= (q + 1n) * scale, `${symbol} at ${q}`).toBe(true);
          checked++;
        }
      }
    });
    expect(checked).toBe(3 * (2805 - 349));
  }, 60_000);
});

describe.skipIf(absent(HAIRCUTS))("collateral ratio tiers of 483 tokens", () => {
  /** `18446744073709551615` is no upper bound; beyond a finite last cap nothing counts. No tiers: no collateral. */
  const NO_CAP = "18446744073709551615";

  function haircut(text: string): { valueFloor: string; ratio: string }[] {
    const tiers = [...text.matchAll(/(\d+)-(\d+):(\d+)/g)].map(([, floor, cap, percent]) => ({
      valueFloor: floor!,
      cap: cap!,
      ratio: decimalText({ coefficient: BigInt(percent!), scale: 2 }),
    }));
    const last = tiers.at(-1);
    if (last === undefined) return [{ valueFloor: "0", ratio: "0" }];
    const list = tiers.map(({ valueFloor, ratio }) => ({ valueFloor, ratio }));
    return last.cap === NO_CAP ? list : [...list, { valueFloor: last.cap, ratio: "0" }];
  }

  it.each([
    "collateral_vip_loan_ratio_tiers",
    "collateral_margin_ratio_tiers",
    "collateral_portfolio_margin_ratio_tiers",
  ])(
    "%s compile and agree with the reference around every edge",
    (column) => {
      const tokens = rows(HAIRCUTS);
      expect(tokens).toHaveLength(483);
      const market = marketOf(
        tokens.map((row) => {
          // Mark prices of four significant digits, in steps worth 1 to 10 dollars: exact in value units.
          const price = new Decimal(row.asset_usdt_price!).toSignificantDigits(4);
          return {
            symbol: row.token!,
            kind: "asset",
            quantityStep: new Decimal(10).pow(-price.e).toFixed(),
            markPrice: price.toFixed(),
            haircut: haircut(row[column]!),
            borrowRate: "0.0333",
          };
        }),
      );
      expect(compareEdges(market)).toBeGreaterThan(2 * 2 * 483 - 1);
    },
    60_000,
  );
});
