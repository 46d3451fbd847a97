import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { Decimal } from "decimal.js";
import { describe, expect, it } from "vitest";
import { decimalText } from "../../src/decimal/decimal.js";
import { compileTable, type Market, parseMarket } from "../../src/market/index.js";
import { MAX_QUANTITY } from "../../src/protocol/constants.js";
import type { RiskTable } from "../../src/protocol/riskTable.js";
import { buildMarket } from "../../src/rules/index.js";
import { compareEngines } from "../reference/againstTable.js";
import { evaluateWithTable } from "../reference/tableEvaluation.js";
import { modelsPage, scientific } from "./support.js";

/** Real brackets and collateral ratios; they are not part of the repository. */
const DATA = new URL("../../../shared/data/", import.meta.url);
const BRACKETS = fileURLToPath(new URL("binance-usdm-brackets.csv", DATA));
const RATIOS = fileURLToPath(new URL("binance-collateral-haircut-tiers.csv", DATA));
const absent = (path: string) => {
  if (existsSync(path)) return false;
  console.warn(`skipped: ${path} is not here (real figures are kept outside the repository)`);
  return true;
};
const rows = (path: string) =>
  existsSync(path) ? (parse(readFileSync(path), { columns: true }) as Record<string, string>[]) : [];

const Exact = Decimal.clone({ precision: 120, toExpNeg: -200, toExpPos: 200 });
const UNIT = "0.0000000001";

/** A market built from rules, as an exchange would write them. */
function marketOf(rules: object): Market {
  const common = {
    format: "marginproof/rules/1",
    exchange: "Real figures",
    epoch: "e",
    time: "2024-10-01T00:00:00Z",
    quote: "USDT",
    valueUnit: UNIT,
    insuranceFund: {},
    reserves: {},
  };
  return parseMarket(buildMarket(JSON.stringify({ ...common, ...rules })));
}

/** Named tables of a rules file: equal ones share a name. */
class Tables<Row> {
  readonly byName: Record<string, readonly Row[]> = {};
  readonly #names = new Map<string, string>();

  name(tiers: readonly Row[]): string {
    const text = JSON.stringify(tiers);
    const name = this.#names.get(text) ?? `table ${this.#names.size + 1}`;
    this.#names.set(text, name);
    this.byName[name] = tiers;
    return name;
  }
}

interface Edge {
  readonly symbol: string;
  readonly side: "long" | "short";
  /** Steps, unsigned. */
  readonly size: bigint;
}

/** One step, and the quantities at, just below and just above each bracket's edge, on both sides. */
function edges(table: RiskTable): Edge[] {
  return table.lanes.flatMap((lane) => {
    const sizes = new Set([1n, 1_000_000n]);
    for (const { lo } of table.rows.slice(lane.firstRow, lane.firstRow + lane.rowCount)) {
      for (const q of [lo - 1n, lo, lo + 1n]) if (q > 0n && q <= MAX_QUANTITY) sizes.add(q);
    }
    return [...sizes].map((size) => ({ symbol: lane.instrument, side: lane.side, size }));
  });
}

/**
 * Table against reference engine and against `rule`, which says what the notional or value of a holding requires, straight from the
 * data: never below, above by at most a value unit a step and one more. Returns the largest excess as a share of the notional.
 */
function compare(
  market: Market,
  rule: (symbol: string, side: Edge["side"], value: Decimal) => Decimal,
): { compared: number; most: Decimal } {
  const table = compileTable(market);
  const perStep = new Map(
    market.instruments.map((i) => [i.symbol, new Exact(i.quantityStep).times(i.markPrice)]),
  );
  let most = new Exact(0);
  const cases = edges(table);
  for (const { symbol, side, size } of cases) {
    const holdings = new Map([[symbol, side === "long" ? size : -size]]);
    compareEngines(market, table, holdings);
    const value = perStep.get(symbol)!.times(size.toString());
    const got = new Exact(evaluateWithTable(table, holdings).maintenance.toString()).times(UNIT);
    const excess = got.minus(rule(symbol, side, value));
    const bound = new Exact((size + 1n).toString()).times(UNIT);
    expect(excess.gte(0) && excess.lte(bound), `${symbol} ${side} ${size}: ${excess}`).toBe(true);
    most = Exact.max(most, excess.div(value));
  }
  return { compared: cases.length, most };
}

describe.skipIf(absent(BRACKETS))("maintenance brackets of 349 contracts, through rules", () => {
  const contracts = new Map<string, Record<string, string>[]>();
  for (const row of rows(BRACKETS)) contracts.set(row.symbol!, [...(contracts.get(row.symbol!) ?? []), row]);
  // One contract counts its notional in BTC; its brackets are small numbers.
  const inBitcoin = (symbol: string) => symbol.endsWith(":BTC");
  // The file has no prices: plausible ones, the same at every run, with digits that don't divide evenly.
  const priceOf = (n: number) => ["60123.7", "3017.31", "147.093", "0.52347", "0.0123457", "7.77777"][n % 6]!;
  const stepOf = (n: number) => ["0.001", "0.01", "0.1", "1", "10", "0.3"][n % 6]!;
  const FEE = "0.00015";

  const market = (liquidationFee: string): Market => {
    const brackets = new Tables<object>();
    const perpetuals = [...contracts].map(([symbol, tiers], n) => ({
      symbol,
      underlying: "ANY",
      step: inBitcoin(symbol) ? "0.01" : stepOf(n),
      mark: inBitcoin(symbol) ? "0.041237" : priceOf(n),
      model: "cross",
      brackets: brackets.name(
        tiers.map((t, k) => ({
          from: t.notional_floor,
          // The last cap is the largest position the exchange admits, or a sentinel: no tier ends there.
          ...(k + 1 < tiers.length ? { to: t.notional_cap } : {}),
          maintenance: t.maintenance_rate,
          initial: new Exact(1).div(t.max_leverage!).toDecimalPlaces(18, Decimal.ROUND_UP).toFixed(),
        })),
      ),
    }));
    return marketOf({
      liquidationFee,
      underlyings: { ANY: { price: "1" } },
      brackets: brackets.byName,
      models: { cross: { kind: "tiered", brackets: perpetuals[0]!.brackets } },
      assets: [{ symbol: "USDT", step: "0.000001" }],
      settlements: [{ symbol: "USDT-PNL", asset: "USDT", step: "0.000001" }],
      perpetuals,
    });
  };

  it.each([["0"], [FEE]])(
    "are N * rate - cum as published, and a liquidation fee of %s, around every edge",
    (fee) => {
      expect([contracts.size, [...contracts.values()].flat().length]).toEqual([349, 2805]);
      const { compared, most } = compare(market(fee), (symbol, _, notional) => {
        const tiers = contracts.get(symbol);
        if (tiers === undefined) return new Exact(0);
        const tier = tiers.findLast((t) => notional.gte(t.notional_floor!))!;
        const fees = notional.times(fee);
        return notional.times(tier.maintenance_rate!).minus(tier.cumulative_deduction!).plus(fees);
      });
      expect(compared).toBeGreaterThanOrEqual(2 * 3 * (2805 - 349));
      if (fee === FEE)
        expect(modelsPage()).toContain(`349 contracts: never below, above by at most ${scientific(most)} of`);
    },
    60_000,
  );

  it("have no upper cap in the table: the last tier goes on, whatever cap the data state", () => {
    const table = compileTable(market("0"));
    const sentinel = [...contracts].filter(([, t]) => t.at(-1)!.notional_cap === "9223372036854775807");
    expect(sentinel).toHaveLength(1);
    for (const lane of table.lanes) {
      const last = table.rows[lane.firstRow + lane.rowCount - 1]!;
      expect(last.lo + last.width).toBe(MAX_QUANTITY);
    }
  });
});

describe.skipIf(absent(RATIOS))("collateral ratio tiers of 483 tokens, through rules", () => {
  /** No upper bound; beyond a finite last cap nothing counts. No tiers: no collateral. */
  const NO_CAP = "18446744073709551615";
  const tokens = rows(RATIOS);

  interface Tier {
    readonly from: string;
    readonly cap: string;
    readonly percent: bigint;
  }
  const tiersOf = (text: string): Tier[] =>
    [...text.matchAll(/(\d+)-(\d+):(\d+)/g)].map(([, from, cap, percent]) => ({
      from: from!,
      cap: cap!,
      percent: BigInt(percent!),
    }));

  /** What counts of a value, read off the data. */
  const counted = (text: string, value: Decimal): Decimal =>
    tiersOf(text).reduce((sum, { from, cap, percent }) => {
      const top = cap === NO_CAP ? value : Exact.min(value, cap);
      return sum.plus(Exact.max(0, top.minus(from)).times(percent.toString()).div(100));
    }, new Exact(0));

  function haircuts(text: string): { from: string; to?: string; haircut: string }[] {
    const tiers = tiersOf(text);
    const list = tiers.map(({ from, cap, percent }) => ({
      from,
      ...(cap === NO_CAP ? {} : { to: cap }),
      haircut: decimalText({ coefficient: 100n - percent, scale: 2 }),
    }));
    const end = tiers.length === 0 ? "0" : tiers.at(-1)!.cap;
    return end === NO_CAP ? list : [...list, { from: end, haircut: "1" }];
  }

  /** The data have no borrow rates: these grow by 0.0333 a tier of the token's own. */
  const RATE = new Exact("0.0333");
  const borrowRows = (text: string) =>
    haircuts(text).map(({ from }, k) => ({ from, rate: RATE.times(k + 1).toFixed() }));
  const owed = (text: string, value: Decimal): Decimal =>
    haircuts(text).reduce(
      (sum, { from }) => sum.plus(Exact.max(0, value.minus(from)).times(RATE)),
      new Exact(0),
    );

  /** The data have lower-case names; the quote currency of this market is USDT. */
  const ticker = (token: string): string => (token === "usdt" ? "USDT" : token);

  const market = (column: string): Market => {
    const haircut = new Tables<object>();
    const borrow = new Tables<object>();
    const underlyings: Record<string, object> = {};
    const assets = tokens.map((row) => {
      // Ten significant digits: exact in value units, and a share of it is not.
      const price = new Exact(row.asset_usdt_price!).toSignificantDigits(10);
      underlyings[ticker(row.token!)] = { price: price.toFixed() };
      return {
        symbol: ticker(row.token!),
        // Worth 1 to 10 dollars.
        step: new Exact(10).pow(-price.e).toFixed(),
        haircut: haircut.name(haircuts(row[column]!)),
        borrow: borrow.name(borrowRows(row[column]!)),
      };
    });
    return marketOf({ underlyings, haircuts: haircut.byName, borrow: borrow.byName, assets });
  };

  it("are haircuts and borrow rates by tier, around every edge", () => {
    expect(tokens).toHaveLength(483);
    let most = new Exact(0);
    for (const column of ["vip_loan", "margin", "portfolio_margin"].map(
      (name) => `collateral_${name}_ratio_tiers`,
    )) {
      const text = new Map(tokens.map((row) => [ticker(row.token!), row[column]!]));
      const found = compare(market(column), (token, side, value) =>
        side === "long" ? value.minus(counted(text.get(token)!, value)) : owed(text.get(token)!, value),
      );
      expect(found.compared).toBeGreaterThan(2 * 2 * 483 - 1);
      most = Exact.max(most, found.most);
    }
    expect(modelsPage()).toContain(`483 tokens: never below, above by at most ${scientific(most)} of`);
  });

  it("has tokens without an upper bound, with a last cap, and without any tier", () => {
    const last = tokens.map((row) => tiersOf(row.collateral_vip_loan_ratio_tiers!).at(-1)?.cap);
    expect(last.filter((cap) => cap === NO_CAP).length).toBeGreaterThan(0);
    expect(last.filter((cap) => cap !== undefined && cap !== NO_CAP).length).toBeGreaterThan(0);
    expect(haircuts("[]")).toEqual([{ from: "0", haircut: "1" }]);
    expect(haircuts("[0-100000:100]")).toEqual([
      { from: "0", to: "100000", haircut: "0" },
      { from: "100000", haircut: "1" },
    ]);
  });
});
