import { describe, expect, test } from "vitest";
import { compileTable, parseMarket } from "../../src/market/index.js";
import { buildMarket } from "../../src/rules/index.js";
import { compareEngines } from "../reference/againstTable.js";
import { edited, refusal, rulesOf } from "./support.js";

const FIRST = "    - { from: 0, to: 50000, maintenance: 0.004, initial: 0.008 }\n";

/** The tiered example, whose majors have so many tiers of 2 million each, as exchanges have for their largest contracts. */
function withTiers(count: number): string {
  const tiers = Array.from({ length: count }, (_, k) => {
    const [maintenance, initial] = [4 + 5 * k, 8 + 10 * k].map((x) => `0.${String(x).padStart(3, "0")}`);
    return `    - { from: ${2_000_000 * k}, maintenance: ${maintenance}, initial: ${initial} }\n`;
  });
  const rules = rulesOf("tiered");
  const rest = rules.slice(rules.indexOf(FIRST) + FIRST.length, rules.indexOf("  alts:\n"));
  return edited(rules, FIRST + rest, tiers.join(""));
}

describe("tables of many tiers", () => {
  test.each([17, 30, 60, 64])("%i build, and charge what the exact tiers do", (count) => {
    const market = parseMarket(buildMarket(withTiers(count)));
    const table = compileTable(market);
    const lane = table.lanes.find(({ instrument }) => instrument === "BTC-PERP")!;
    expect(lane.rowCount).toBe(count);
    // Steps of 0.001 BTC: within each tier, and at its edge.
    for (const steps of [1n, 33_333n, 33_334n, 500_000n, 33_333n * BigInt(count), 10_000_000n])
      for (const signed of [steps, -steps]) compareEngines(market, table, new Map([["BTC-PERP", signed]]));
  });

  test("more than a lane holds are refused in words", () => {
    expect(refusal(withTiers(65))).toMatchObject({
      code: "RULES_SCHEMA",
      message: expect.stringContaining("brackets.majors: must have at most 64 rows"),
    });
  });
});
