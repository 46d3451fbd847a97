import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LiveBook, LiveDesk } from "../../../src/service/live/desk.js";
import type { LivePortfolio } from "../../../src/service/live/shard.js";
import { TINY_MARKET } from "../../support/tinyMarket.js";

const usdt = (account: string, steps: bigint): LivePortfolio => ({
  account,
  pocket: "",
  holdings: [["USDT", steps]],
});
async function* of(...portfolios: readonly LivePortfolio[]): AsyncGenerator<LivePortfolio> {
  yield* portfolios;
}
const time = "2026-11-24T08:00:00Z";

const lost: string[] = [];
let desk: LiveDesk;
let book: LiveBook;
beforeEach(async () => {
  lost.splice(0);
  desk = new LiveDesk(({ id }) => lost.push(id));
  book = await desk.begin({ market: TINY_MARKET, model: undefined, clearBp: 100 });
});
afterEach(() => desk.close());

/** More than any thread is given at a time: by then it has whoever came before. */
const CROWD = Array.from({ length: 9000 }, (_, k) => usdt(`crowd-${k}`, 1n));

/** What the few hold who are of interest. */
const held = async (): Promise<unknown[]> => {
  const found = await Promise.all(["anna", "bert", "zeno"].map((own) => book.engine.accountsOf(own)));
  return found.flat().map(({ account, equity }) => [account, equity / 10_000n]);
};
const row = (account: string) => ({ rows: [{ account, instrument: "USDT", quantity: "-0.000001" }] });

describe("a book that takes the place of another", () => {
  it("is what was read, whatever comes meanwhile: prices move at once, rows and files are not mixed into it", async () => {
    // A whole file, before the read one that began first.
    await desk.replace(book, {
      ...{ prices: undefined, time },
      portfolios: async function* () {
        yield usdt("anna", 5n);
        yield* CROWD;
        if (!book.loaded) await desk.load(() => of(usdt("anna", 4n), usdt("bert", 6n), usdt("zeno", 7n)));
        yield usdt("bert", 6n);
      },
    });
    expect(await held()).toEqual([
      ["anna", 5n],
      ["bert", 6n],
    ]);
    const { revision } = book;
    let changed = false;
    await desk.replace(book, {
      ...{ prices: undefined, time },
      portfolios: async function* () {
        yield usdt("anna", 5n);
        yield* CROWD;
        if (!changed) {
          changed = true;
          await desk.change(row("anna").rows);
          await desk.tick({ instruments: [{ symbol: "BTC-PERP", markPrice: "59000" }] });
        }
        yield usdt("bert", 6n);
      },
    });
    expect(await held()).toEqual([
      ["anna", 5n],
      ["bert", 6n],
    ]);
    // The rows, the tick, and that anna is what was read.
    expect([book.tick, book.revision]).toEqual([1, revision + 3]);
    expect(JSON.stringify(book.json)).toContain('"59000"');
  });

  it("that is the same moves nothing on, and is no reason for another epoch", async () => {
    const same = { portfolios: () => of(usdt("anna", 5n)), prices: undefined, time };
    await desk.replace(book, same);
    const { revision } = book;
    expect(await desk.replace(book, same)).toMatchObject({ evaluated: 0, events: 0, tick: 0 });
    expect(book.revision).toBe(revision);
    const prices = [{ symbol: "BTC-PERP", markPrice: "60000.50" }];
    expect(await desk.replace(book, { ...same, prices })).toMatchObject({ moved: 0, evaluated: 0, tick: 1 });
    expect([book.revision, book.live.market.time]).toEqual([revision + 1, time]);
  });

  it("is not taken in where there is another by then, nor half of it where the rest can't be read", async () => {
    await desk.replace(book, { portfolios: () => of(usdt("anna", 5n)), prices: undefined, time });
    const halves = async function* () {
      yield usdt("bert", 6n);
      throw new Error("lost");
    };
    await expect(desk.replace(book, { portfolios: halves, prices: undefined, time })).rejects.toThrow("lost");
    const prices = [{ symbol: "DOGE-PERP", markPrice: "1" }];
    await expect(
      desk.replace(book, { portfolios: () => of(usdt("bert", 6n)), prices, time }),
    ).rejects.toMatchObject({ code: "ACCOUNT_UNKNOWN_INSTRUMENT" });
    expect(await held()).toEqual([["anna", 5n]]);
    const others = async function* () {
      yield usdt("bert", 6n);
      await desk.begin({ market: TINY_MARKET, model: undefined, clearBp: 100 });
    };
    await expect(desk.replace(book, { portfolios: others, prices: undefined, time })).rejects.toThrow();
    expect(desk.loaded).toBeUndefined();
  });
});

describe("a book of which a thread ended by itself", () => {
  it("is no book any more when whoever asked that thread hears of it, and is counted once", async () => {
    await desk.load(() => of(usdt("anna", 5n)));
    // No row brings this about: a holding without a quantity ends the thread that takes it.
    const broken = [{ account: "bert", pocket: "", holdings: [["USDT", undefined]] }];
    await expect(book.engine.load(broken as unknown as LivePortfolio[])).rejects.toThrow();
    expect(desk.loaded).toBeUndefined();
    expect([lost, desk.lostBooks]).toEqual([[book.id], 1]);
    expect(() => desk.book).toThrow("no live book");
    await desk.begin({ market: TINY_MARKET, model: undefined, clearBp: 100 });
    await desk.close();
    expect(desk.lostBooks, "ended by who was told to").toBe(1);
  });
});

it("is asked when its turn has come whether rows are still taken", async () => {
  await desk.load(() => of(usdt("anna", 5n)));
  let owned = false;
  const before = desk.withBook(async () => {
    owned = true;
  });
  const allow = (): void => {
    if (owned) throw new Error("owned");
  };
  const prices = { instruments: [{ symbol: "BTC-PERP", markPrice: "59000" }] };
  const asked = await Promise.allSettled([
    before,
    desk.change(row("anna").rows, allow),
    desk.tick(prices, allow),
  ]);
  expect(asked.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  expect(await held()).toEqual([["anna", 5n]]);
  expect(book.tick).toBe(0);
});

it("under prices of its own names no evidence of those before, and no statement", async () => {
  const named = { priceEvidence: `0x${"ab".repeat(32)}`, previousStatement: `0x${"cd".repeat(32)}` };
  book = await desk.begin({ market: { ...TINY_MARKET, ...named }, model: undefined, clearBp: 100 });
  await desk.load(() => of(usdt("anna", 5n)));
  expect(book.json).toMatchObject(named);
  await desk.tick({ instruments: [{ symbol: "BTC-PERP", markPrice: "59000" }] });
  for (const name of Object.keys(named)) expect(book.json).not.toHaveProperty(name);
});
