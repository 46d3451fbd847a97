import { describe, expect, test } from "vitest";
import { unitsText } from "../../src/cli/format/money.js";
import { bestPoseidon } from "../../src/field/bestPoseidon.js";
import {
  accountRules,
  compileTable,
  type Market,
  parseMarket,
  roundingBound,
} from "../../src/market/index.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { fits, valueOutOfRange } from "../../src/protocol/fitShape.js";
import { createWasmBackend } from "../../src/prover/backends/wasmBackend.js";
import { readBundle } from "../../src/prover/bundleFolder.js";
import { loadProfile } from "../../src/prover/instances.js";
import { silentProgress } from "../../src/prover/progress.js";
import { proveEpoch } from "../../src/prover/prove.js";
import { evaluateReference } from "../../src/reference/referenceEngine.js";
import { buildMarket, marketText } from "../../src/rules/index.js";
import { type Portfolio, readPortfolios } from "../../src/snapshot/index.js";
import { verifyEpoch } from "../../src/verifier/verifyEpoch.js";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyPins } from "../support/tinyBundle.js";
import { accountsOf, exampleNames, inFolder, rulesOf, write } from "./support.js";

async function accounts(name: string, market: Market): Promise<Portfolio[]> {
  const found: Portfolio[] = [];
  const options = { shuffleKey: new Uint8Array(32).fill(3) };
  for await (const p of readPortfolios(accountsOf(name), accountRules(market), options)) found.push(p);
  return found;
}

const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);

describe("examples/rules", () => {
  test("one for every model", () => {
    expect(exampleNames).toEqual(["delta-plus", "deribit", "hybrid", "okx", "paradex", "span", "tiered"]);
  });

  describe.each(exampleNames)("%s", (name) => {
    const market = parseMarket(buildMarket(rulesOf(name)));
    const table = compileTable(market);
    const evaluator = new Evaluator(table);

    test("every account is evaluated as the reference does, within the rounding bound", async () => {
      const bound = roundingBound(table, market);
      const book = await accounts(name, market);
      expect(book.length).toBeGreaterThanOrEqual(4);
      for (const { holdings } of book) {
        const e = evaluator.evaluate(holdings);
        const steps = new Map(market.instruments.map((i) => [i.symbol, i.quantityStep]));
        const portfolio = Object.fromEntries([...holdings].map(([s, q]) => [s, unitsText(q, steps.get(s)!)]));
        const exact = evaluateReference(market, portfolio);
        const most = bound(e.holdings.map(({ row, a }) => ({ lane: row.laneIndex, steps: row.lo + a })));
        const over = (integer: bigint, value: typeof exact.equity, scale = "1"): number[] => {
          const error = value.times(0).plus(integer.toString()).div(scale).minus(value.div(market.valueUnit));
          return [error.toNumber(), Number(most.maintenance)];
        };
        expect(over(e.equity, exact.equity)[0]).toBe(0);
        const [maintenance, mostMaintenance] = over(e.maintenance, exact.maintenance) as [number, number];
        expect(maintenance).toBeGreaterThanOrEqual(0);
        expect(maintenance).toBeLessThanOrEqual(mostMaintenance);
        const initial = over(e.initial, exact.initial, "10000")[0]!;
        expect(initial).toBeGreaterThanOrEqual(0);
        expect(initial).toBeLessThanOrEqual(Number(most.initial) / 10_000);
        exact.stressed.forEach((value, z) => {
          const stressed = over(e.stressed[z]!, value)[0]!;
          expect(stressed).toBeLessThanOrEqual(0);
          expect(-stressed).toBeLessThanOrEqual(Number(most.stressed));
        });
      }
    });

    test("the book is balanced, covered, and fits the shapes of profile p16", async () => {
      const book = await accounts(name, market);
      const { accounts: shapes } = loadProfile("p16");
      for (const i of market.instruments) {
        if (i.kind === "asset" || i.kind === "settlement") continue;
        expect(sum(book.map((p) => p.holdings.get(i.symbol) ?? 0n)), i.symbol).toBe(0n);
      }
      const evaluations = book.map((p) => evaluator.evaluate(p.holdings));
      for (const e of evaluations) {
        expect(valueOutOfRange(e)).toBeUndefined();
        expect(shapes.some((shape) => fits(shape, e))).toBe(true);
      }
      market.stress.forEach(({ name: scenario }, z) => {
        const debts = evaluations.map((e) => (e.stressed[z]! < 0n ? -e.stressed[z]! : 0n));
        const debt = Number(unitsText(sum(debts), market.valueUnit));
        expect(debt, scenario).toBeLessThanOrEqual(Number(market.insuranceFund));
      });
    });
  });

  test("some accounts are below maintenance", async () => {
    const below: string[] = [];
    for (const name of exampleNames) {
      const market = parseMarket(buildMarket(rulesOf(name)));
      const evaluator = new Evaluator(compileTable(market));
      for (const { account, holdings } of await accounts(name, market)) {
        const { equity, maintenance } = evaluator.evaluate(holdings);
        if (equity < maintenance) below.push(`${name} ${account}`);
      }
    }
    expect(below).toContain("tiered carol");
    expect(below).toContain("span carol");
  });

  test("hybrid is proved and verified with real proofs", async () => {
    await inFolder(async (folder) => {
      const backend = createWasmBackend({ workers: 1 });
      try {
        await proveEpoch({
          marketPath: write(folder, "market.json", marketText(buildMarket(rulesOf("hybrid")))),
          accountsPath: accountsOf("hybrid"),
          out: `${folder}/bundle`,
          privateDir: `${folder}/private`,
          keysDir: TEST_KEYS,
          profile: loadProfile("test"),
          backend,
          inFlight: 1,
          progress: silentProgress,
        });
      } finally {
        await backend.close();
      }
      const options = { hasher: bestPoseidon(), pins: await tinyPins(), allowDevKeys: true };
      const verified = await verifyEpoch(await readBundle(`${folder}/bundle`), options);
      expect(verified.verdict).toMatchObject({ valid: true, proved: true, solvent: true });
    });
  });
});
