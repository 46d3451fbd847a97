import { describe, expect, it } from "vitest";
import { type BadRowsError, openSnapshot, readPortfolios } from "../../src/accounts/index.js";
import { compileTable, listedInstruments } from "../../src/market/index.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { readingNotes } from "../../src/prover/lookedWrong.js";
import { parsedVariants } from "../support/variantMarket.js";
import { KEY } from "./market.js";
import { collect, failure, workspace } from "./support.js";

const { write } = await workspace();
let files = 0;
const HEADER = "account,instrument,side,leverage,quantity,entry_price\n";
const MARKETS = {
  net: parsedVariants("net", ""),
  hedge: parsedVariants("hedge", ""),
  netLeverage: parsedVariants("net"),
  hedgeLeverage: parsedVariants("hedge"),
};

async function read(market: keyof typeof MARKETS, rows: string, header = HEADER, ending = "csv") {
  const path = await write(`variants-${files++}.${ending}`, header + rows);
  const found = await collect(readPortfolios(path, listedInstruments(MARKETS[market]), { shuffleKey: KEY }));
  return Object.fromEntries(found.map(({ account, holdings }) => [account, Object.fromEntries(holdings)]));
}

const refusals = async (market: keyof typeof MARKETS, rows: string) => {
  const error = (await failure(() => read(market, rows))) as BadRowsError;
  return error.badRows.map(({ line, column, reason }) => `${line} ${column}: ${reason}`);
};

describe("hedge mode", () => {
  it("holds and margins both legs of a contract, whether sizes are signed or not", async () => {
    const own = await read(
      "hedge",
      "a,USDT,,,5000,\na,ETH-PERP,long,,31.30,3100\na,ETH-PERP,short,,4.00,3200\nb,ETH-PERP,short,10,-1.5,3000\n",
    );
    expect(own).toEqual({
      a: {
        USDT: 500_000n,
        // -31.3 * 3100 + 4 * 3200
        "USDT-PNL": -842_300_000n,
        "ETH-PERP.L": 3130n,
        "ETH-PERP.S": -400n,
      },
      b: { "USDT-PNL": 45_000_000n, "ETH-PERP.S": -150n },
    });
    const evaluated = new Evaluator(compileTable(MARKETS.hedge)).evaluate(new Map(Object.entries(own.a!)));
    // 1% of 90,000 and 5% of the 3,931.3 above; 1% of 12,004: by hand, not of the net 27.3.
    expect(evaluated.maintenance).toBe(900_0000_000000n + 196_5650_000000n + 120_0400_000000n);
  });

  it("takes the sign for the side where a row states none, and keeps apart what has both", async () => {
    const rows = "a,ETH-PERP,1,3000\na,ETH-PERP,-1,3050\na,ETH-PERP.S,-0.5,3000\n";
    const header = "account,instrument,quantity,entry_price\n";
    expect((await read("hedge", rows, header)).a).toMatchObject({ "ETH-PERP.L": 100n, "ETH-PERP.S": -150n });
    expect((await read("net", rows.replace("PERP.S", "PERP"), header)).a).toMatchObject({ "ETH-PERP": -50n });
  });

  it("reads the same from NDJSON", async () => {
    const row = { account: "a", instrument: "ETH-PERP", side: "short", quantity: "2", entry_price: "3000" };
    expect(await read("hedge", JSON.stringify(row), "", "ndjson")).toEqual({
      a: { "USDT-PNL": 60_000_000n, "ETH-PERP.S": -200n },
    });
  });

  it("refuses what contradicts itself, line by line", async () => {
    const rows =
      "a,ETH-PERP,long,,-1,3000\na,ETH-PERP,both,,1,3000\na,ETH-PERP.L,short,,1,3000\na,ETH-PERP.L,,,-1,3000\na,USDT,long,,1,\na,SOL-PERP,long,,1,3\na,ETH-PERP,long,-,1,3000\n";
    expect(await refusals("hedge", rows)).toEqual([
      '2 quantity: "-1" is below 0, and the row\'s side is long',
      '3 side: "both" is not a side',
      "4 side: is short, and ETH-PERP.L is for long positions alone",
      "5 quantity: is short, and ETH-PERP.L is for long positions alone",
      "6 side: is not allowed on USDT, which is no contract",
      '7 instrument: "SOL-PERP" is not in the market',
      '8 leverage: "-" is not a plain decimal number',
    ]);
  });
});

describe("net mode", () => {
  it("never nets two legs that the file states, and takes them in pockets of their own", async () => {
    const rows = "a,ETH-PERP,long,,1,3000\na,ETH-PERP,short,,1,3050\n";
    expect(await failure(() => read("net", rows))).toMatchObject({
      code: "ACCOUNT_POSITION",
      message: expect.stringMatching(
        /account "a" has a long and a short leg of ETH-PERP, and its positions are net$/,
      ),
      options: { hint: expect.stringContaining("positionMode: hedge") },
    });
    const pockets = "account,pocket,instrument,side,quantity,entry_price\n";
    const apart = await write(
      "pockets.csv",
      `${pockets}a,L,ETH-PERP,long,1,3000\na,S,ETH-PERP,short,1,3050\n`,
    );
    const found = await collect(readPortfolios(apart, listedInstruments(MARKETS.net), { shuffleKey: KEY }));
    expect(found.map(({ pocket, holdings }) => [pocket, holdings.get("ETH-PERP")]).sort()).toEqual([
      ["L", 100n],
      ["S", -100n],
    ]);
  });
});

describe("what the file left to its reader is counted", () => {
  it("netted rows, split positions, and positions settled elsewhere", async () => {
    const rows =
      "a,ETH-PERP,,5,2,3000\na,ETH-PERP,,5,-1,3010\nb,ETH-PERP,,5,1,settled\nb,ETH-PERP,,20,1,3000\n" +
      "c,ETH-PERP,,5,1,3000\nc,ETH-PERP,,20,1,3000\nc,ETH-PERP,,20,-1,3000\nd,ETH-PERP,,1,0,settled\ne,USDT,,,-5,\ne,USDT,,,6,\n";
    const path = await write("facts.csv", HEADER + rows);
    const snapshot = await openSnapshot(path, listedInstruments(MARKETS.netLeverage), { shuffleKey: KEY });
    try {
      for (let time = 0; time < 2; time++) {
        await collect(snapshot.portfolios());
        expect(snapshot.facts).toEqual({ settled: 1, netted: 2, split: 1 });
      }
      expect(readingNotes(snapshot.facts)).toEqual([
        expect.stringMatching(/^2 margin accounts have rows of both signs of one contract: .*\(net\)$/),
        expect.stringMatching(/^1 margin account has a contract in several leverages/),
        expect.stringMatching(/^1 position says settled/),
      ]);
      expect(readingNotes({ settled: 0, netted: 0, split: 0 })).toEqual([]);
    } finally {
      snapshot.close();
    }
  });
});

describe("leverage", () => {
  it("chooses the variant, however it is written", async () => {
    const rows = "a,ETH-PERP,,20,1,3000\nb,ETH-PERP,,5.0,-1,3000\nc,ETH-PERP.1x,,1,1,3000\n";
    const own = await read("netLeverage", rows);
    expect(
      Object.values(own)
        .flatMap((h) => Object.keys(h).filter((s) => s !== "USDT-PNL"))
        .sort(),
    ).toEqual(["ETH-PERP.1x", "ETH-PERP.20x", "ETH-PERP.5x"]);
    const hedged = await read("hedgeLeverage", "a,ETH-PERP,long,20,1,3000\na,ETH-PERP,short,5,1,3001\n");
    expect(Object.keys(hedged.a!).slice(1)).toEqual(["ETH-PERP.L.20x", "ETH-PERP.S.5x"]);
  });

  it("is stated, known, and that of the variant named", async () => {
    const rows = "a,ETH-PERP,,,1,3000\na,ETH-PERP,,7,1,3000\na,ETH-PERP.5x,,20,1,3000\na,USDT,,5,1,\n";
    expect(await refusals("netLeverage", rows)).toEqual([
      "2 leverage: is missing: ETH-PERP has variants of leverage 1, 5, 20",
      '3 leverage: "7" is not one of ETH-PERP\'s: 1, 5, 20',
      '4 leverage: "20" is not that of ETH-PERP.5x, 5',
      "5 leverage: is not allowed on USDT, which is no contract",
    ]);
  });

  it("may be several of one contract: positions that are margined apart, each from its first bracket on", async () => {
    const { a } = await read("netLeverage", "a,ETH-PERP,,20,40,3000\na,ETH-PERP,,5,40,3000\n");
    const { maintenance } = new Evaluator(compileTable(MARKETS.netLeverage)).evaluate(
      new Map(Object.entries(a!)),
    );
    // Twice 1% of 90,000 and 5% of the 30,040 above; one position of 240,080 would pay 900 + 7,504.
    expect(maintenance).toBe(2n * (900_0000_000000n + 1502_0000_000000n));
  });

  it("is of one position in net mode: long in one and short in another is none", async () => {
    const rows = "a,ETH-PERP.1x,,,1,3000\na,ETH-PERP.5x,,,-1,3000\n";
    expect(await failure(() => read("netLeverage", rows))).toMatchObject({
      code: "ACCOUNT_POSITION",
      message: expect.stringMatching(
        /is long of ETH-PERP as ETH-PERP.1x and short as ETH-PERP.5x, and its positions are net$/,
      ),
    });
    const flat = "a,ETH-PERP.1x,,,1,3000\na,ETH-PERP.1x,,,-1,3010\na,ETH-PERP.5x,,,-1,3000\n";
    expect((await read("netLeverage", flat)).a).toMatchObject({ "ETH-PERP.5x": -100n });
    const closed = "a,ETH-PERP.1x,,,1,3000\na,ETH-PERP.5x,,,-1,3000\na,ETH-PERP.5x,,,2,3000\n";
    expect((await read("netLeverage", closed)).a).toMatchObject({ "ETH-PERP.1x": 100n, "ETH-PERP.5x": 100n });
  });
});
