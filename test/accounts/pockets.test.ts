import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BadRowsError, type Portfolio, readPortfolios } from "../../src/accounts/index.js";
import { loadProfile } from "../../src/keys/instances.js";
import { listedInstruments } from "../../src/market/index.js";
import { addToTotals } from "../../src/protocol/chain.js";
import { toRecord } from "../../src/protocol/fitShape.js";
import { indexRows, laneQuantities, RowSums } from "../../src/protocol/rowSums.js";
import { type Totals, ZERO_TOTALS } from "../../src/protocol/state.js";
import { evaluator } from "../support/tinyEpoch.js";
import { tinyMarket, tinyTable } from "../support/tinyMarket.js";
import { KEY, MARKET } from "./market.js";
import { collect, failure, workspace } from "./support.js";

const { write } = await workspace();
let files = 0;
const HEADER = "account,pocket,instrument,quantity,entry_price\n";

async function read(data: string, ending = "csv", rules = MARKET): Promise<Portfolio[]> {
  const path = await write(`pockets-${files++}.${ending}`, data);
  return collect(readPortfolios(path, rules, { shuffleKey: KEY }));
}

const byName = (portfolios: readonly Portfolio[]) =>
  Object.fromEntries(portfolios.map((p) => [`${p.account}|${p.pocket}`, Object.fromEntries(p.holdings)]));

describe("pockets of an account", () => {
  const rows = `${HEADER}alice,,USDT,100,
bob,P,USDT,7,
alice,P,BTC-FUTURE,0.001,0.05
alice,Q,BTC-FUTURE,-0.002,0.05
alice,,BTC-FUTURE,0.001,0.05
alice,P,USDT,1,
alice,P,USDT,2,
`;
  const expected = {
    "alice|": { USDT: 10_000n, "BTC-FUTURE": 1n, PNL: -1n },
    "alice|P": { USDT: 300n, "BTC-FUTURE": 1n, PNL: -1n },
    // 0.0001 exactly; netted with the others' -0.00005 each, nothing would be left.
    "alice|Q": { "BTC-FUTURE": -2n, PNL: 1n },
    "bob|P": { USDT: 700n },
  };

  it("are netted, settled and rounded each by itself", async () => {
    expect(byName(await read(rows))).toEqual(expected);
  });

  it("are the same from NDJSON, with the key left out or empty for the cross pocket", async () => {
    const lines = rows
      .trim()
      .split("\n")
      .slice(1)
      .map((line, i) => {
        const [account, pocket, instrument, quantity, entry] = line.split(",");
        return JSON.stringify({
          account,
          ...(pocket === "" && i % 2 === 0 ? {} : { pocket }),
          instrument,
          quantity,
          ...(entry === "" ? {} : { entry_price: entry }),
        });
      });
    expect(byName(await read(lines.join("\n"), "ndjson"))).toEqual(expected);
  });

  it("stand in an order that doesn't keep an account's together, and that cross pockets don't change", async () => {
    const names = Array.from({ length: 40 }, (_, i) => `p${i}`);
    const cross = names.map((name) => `${name},,USDT,1,`);
    const isolated = names.map((name) => `p0,${name},USDT,1,`);
    const both = await read(HEADER + [...isolated, ...cross].join("\n"));
    const order = both.map(({ account, pocket }) => (pocket === "" ? account : "isolated"));
    const plain = await read(HEADER + cross.join("\n"));
    expect(order.filter((name) => name !== "isolated")).toEqual(plain.map(({ account }) => account));
    const runs = order.filter((name, i) => (name === "isolated") !== (order[i - 1] === "isolated"));
    expect(runs.length).toBeGreaterThan(15);
  });

  it.each([
    ["cross", /no name for an isolated pocket/],
    ["CROSS", /no name for an isolated pocket/],
    ["two words", /visible ASCII/],
    ['"a,b"', /visible ASCII/],
    ["п", /visible ASCII/],
    ["a\u200b", /visible ASCII/],
    ["x".repeat(65), /1 to 64/],
  ])("a pocket can't be called %j", async (pocket, reason) => {
    const error = await failure(() => read(`${HEADER}alice,,USDT,1,\nalice,${pocket},USDT,1,\n`));
    expect(error.code).toBe("ACCOUNTS_BAD_ROWS");
    const [bad] = (error as BadRowsError).badRows;
    expect(bad).toMatchObject({ line: 3, column: "pocket", reason: expect.stringMatching(reason) });
    expect(error.message).toMatch(/:3, column pocket: /);
    if (pocket.startsWith('"')) return;
    const row = JSON.stringify({ account: "alice", pocket, instrument: "USDT", quantity: "1" });
    const ndjson = await failure(() => read(`${row}\n`, "ndjson"));
    expect((ndjson as BadRowsError).badRows).toMatchObject([{ line: 1, column: "pocket" }]);
  });

  it("a pocket that is no string, or a column twice", async () => {
    const row = '{"account":"a","pocket":null,"instrument":"USDT","quantity":"1"}\n';
    expect((await failure(() => read(row, "ndjson"))).message).toMatch(/column pocket: is not a string/);
    const twice = await failure(() => read("account,pocket,pocket,instrument,quantity\na,,,USDT,1\n"));
    expect([twice.code, twice.message]).toEqual([
      "ACCOUNTS_BAD_HEADER",
      expect.stringMatching("column pocket twice"),
    ]);
  });

  it("the pocket is named when it holds too much", async () => {
    const error = await failure(() => read(`${HEADER}rich,P,BTC,45035996.27370496,\n`));
    expect(error.code).toBe("ACCOUNT_QUANTITY_TOO_LARGE");
    expect(error.message).toMatch(/^isolated pocket "P" of account "rich" holds/);
  });
});

describe("an exchange with pockets", () => {
  const shape = loadProfile("p16").accounts.find(
    ({ groups, bracketed }) => groups === 3 && bracketed === 12,
  )!;

  /** Everything that a statement publishes of a book. */
  function published(portfolios: readonly Portfolio[]): { totals: Totals; quantities: bigint[] } {
    const rows = indexRows(tinyTable);
    const sums = new RowSums(tinyTable.rows.length);
    let totals: Totals = ZERO_TOTALS;
    for (const { holdings } of portfolios) {
      const record = toRecord(tinyTable, shape, evaluator.evaluate(holdings), 1n);
      sums.addAccount(record, rows, 1n);
      totals = addToTotals(totals, record);
    }
    return { totals, quantities: laneQuantities(tinyTable, sums) };
  }

  it("has the totals of the same exchange with every pocket as an account of its own", async () => {
    const amount = (scale: number) =>
      fc.integer({ min: -99_999, max: 99_999 }).map((n) => {
        const [whole, part] = [Math.floor(Math.abs(n) / 10 ** scale), Math.abs(n) % 10 ** scale];
        return `${n < 0 ? "-" : ""}${whole}${scale === 0 ? "" : `.${String(part).padStart(scale, "0")}`}`;
      });
    const held = fc.oneof(
      fc.tuple(fc.constant("USDT"), amount(0), fc.constant("")),
      fc.tuple(fc.constant("BTC"), amount(5), fc.constant("")),
      fc.tuple(fc.constant("BTC-PERP"), amount(3), fc.constantFrom("60000.5", "61234.5678")),
      fc.tuple(fc.constant("BTC-60000-C"), amount(2), fc.constant("settled")),
    );
    const row = fc.tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("", "P", "Q"), held);
    let leaks = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 25 }), async (rows) => {
        const table = (id: (account: string, pocket: string) => string) =>
          HEADER + rows.map(([account, pocket, own]) => `${id(account, pocket)},${own.join(",")}`).join("\n");
        const rules = listedInstruments(tinyMarket);
        const pockets = published(
          await read(
            table((account, pocket) => `${account},${pocket}`),
            "csv",
            rules,
          ),
        );
        const apart = published(
          await read(
            table((account, pocket) => `${account}/${pocket},`),
            "csv",
            rules,
          ),
        );
        expect(pockets).toEqual(apart);
        const netted = published(
          await read(
            table((account) => `${account},`),
            "csv",
            rules,
          ),
        );
        expect(netted.totals.badDebt <= pockets.totals.badDebt).toBe(true);
        if (netted.totals.badDebt < pockets.totals.badDebt) leaks++;
      }),
      { numRuns: 60 },
    );
    // Netting really is another figure: the property is not empty.
    expect(leaks).toBeGreaterThan(5);
  });
});
