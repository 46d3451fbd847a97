import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Decimal } from "decimal.js";
import { describe, expect, it } from "vitest";
import { insuranceChecks, openBook } from "../../src/market/openBook.js";
import { parseMarket, parseMarketText } from "../../src/market/schema.js";
import { accountCount, BANDS } from "../../src/protocol/bands.js";
import { evaluateReference } from "../../src/reference/referenceEngine.js";
import { generateSample, writeSample } from "../../src/sample/index.js";
import { evaluateRows } from "./evaluateRows.js";

const sumOf = (values: Iterable<bigint>) => [...values].reduce((sum, x) => sum + x, 0n);

describe.each([16, 3000])("a sample of %i accounts", (count) => {
  const sample = generateSample({ accounts: count, seed: 7 });
  const { market, table, accounts, results, laneTotals, rows } = evaluateRows(
    parseMarket(sample.market),
    sample.rows,
  );

  it("holds every margin account, and the stated failures", () => {
    expect(accounts.size).toBe(count);
    const { facts } = sample;
    for (const band of BANDS)
      expect(
        results.filter((r) => r.band === band),
        band,
      ).toHaveLength(Number(facts.bands[band]));
    expect(accountCount(facts.bands)).toBe(BigInt(count));
    expect(facts.bands.bankrupt).toBe(1n);
    expect(facts.bands.liquidation).toBeGreaterThanOrEqual(2n);
    expect(sumOf(results.map((r) => (r.equity < 0n ? -r.equity : 0n)))).toBe(facts.badDebt);
    const shortfalls = results.map((r) => (r.equity < r.maintenance ? r.maintenance - r.equity : 0n));
    expect(sumOf(shortfalls)).toBe(facts.shortfall);
    facts.stressedBadDebt.forEach((debt, z) => {
      expect(sumOf(results.map((r) => (r.stressed[z]! < 0n ? -r.stressed[z]! : 0n)))).toBe(debt);
    });
  });

  it("has accounts with isolated pockets, each with one perpetual and cash of its own", () => {
    const pockets = new Map<string, Set<string>>();
    for (const { account, pocket, instrument } of sample.rows) {
      if (pocket === "") continue;
      pockets.set(account, (pockets.get(account) ?? new Set()).add(pocket));
      expect([pocket.replace(/\.[12]$/, ""), "USDT"]).toContain(instrument);
    }
    const isolated = [...pockets.values()].reduce((sum, own) => sum + own.size, 0);
    expect(isolated).toBe(sample.isolated);
    expect(isolated).toBeGreaterThan(count / 50);
    // The demo shows this holder.
    expect(pockets.get("acct-000007")).toEqual(new Set(["BTC-PERP.1", "BTC-PERP.2"]));
    expect(accounts.has("acct-000007")).toBe(true);
  });

  it("passes every check in the open", () => {
    const book = openBook(market, table, laneTotals);
    const checks = [
      ...book.checks,
      ...insuranceChecks(market, sample.facts.badDebt, sample.facts.stressedBadDebt),
    ];
    expect(checks.filter((c) => !c.passed)).toEqual([]);
    expect(book.assets.every((a) => a.settlement === "0")).toBe(true);
  });

  it("agrees with the reference engine on whole accounts", () => {
    for (const { holdings: placed, equity, maintenance, initial, stressed, account } of results.slice(
      0,
      150,
    )) {
      const portfolio: Record<string, string> = {};
      for (const [symbol, steps] of accounts.get(account)!) {
        const { quantityStep } = table.instruments.find((i) => i.symbol === symbol)!;
        portfolio[symbol] = new Decimal(quantityStep).times(steps.toString()).toFixed();
      }
      const exact = evaluateReference(market, portfolio);
      const near = (units: bigint, value: Decimal, scale: number) =>
        expect(new Decimal(units.toString()).minus(value.times(scale)).abs().toNumber()).toBeLessThan(
          placed.length + 1,
        );
      expect(equity.toString()).toBe(exact.equity.times(1e10).toFixed());
      near(maintenance, exact.maintenance, 1e10);
      near(initial / 10_000n, exact.initial, 1e10);
      stressed.forEach((value, z) => void near(value, exact.stressed[z]!, 1e10));
    }
  });

  it("fits the largest shapes, and mostly the smallest", () => {
    const bracketed = results.map((r) => r.holdings.filter((h) => !h.row.flat).length);
    const flat = results.map((r, n) => r.holdings.length - bracketed[n]!);
    const groups = results.map((r) => r.groups.length);
    expect([Math.max(...bracketed) <= 12, Math.max(...flat) <= 20, Math.max(...groups) <= 3]).toEqual([
      true,
      true,
      true,
    ]);
    const small = results.filter((_, n) => bracketed[n]! <= 2 && flat[n]! <= 2 && groups[n] === 0);
    expect(small.length / count).toBeGreaterThan(0.6);
    expect(rows).toBeLessThan(5 * count);
  });

  it("is the same for the same seed only", () => {
    const first = [...sample.rows];
    const again = generateSample({ accounts: count, seed: 7 });
    expect([...again.rows]).toEqual(first);
    expect(again.market).toEqual(sample.market);
    expect([...generateSample({ accounts: count, seed: 8 }).rows]).not.toEqual(first);
  });
});

describe("sample files", () => {
  it("are written as market.json and accounts.csv", async () => {
    const directory = await mkdtemp(join(tmpdir(), "marginproof-sample-"));
    try {
      const sample = generateSample({ accounts: 50, seed: "files" });
      const paths = await writeSample(sample, join(directory, "new"));
      expect(parseMarketText(await readFile(paths.market, "utf8"))).toEqual(parseMarket(sample.market));
      const lines = (await readFile(paths.accounts, "utf8")).split("\n");
      expect(lines[0]).toBe("account,pocket,instrument,quantity,entry_price");
      expect(lines).toHaveLength([...sample.rows].length + 2);
      expect(lines[1]).toMatch(/^acct-\d{6},[A-Z0-9.-]*,[A-Z0-9-]+,-?\d+(\.\d+)?,(\d+(\.\d+)?)?$/);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it.each([0, 15, 1.5, Number.NaN])("%d accounts are refused", (accounts) => {
    expect(() => generateSample({ accounts, seed: 1 })).toThrow(
      expect.objectContaining({ code: "SAMPLE_ACCOUNTS" }),
    );
  });

  it("every small sample can be made", () => {
    for (let seed = 0; seed < 15; seed++)
      expect(generateSample({ accounts: 16, seed }).facts.bands.bankrupt).toBe(1n);
  });
});
