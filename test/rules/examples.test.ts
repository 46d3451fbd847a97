import { Decimal } from "decimal.js";
import { describe, expect, test } from "vitest";
import { loadProfile } from "../../src/keys/instances.js";
import { compileTable, insuranceChecks, type Market, openBook, parseMarket } from "../../src/market/index.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { fits, valueOutOfRange } from "../../src/protocol/fitShape.js";
import type { RiskTable } from "../../src/protocol/riskTable.js";
import { buildMarket } from "../../src/rules/index.js";
import { compareEngines } from "../reference/againstTable.js";
import { evaluateWithTable } from "../reference/tableEvaluation.js";
import { exampleBooks, exampleNames, modelsPage, portfoliosOf, rulesOf, scientific } from "./support.js";

const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);
const markets = new Map<string, { market: Market; table: RiskTable; evaluator: Evaluator }>();
for (const name of exampleNames) {
  const market = parseMarket(buildMarket(rulesOf(name)));
  const table = compileTable(market);
  markets.set(name, { market, table, evaluator: new Evaluator(table) });
}

describe("examples/rules", () => {
  test("one for every model", () => {
    expect(exampleNames).toEqual([
      "delta-plus",
      "deribit",
      "derive",
      "dynamic",
      "hybrid",
      "okx",
      "paradex",
      "span",
      "tiered",
    ]);
    for (const { rules } of exampleBooks) expect(exampleNames).toContain(rules);
    for (const name of exampleNames) expect(exampleBooks).toContainEqual({ accounts: name, rules: name });
  });

  test("the grids of portfolio margin have all their cells", () => {
    const scenarios = (name: string): number => Math.max(...markets.get(name)!.table.groupScenarios);
    expect([scenarios("span"), scenarios("deribit"), scenarios("okx"), scenarios("paradex")]).toEqual([
      16,
      27 + 8,
      21 + 1 + 2 + 1,
      24 + 2,
    ]);
    expect(markets.get("deribit")!.market.stress).toHaveLength(4);
  });

  describe.each(exampleBooks)("$accounts", ({ accounts, rules }) => {
    const { market, table, evaluator } = markets.get(rules)!;

    test("every account is evaluated as the reference does, as far above it as docs/models says", async () => {
      const book = await portfoliosOf(accounts, market);
      expect(book.length).toBeGreaterThanOrEqual(4);
      const most = { excess: new Decimal(0), bound: new Decimal(0) };
      for (const { holdings } of book) {
        const { equity, maintenance, initial, stressed } = evaluator.evaluate(holdings);
        expect({ equity, maintenance, initial, stressed }).toEqual(
          (({ worst: _, ...rest }) => rest)(evaluateWithTable(table, holdings)),
        );
        const found = compareEngines(market, table, holdings);
        most.excess = Decimal.max(most.excess, found.maintenance);
        most.bound = Decimal.max(most.bound, found.bound);
      }
      const line = modelsPage()
        .split("\n")
        .find((text) => text.startsWith(`| [${accounts}.csv](`));
      const figures = [book.length, scientific(most.excess), most.bound.ceil().toFixed()];
      expect(line).toBe(
        `| [${accounts}.csv](../../examples/rules/${accounts}.csv) | ${figures.join(" | ")} |`,
      );
    });

    const larger = rules === "derive" ? "expiries16" : "pm16";
    test(`the book is balanced, covered, and fits the shapes of profiles examples and ${larger}`, async () => {
      const book = await portfoliosOf(accounts, market);
      for (const i of market.instruments) {
        if (i.kind === "asset" || i.kind === "settlement") continue;
        expect(sum(book.map((p) => p.holdings.get(i.symbol) ?? 0n)), i.symbol).toBe(0n);
      }
      const evaluations = book.map((p) => evaluator.evaluate(p.holdings));
      for (const profile of ["examples", larger]) {
        const { accounts: shapes } = loadProfile(profile);
        for (const e of evaluations) {
          expect(valueOutOfRange(e)).toBeUndefined();
          expect(shapes.some((shape) => fits(shape, e))).toBe(true);
        }
      }
      const laneTotals = table.lanes.map(() => 0n);
      for (const { row, offset } of evaluations.flatMap((e) => e.holdings))
        laneTotals[row.laneIndex] = laneTotals[row.laneIndex]! + row.lo + offset;
      const debtOf = (values: readonly bigint[]) => sum(values.map((e) => (e < 0n ? -e : 0n)));
      const stressed = market.stress.map((_, z) => debtOf(evaluations.map((e) => e.stressed[z]!)));
      const checks = [
        ...openBook(market, table, laneTotals).checks,
        ...insuranceChecks(market, debtOf(evaluations.map((e) => e.equity)), stressed),
      ];
      expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    });

    test("some account is below maintenance, some is free, some is short and some is hedged", async () => {
      const book = await portfoliosOf(accounts, market);
      const bands = book.map((p) => evaluator.evaluate(p.holdings).band);
      expect(bands.some((band) => band === "liquidation" || band === "bankrupt")).toBe(true);
      expect(bands).toContain("free");
      const contracts = market.instruments.filter(({ kind }) => kind !== "asset" && kind !== "settlement");
      const sides = book.map((p) => contracts.map(({ symbol }) => p.holdings.get(symbol) ?? 0n));
      expect(sides.some((held) => held.some((q) => q < 0n))).toBe(true);
      if (!market.instruments.some(({ kind }) => kind === "option")) return;
      const options = contracts.flatMap(({ kind }, k) => (kind === "option" ? [k] : []));
      for (const long of [true, false]) {
        expect(sides.some((held) => options.some((k) => (long ? held[k]! > 0n : held[k]! < 0n)))).toBe(true);
      }
    });
  });
});
