import { expect, test } from "vitest";
import { compileTable, parseMarket } from "../../src/market/index.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { explainReport } from "../../src/report/explainReport.js";
import { buildMarket } from "../../src/rules/index.js";
import { portfoliosOf, rulesOf } from "../rules/support.js";

test("a group's lines, those of its parts among them, add up to its loss; totals to the requirements", async () => {
  const market = parseMarket(buildMarket(rulesOf("derive")));
  const table = compileTable(market);
  const evaluator = new Evaluator(table);
  let parts = 0;
  for (const { holdings } of await portfoliosOf("derive", market)) {
    const evaluation = evaluator.evaluate(holdings);
    const report = explainReport("x", new Map([["", evaluation]]), market, table);
    const { groups, holdings: own, totals } = report.pockets[0]!;
    const sum = (units: readonly { readonly units: string }[]) =>
      units.reduce((all, x) => all + BigInt(x.units), 0n);
    for (const group of groups) {
      expect(sum(group.parts.map(({ gain }) => gain))).toBe(-BigInt(group.loss.units));
      parts += group.parts.filter(({ instrument }) =>
        market.groups.some(({ name }) => name === instrument),
      ).length;
    }
    const maintenance = sum([...own.map((h) => h.maintenance), ...groups.map((g) => g.loss)]);
    expect(maintenance.toString()).toBe(totals.maintenance.units);
    expect(sum([...own.map((h) => h.initial), ...groups.map((g) => g.initial)]).toString()).toBe(
      totals.initial.units,
    );
  }
  expect(parts).toBeGreaterThan(0);
});
