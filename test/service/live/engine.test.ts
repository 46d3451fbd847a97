import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MarginproofError } from "../../../src/errors.js";
import type { MarketJson } from "../../../src/market/schema.js";
import { BANDS, bandOf } from "../../../src/protocol/bands.js";
import { Evaluator } from "../../../src/protocol/evaluate.js";
import { fits, toRecord } from "../../../src/protocol/fitShape.js";
import type { PocketId } from "../../../src/protocol/pocket.js";
import type { AccountShape } from "../../../src/protocol/shapes.js";
import { announcedBand } from "../../../src/service/live/announced.js";
import { LiveEngine } from "../../../src/service/live/engine.js";
import { type ChangeRow, type LivePortfolio, LiveShard, type Move } from "../../../src/service/live/shard.js";
import { type LiveMarket, liveMarket, movedInstruments, quoted } from "../../../src/service/live/tick.js";
import { randomMarket } from "../../reference/randomMarket.js";
import { evaluateWithTable } from "../../reference/tableEvaluation.js";
import { TINY_MARKET } from "../../support/tinyMarket.js";

/** Takes any account of a random market. */
const SHAPE: AccountShape = {
  ...{ id: "any", template: "accounts", accounts: 1, bracketed: 8, flat: 8 },
  ...{ groups: 2, scenarios: 3, stress: 2, deep: 1, parts: 2 },
};
const ACCOUNTS = ["a", "b", "c", "d", "e", "f"];
const steps = fc.oneof(
  fc.bigInt({ min: -20n, max: 20n }),
  fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }),
  fc.constant(0n),
);
const row = fc.record({
  account: fc.constantFrom(...ACCOUNTS),
  pocket: fc.constantFrom("", "p1"),
  instrument: fc.nat(5),
  steps,
});
const rows = fc.array(row, { minLength: 1, maxLength: 6 });
const quotes = fc.array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 9 })));
const event = fc.oneof(
  { weight: 2, arbitrary: fc.record({ rows }) },
  { weight: 3, arbitrary: fc.record({ quotes }) },
  // Another book in the place of this one: some left, others did something, and prices moved or did not.
  { weight: 2, arbitrary: fc.record({ left: fc.subarray(ACCOUNTS), rows, quotes }) },
);

/** Every figure that a price tick may move, times a whole number, so that the market stays one. */
function times(market: MarketJson, of: readonly (readonly [number, number])[]) {
  return [...new Map(of)].flatMap(([k, factor]) => {
    const i = market.instruments[k % market.instruments.length]!;
    if (market.instruments.length <= k) return [];
    const scaled = (text: string): string => multiple(text, factor);
    return [
      {
        symbol: i.symbol,
        markPrice: scaled(i.markPrice),
        ...(i.notionalPrice === undefined ? {} : { notionalPrice: scaled(i.notionalPrice) }),
        ...(i.stressGains === undefined ? {} : { stressGains: i.stressGains.map(scaled) }),
      },
    ];
  });
}
function multiple(text: string, factor: number): string {
  const [whole = "", part = ""] = text.replace("-", "").split(".");
  const digits = (BigInt(whole + part) * BigInt(factor)).toString().padStart(part.length + 1, "0");
  const value = part === "" ? digits : `${digits.slice(0, -part.length)}.${digits.slice(-part.length)}`;
  return text.startsWith("-") ? `-${value}` : value;
}

/** A book kept in the plainest way, beside the engine's. */
class PlainBook {
  readonly held = new Map<string, PocketId & { readonly holdings: Map<string, bigint> }>();
  readonly announced = new Map<string, string>();

  add(rows: readonly ChangeRow[]): void {
    for (const { account, pocket, symbol, steps: more } of rows) {
      const key = `${account}/${pocket}`;
      const own = this.held.get(key) ?? { account, pocket, holdings: new Map<string, bigint>() };
      this.held.set(key, own);
      own.holdings.set(symbol, (own.holdings.get(symbol) ?? 0n) + more);
    }
  }

  leave(accounts: readonly string[]): void {
    for (const [key, { account }] of [...this.held]) if (accounts.includes(account)) this.held.delete(key);
  }

  /** All of it, in the order of the market. */
  portfolios({ table }: LiveMarket): LivePortfolio[] {
    const order = table.instruments.map(({ symbol }) => symbol);
    return [...this.held.values()].map(({ holdings, ...id }) => ({
      ...id,
      holdings: order.flatMap((symbol) => {
        const held = holdings.get(symbol) ?? 0n;
        return held === 0n ? [] : [[symbol, held] as const];
      }),
    }));
  }

  take(moves: readonly Move[]): void {
    for (const { account, pocket, from, announced, gone } of moves) {
      const key = `${account}/${pocket}`;
      expect(from ?? "free").toBe(this.announced.get(key) ?? "free");
      expect(gone === true, `${key} is gone`).toBe(!this.held.has(key));
      if (gone) {
        expect(from, "a free one makes no event").not.toBe("free");
        this.announced.delete(key);
        continue;
      }
      expect(announced).not.toBe(from);
      this.announced.set(key, announced);
    }
  }
}

function opened(json: unknown): LiveMarket | undefined {
  try {
    return liveMarket(json, undefined);
  } catch (error) {
    if (error instanceof MarginproofError) return undefined;
    throw error;
  }
}

/** Each account's figures as the prover commits to them, and as the formulas of the protocol written down once more give them. */
function compare(shard: LiveShard, plain: PlainBook, { table }: LiveMarket): void {
  const { accounts } = shard.page(0, 1000, BANDS);
  expect(accounts.length).toBe(plain.held.size);
  expect(shard.portfolios(0, 1000).portfolios.length).toBe(plain.held.size);
  const { band: bands, announced } = shard.counts();
  for (const counts of [bands, announced])
    expect(counts.reduce((sum, own) => sum + own, 0)).toBe(plain.held.size);
  for (const own of accounts) {
    const { holdings } = plain.held.get(`${own.account}/${own.pocket}`)!;
    const evaluation = new Evaluator(table).evaluate(holdings);
    expect(fits(SHAPE, evaluation)).toBe(true);
    const { equity, maintenance, initial, band } = toRecord(table, SHAPE, evaluation, 0n);
    expect(own).toMatchObject({ equity, maintenance, initial, band });
    const formulas = evaluateWithTable(table, holdings);
    expect({ ...formulas, band: bandOf(formulas, table.marginCallBp) }).toMatchObject({
      ...{ equity: own.equity, maintenance: own.maintenance, initial: own.initial, band: own.band },
    });
    expect(BANDS.indexOf(own.announced)).toBeLessThanOrEqual(BANDS.indexOf(own.band));
    expect(own.announced).toBe(plain.announced.get(`${own.account}/${own.pocket}`) ?? "free");
  }
}

interface Replacement {
  readonly before: LiveMarket;
  readonly after: LiveMarket;
  readonly left: readonly string[];
  readonly rows: readonly ChangeRow[];
}

/** Puts another book in the place of both. @returns how many pockets are gone */
function replaceBook(shard: LiveShard, plain: PlainBook, { before, after, left, rows: more }: Replacement) {
  const textOf = (own: LivePortfolio): string =>
    `${own.holdings.map(([symbol, held]) => `${symbol} ${held}`)}`;
  const keyOf = ({ account, pocket }: PocketId): string => `${account}/${pocket}`;
  const known = new Map(plain.portfolios(before).map((own) => [keyOf(own), textOf(own)]));
  plain.leave(left);
  plain.add(more);
  const portfolios = plain.portfolios(after);
  const others = portfolios.filter((own) => known.get(keyOf(own)) !== textOf(own)).map(keyOf);
  const gone = [...known.keys()].filter((key) => !plain.held.has(key));
  const moved = movedInstruments(before.table, after.table)!;
  const concerned = portfolios.filter(({ holdings }) => holdings.some(([symbol]) => moved.includes(symbol)));
  const half = portfolios.length >> 1;
  shard.stage(portfolios.slice(half));
  shard.stage(portfolios.slice(0, half));
  const found = shard.replace(after, moved);
  expect(found.evaluated).toBe(new Set([...others, ...concerned.map(keyOf)]).size);
  expect(found.changed).toBe(others.length + gone.length);
  const called = gone.filter((key) => (plain.announced.get(key) ?? "free") !== "free");
  expect(
    found.moves
      .filter((own) => own.gone === true)
      .map(keyOf)
      .sort(),
  ).toEqual(called.sort());
  plain.take(found.moves);
  return gone.length;
}

describe("the live book", () => {
  it("has each account's figures exactly as they are proved, whatever moves and changes", () => {
    let ticks = 0;
    let replaced = 0;
    fc.assert(
      fc.property(randomMarket, fc.array(event, { minLength: 3, maxLength: 12 }), (first, events) => {
        let json: unknown = first;
        let live = opened(json);
        fc.pre(live !== undefined);
        const shard = new LiveShard(live!, 100n);
        const plain = new PlainBook();
        for (const own of events) {
          const changes = ("rows" in own ? own.rows : []).flatMap(({ instrument, ...rest }): ChangeRow[] => {
            const symbol = first.instruments[instrument]?.symbol;
            return symbol === undefined ? [] : [{ ...rest, symbol }];
          });
          if ("left" in own) {
            const next = quoted(json, times(json as MarketJson, own.quotes), undefined);
            const after = opened(next);
            if (after === undefined) continue;
            replaced += replaceBook(shard, plain, { before: live!, after, left: own.left, rows: changes });
            [json, live] = [next, after];
          } else if ("rows" in own) {
            shard.prepare(changes);
            const { moves } = shard.commit();
            plain.add(changes);
            plain.take(moves);
          } else {
            const next = quoted(json, times(json as MarketJson, own.quotes), undefined);
            const after = opened(next);
            if (after === undefined) continue;
            const moved = movedInstruments(live!.table, after.table);
            const { evaluated, moves } = shard.tick(after, moved);
            const concerned = [...plain.held.values()].filter(({ holdings }) =>
              [...holdings].some(([symbol, held]) => held !== 0n && moved!.includes(symbol)),
            );
            expect(evaluated).toBe(concerned.length);
            plain.take(moves);
            [json, live] = [next, after];
            ticks++;
          }
          compare(shard, plain, live!);
        }
      }),
      { numRuns: 60 },
    );
    expect(ticks).toBeGreaterThan(50);
    expect(replaced, "pockets that left").toBeGreaterThan(20);
  });

  it("is the same over several threads, and takes changes whole or not at all", async () => {
    const live = liveMarket(TINY_MARKET, undefined);
    const engine = new LiveEngine(live, 100n, 3, () => {});
    try {
      const names = Array.from({ length: 40 }, (_, k) => `holder-${k}`);
      await engine.load(
        names.map((account, k) => ({
          account,
          pocket: "",
          holdings: [["USDT", BigInt(k) * 1_000_000n]] as const,
        })),
      );
      const change = (account: string, symbol: string, more: bigint) => ({
        account,
        pocket: "",
        symbol,
        steps: more,
      });
      const before = await engine.page("", 1000, BANDS);
      expect(before.accounts.length).toBe(40);
      const tooMuch = names.map((account, k) => change(account, "USDT", k === 39 ? 1n << 53n : 5n));
      await expect(engine.change(tooMuch)).rejects.toMatchObject({ code: "ACCOUNT_QUANTITY_TOO_LARGE" });
      expect(await engine.page("", 1000, BANDS)).toEqual(before);
      const { evaluated } = await engine.change(names.slice(0, 7).map((own) => change(own, "USDT", 5n)));
      expect(evaluated).toBe(7);
      const pages: string[] = [];
      for (let after: string | undefined = ""; after !== undefined; ) {
        const page: Awaited<ReturnType<LiveEngine["page"]>> = await engine.page(after, 7, BANDS);
        pages.push(...page.accounts.map(({ account }) => account));
        after = page.next;
      }
      expect(pages.sort()).toEqual([...names].sort());
      expect((await engine.portfolio({ account: "holder-3", pocket: "" }))!.holdings).toEqual([
        ["USDT", 3_000_005n],
      ]);
      const whole = await engine.page("", 1000, BANDS);
      const other = (k: number) => ({
        account: `holder-${k}`,
        pocket: "",
        holdings: [["USDT", 7n]] as const,
      });
      const broken = async function* () {
        for (let k = 0; k < 5000; k++) yield other(k);
        throw new Error("broken off");
      };
      await expect(engine.stage(broken())).rejects.toThrow("broken off");
      expect(await engine.page("", 1000, BANDS)).toEqual(whole);
      expect(await engine.stage([other(3), other(99)])).toBe(2);
      expect((await engine.replace(live, [])).changed).toBe(40 + 1);
      expect((await engine.page("", 1000, BANDS)).accounts.map(({ account }) => account).sort()).toEqual([
        ...["holder-3", "holder-99"],
      ]);
      expect((await engine.counts()).band.free).toBe(2);
    } finally {
      await engine.close();
    }
  });
});

describe("announced bands", () => {
  const terms = { clearBp: 100n, marginCallBp: 12_000n };
  /** Of an account that requires 1,000 initially and 500 for maintenance. */
  const at = (equity: bigint) => ({ equity, maintenance: 500n, initial: 10_000_000n });
  const follow = (path: readonly bigint[]): string[] => {
    let last: (typeof BANDS)[number] | undefined;
    return path.map((equity) => {
      const standing = at(equity);
      last = announcedBand(last, bandOf(standing, terms.marginCallBp), standing, terms);
      return last;
    });
  };

  it("call an account once for a wiggle around any threshold", () => {
    for (const [threshold, below, above] of [
      [0n, "bankrupt", "liquidation"],
      [500n, "liquidation", "reduceOnly"],
      [1000n, "reduceOnly", "marginCall"],
      [1200n, "marginCall", "free"],
    ] as const) {
      const wiggle = [threshold - 1n, threshold, threshold - 1n, threshold + 9n, threshold - 1n];
      expect(follow([5000n, ...wiggle])).toEqual(["free", below, below, below, below, below]);
      expect(follow([threshold - 1n, threshold + 10n]), "clear by 1% of 1,000").toEqual([below, above]);
    }
  });

  it("go down at once and by as much as it is", () => {
    expect(follow([1201n, 1199n, 999n, 499n, -1n])).toEqual([
      ...["free", "marginCall", "reduceOnly", "liquidation", "bankrupt"],
    ]);
    expect(follow([1300n, -5n, 1205n, 1300n])).toEqual(["free", "bankrupt", "marginCall", "free"]);
  });
});
