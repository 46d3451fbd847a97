import { expect, test } from "vitest";
import { decimal, floorQuotient } from "../../src/decimal/decimal.js";
import { compileTable, parseMarket } from "../../src/market/index.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import type { RiskTable } from "../../src/protocol/riskTable.js";
import { generateSample } from "../../src/sample/index.js";
import { privateMarket } from "../support/privateMarket.js";

/** What docs/security.md and docs/models/private.md say that published totals give away, worked out from them alone. */

type Book = readonly ReadonlyMap<string, bigint>[];

function totalsOf(table: RiskTable, book: Book) {
  const evaluator = new Evaluator(table);
  const results = book.map((holdings) => evaluator.evaluate(holdings));
  const debt = (values: readonly bigint[]) => values.reduce((sum, e) => (e < 0n ? sum - e : sum), 0n);
  const held = (symbol: string, sign: bigint) =>
    book.reduce((sum, h) => (sign * (h.get(symbol) ?? 0n) > 0n ? sum + sign * h.get(symbol)! : sum), 0n);
  return {
    bankrupt: results.filter(({ equity }) => equity < 0n).length,
    badDebt: debt(results.map(({ equity }) => equity)),
    stressBadDebt: table.stressNames.map((_, z) => debt(results.map(({ stressed }) => stressed[z]!))),
    maintenance: results.reduce((sum, { maintenance }) => sum + maintenance, 0n),
    initial: results.reduce((sum, { initial }) => sum + initial, 0n),
    quantities: table.instruments.map(({ symbol }) => ({ long: held(symbol, 1n), short: held(symbol, -1n) })),
  };
}

/** One side of one instrument, as the public table has it: signed open interest, price and stress gains of a step. */
function sidesOf(table: RiskTable, quantities: readonly { long: bigint; short: bigint }[]) {
  return table.instruments.flatMap((instrument, i) =>
    (["long", "short"] as const).map((side) => {
      const row =
        table.rows[table.lanes[side === "long" ? instrument.longLane : instrument.shortLane]!.firstRow]!;
      return {
        symbol: instrument.symbol,
        class: instrument.class.kind,
        sigma: row.sigma,
        most: quantities[i]![side],
        row,
      };
    }),
  );
}

/**
 * Every portfolio of cash and at most two sides of non-cash instruments, none above its open interest, that has exactly
 * this bad debt, now and under two stresses. Two sides whose moves are in one proportion in both stresses are one unknown.
 */
function portfoliosBehind(table: RiskTable, totals: ReturnType<typeof totalsOf>, cash: string) {
  const sides = sidesOf(table, totals.quantities).filter(
    (s) => s.row.stress.some((g) => g !== 0n) && s.most > 0n,
  );
  const [now, one, two] = [totals.badDebt, totals.stressBadDebt[0]!, totals.stressBadDebt[1]!];
  const lost = [one - now, two - now] as const;
  const unit = table.instruments.findIndex(({ symbol }) => symbol === cash);
  const cashPrice = table.rows[table.lanes[table.instruments[unit]!.longLane]!.firstRow]!.price;
  const found: Record<string, bigint>[] = [];
  sides.forEach((x, k) => {
    for (const y of sides.slice(k + 1)) {
      const [a, b, c, d] = [x.row.stress[0]!, y.row.stress[0]!, x.row.stress[1]!, y.row.stress[1]!];
      const determinant = a * d - b * c;
      if (determinant === 0n || x.symbol === y.symbol) continue;
      const numerators = [b * lost[1] - d * lost[0], c * lost[0] - a * lost[1]] as const;
      if (numerators.some((n) => n % determinant !== 0n)) continue;
      const [p, q] = [numerators[0] / determinant, numerators[1] / determinant];
      const fits = [
        [x, p],
        [y, q],
      ].every(([s, steps]) => {
        const { sigma, most } = s as typeof x;
        return sigma * (steps as bigint) > 0n && sigma * (steps as bigint) <= most;
      });
      const rest = -now - p * x.row.price - q * y.row.price;
      if (fits && rest % cashPrice === 0n)
        found.push({ [cash]: rest / cashPrice, [x.symbol]: p, [y.symbol]: q });
    }
  });
  return found;
}

test("one bankrupt account among 500: bad debt now and under two stresses is its whole portfolio", () => {
  const sample = generateSample({ accounts: 500, seed: "tell" });
  const market = parseMarket(sample.market);
  const table = compileTable(market);
  const book = new Map<string, Map<string, bigint>>();
  const steps = new Map(market.instruments.map((i) => [i.symbol, i.quantityStep]));
  for (const { account, pocket, instrument, quantity } of sample.rows) {
    const id = `${account} ${pocket}`;
    // Rich enough that none of the sample's own accounts goes bankrupt under stress.
    const holdings = book.get(id) ?? new Map([["USDT", 10n ** 12n]]);
    const held = floorQuotient(decimal(quantity), decimal(steps.get(instrument)!));
    book.set(id, holdings.set(instrument, (holdings.get(instrument) ?? 0n) + held));
  }
  const perpetual = market.instruments.find(({ kind }) => kind === "perpetual")!;
  const option = market.instruments.find(({ kind }) => kind === "option")!;
  const secret = new Map([
    ["USDT", -123_456_789n],
    [perpetual.symbol, -1_237n],
    [option.symbol, 41n],
  ]);
  const totals = totalsOf(table, [...[...book.values()].slice(1), secret]);
  expect([book.size, totals.bankrupt, table.stressNames.length]).toEqual([500, 1, 2]);
  expect(portfoliosBehind(table, totals, "USDT")).toEqual([Object.fromEntries(secret)]);
});

test("two secret perpetuals: all four first rates follow from one epoch's totals in 2^18 trials", () => {
  const { market, rules } = privateMarket();
  const book: Book = [
    new Map([
      ["USDT", 9_000_000_000n],
      ["BTC-PERP", 401n],
      ["ETH-PERP", -317n],
    ]),
    new Map([
      ["USDT", 7_000_000_000n],
      ["BTC-PERP", -801n],
      ["ETH-PERP", 49n],
    ]),
    new Map([
      ["USDT", 8_000_000_000n],
      ["BTC-PERP", 400n],
      ["ETH-PERP", 268n],
    ]),
  ];
  const { maintenance, initial, quantities } = totalsOf(rules.table, book);
  // From here on with public figures alone: the notional of a step, open interest, and the two totals.
  const table = compileTable(market);
  const perHundredThousandth = (symbol: string): bigint => {
    const i = table.instruments.findIndex((instrument) => instrument.symbol === symbol);
    const { notional } = table.rows[table.lanes[table.instruments[i]!.longLane]!.firstRow]!;
    return notional! * (quantities[i]!.long + quantities[i]!.short);
  };
  const [btc, eth] = [perHundredThousandth("BTC-PERP"), perHundredThousandth("ETH-PERP")];
  const ratesBehind = (total: bigint): [bigint, bigint][] => {
    const found: [bigint, bigint][] = [];
    for (let trial = 0n; trial < 1n << 18n; trial++) {
      const rest = total - trial * btc;
      if (rest < 0n) break;
      if (rest % eth === 0n && rest / eth < 1n << 18n) found.push([trial, rest / eth]);
    }
    return found;
  };
  expect(ratesBehind(maintenance)).toEqual([[437n, 1000n]]);
  expect(initial % 10_000n).toBe(0n);
  expect(ratesBehind(initial / 10_000n)).toEqual([[813n, 2000n]]);
});
