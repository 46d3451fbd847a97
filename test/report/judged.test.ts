import { describe, expect, it } from "vitest";
import {
  compileTable,
  instrumentTerms,
  type MarketJson,
  parseMarket,
  stressMoves,
} from "../../src/market/index.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import type { Statement } from "../../src/protocol/statement.js";
import { accountReport } from "../../src/report/accountReport.js";
import { accountText } from "../../src/report/accountText.js";
import { judgedRows, judgedText } from "../../src/report/judgedText.js";
import { marketSummary } from "../../src/report/marketSummary.js";
import { judgedBy } from "../../src/verifier/judgedBy.js";
import { instrumentOf, smallMarket } from "../market/smallMarket.js";

/** Customers' coins booked as a contract without margin that is called after the coin: nothing of it is in reserve. */
function coinsAsContract(kind: "perpetual" | "option"): MarketJson {
  const market = smallMarket();
  market.instruments = market.instruments.filter(({ symbol }) => symbol.startsWith("USDT"));
  market.instruments.push({
    symbol: "BTC",
    kind,
    quantityStep: "0.00001",
    markPrice: "60000",
    maintenance: { liquidationFeeRate: "0" },
    stressGains: ["-18000"],
  });
  return { ...market, reserves: { USDT: "700000" } };
}

/** Everybody holds these instruments, nobody the others. */
const heldIn = (market: MarketJson, ...symbols: string[]) =>
  ({
    quantities: market.instruments.map(({ symbol }) =>
      symbols.includes(symbol) ? { long: 1n, short: 1n } : { long: 0n, short: 0n },
    ),
  }) as unknown as Statement;

describe("an instrument is called what it is", () => {
  it.each(["perpetual", "option"] as const)("a holder's 10 BTC that are a %s", (kind) => {
    const market = parseMarket(coinsAsContract(kind));
    const table = compileTable(market);
    const holdings = new Map([["BTC", 1_000_000n]]);
    const opening = { pocket: "", salt: new Uint8Array(32), batch: 0, position: 0, holdings, path: [] };
    const pockets = [{ opening, evaluation: new Evaluator(table).evaluate(holdings) }];
    const report = accountReport({ account: "alice", pockets }, market, table);
    expect(accountText(report)).toMatch(
      new RegExp(`BTC +10 +60,000 +600,000 +- +${kind}, a claim on the exchange`),
    );
    expect(report.pockets[0]!.positions[0]).toMatchObject({
      kind,
      asset: null,
      settledIn: "USDT",
      contract: null,
    });
    expect(report.holdings[0]).toMatchObject({ kind, words: `${kind}, a claim on the exchange` });
  });

  it("in words for every kind", () => {
    const market = smallMarket();
    const coin = { asset: "BTC", quantityStep: "0.001", markPrice: "60000", stressGains: ["-18000"] };
    market.instruments.push({ symbol: "BTC-2", kind: "asset", ...coin });
    market.instruments.push({ symbol: "BTC-PNL", kind: "settlement", ...coin });
    const contract = { ...instrumentOf(market, "BTC-PERP"), quantityStep: "1", settlement: "BTC-PNL" };
    market.instruments.push({ ...contract, symbol: "BTC-Q" });
    market.instruments.push({
      ...contract,
      symbol: "BTC-INV",
      markPrice: "-100",
      inverse: { contract: "100" },
    });
    const terms = instrumentTerms(parseMarket(market));
    expect(Object.fromEntries([...terms].map(([symbol, { words }]) => [symbol, words]))).toEqual({
      USDT: "asset",
      BTC: "asset",
      "BTC-2": "asset BTC",
      "USDT-PNL": "profit or loss in USDT not yet paid, a claim on the exchange",
      "BTC-PNL": "profit or loss in BTC not yet paid, a claim on the exchange",
      "BTC-PERP": "perpetual, a claim on the exchange",
      "BTC-Q": "perpetual, paid in BTC, a claim on the exchange",
      "BTC-INV": "inverse perpetual of 100 USDT, paid in BTC, a claim on the exchange",
      CALL: "option, a claim on the exchange",
    });
    expect(terms.get("BTC-INV")).toMatchObject({ kind: "perpetual", settledIn: "BTC", contract: "100" });
  });
});

describe("what a book was judged by", () => {
  const rows = (market: MarketJson, ...held: string[]) =>
    Object.fromEntries(judgedRows(judgedBy(parseMarket(market), heldIn(market, ...held), undefined)));

  it("names tiers of an asset that can be had twice, and a second instrument that is no way around them", () => {
    const beside = (own: object, other: object) => {
      const market = smallMarket();
      const plain = { haircut: undefined, borrowRate: undefined };
      const btc = Object.assign(instrumentOf(market, "BTC"), plain, own);
      market.instruments.push({ ...btc, symbol: "BTC-2", asset: "BTC", ...plain, ...other });
      return market;
    };
    const [haircut, borrowRate] = [
      [
        { valueFloor: "0", ratio: "0.95" },
        { valueFloor: "100000", ratio: "0.9" },
      ],
      [
        { valueFloor: "0", rate: "0.05" },
        { valueFloor: "100000", rate: "0.1" },
      ],
    ];
    const flat = (ratio: string) => ({ haircut: [{ valueFloor: "0", ratio }] });
    const words = "what is held of one asset in both pays a first tier in each: ";
    const row = (own: object, other: object) => rows(beside(own, other))["tiers that can be SPLIT"];
    expect(row({ haircut }, {})).toBe(`${words}BTC beside BTC-2`);
    expect(row({ haircut }, { haircut })).toBe(`${words}BTC beside BTC-2; BTC-2 beside BTC`);
    expect(row({ haircut }, flat("0.901"))).toBe(`${words}BTC beside BTC-2`);
    expect(row(flat("0.95"), { haircut })).toBe(`${words}BTC-2 beside BTC`);
    expect(row({ borrowRate }, {})).toBe(`${words}BTC beside BTC-2`);
    expect(row({ borrowRate }, { borrowRate: "0.099" })).toBe(`${words}BTC beside BTC-2`);
    for (const [own, other] of [
      [{ haircut }, flat("0.9")],
      [{ borrowRate }, { borrowRate: "0.1" }],
      [flat("0.8"), { borrowRate: "0.01" }],
    ] as const) {
      const market = beside(own, other);
      expect(rows(market)).not.toHaveProperty("tiers that can be SPLIT");
      // And so it is: no split of 600,000 is charged less than the cheaper instrument charges for all of it.
      const evaluator = new Evaluator(compileTable(parseMarket(market)));
      const charge = (one: bigint, more: bigint) =>
        evaluator.evaluate(new Map(Object.entries({ BTC: one, "BTC-2": more }))).maintenance;
      for (const sign of [1n, -1n]) {
        const [all, none] = [charge(sign * 10_000n, 0n), charge(0n, sign * 10_000n)];
        for (const part of [1n, 1_600n, 1_700n, 5_000n, 9_999n])
          expect(charge(sign * part, sign * (10_000n - part))).toBeGreaterThanOrEqual(
            all < none ? all : none,
          );
      }
    }
    // Other assets' tiers are none of theirs.
    expect(rows(smallMarket())).not.toHaveProperty("tiers that can be SPLIT");
  });

  it("counts kinds, and names reserves and factors", () => {
    const market = { ...smallMarket(), marginCallBp: 10_000 };
    expect(rows(market, "BTC")).toMatchObject({
      assets: "2: USDT, BTC",
      settlements: "1, claims on the exchange: USDT-PNL",
      perpetuals: "1, claims on the exchange: BTC-PERP",
      options: "1, claims on the exchange: CALL",
      "reserves declared": "USDT 500; BTC 2",
      "initial requirement": "1.3 times the groups' worst losses, and the initial brackets",
      "margin call": "below 1 times the initial requirement: NOBODY is ever in margin call",
      prices: "the exchange's word",
    });
    expect(rows({ ...market, reserves: {} })).toMatchObject({ "reserves declared": "none" });
    expect(rows(market)).not.toHaveProperty("futures");
    expect(rows(coinsAsContract("perpetual"), "BTC")).toMatchObject({
      assets: "1: USDT",
      perpetuals: "1, claims on the exchange: BTC",
      "reserves declared": "USDT 700,000",
    });
  });

  it("names the first of many in words, and all for scripts", () => {
    const market = smallMarket();
    for (let n = 0; n < 9; n++)
      market.instruments.push({ ...instrumentOf(market, "CALL"), symbol: `PUT-${n}` });
    expect(rows(market).options).toBe(
      "10, claims on the exchange: CALL, PUT-0, PUT-1, PUT-2, PUT-3 and 5 more",
    );
    expect(judgedBy(parseMarket(market), heldIn(market), undefined).instruments).toHaveLength(14);
  });

  it("gives the quorum and age of signed prices", () => {
    const policy = { quorum: 3, maxAgeSeconds: 60 } as NonNullable<Parameters<typeof judgedBy>[2]>["policy"];
    const market = smallMarket();
    const text = (modelled: string[], pinned: boolean) =>
      judgedText(judgedBy(parseMarket(market), heldIn(market), { policy, modelled }, pinned));
    expect(text([], true)).toMatch(
      /prices +signed, by at least 3 signers on your price policy each, at most 60 s old$/m,
    );
    expect(text(["CALL"], false)).toMatch(
      /prices +signed, by at least 3 signers that the bundle itself names each, at most 60 s old; 1 options by nobody$/m,
    );
  });

  it("lists what requires nothing, by side, and what is worth nothing", () => {
    const market = smallMarket();
    expect(rows(market)).not.toHaveProperty("requires NOTHING");
    expect(rows(market)).not.toHaveProperty("worth NOTHING");
    const zero = { brackets: [{ notionalFloor: "0", rate: "0" }] };
    const perp = { ...instrumentOf(market, "BTC-PERP"), maintenance: zero };
    const charged = { brackets: [{ notionalFloor: "0", rate: "0.01" }] };
    const call = { ...instrumentOf(market, "CALL"), maintenance: undefined };
    market.instruments.push(
      { ...perp, symbol: "ETH-PERP" },
      { ...perp, symbol: "SOL-PERP", maintenance: { long: charged, short: zero } },
      { ...perp, symbol: "XRP-PERP", scenarioGains: { G: ["-6.01", "0"] } },
      { ...perp, symbol: "ADA-PERP", maintenance: { ...zero, liquidationFeeRate: "0.0001" } },
      // A rate that is none, and a first tier that nobody leaves.
      { ...perp, symbol: "LTC-PERP", maintenance: { brackets: [{ notionalFloor: "0", rate: "0.0000999" }] } },
      {
        ...perp,
        symbol: "TRX-PERP",
        maintenance: { brackets: [...zero.brackets, { notionalFloor: "9", rate: "1" }] },
      },
      // Worth nothing: whoever is long of it has nothing to lose; whoever is short of it has.
      { ...call, symbol: "FAR-1", markPrice: "0", scenarioGains: { G: ["0", "0.1"] } },
      { ...call, symbol: "FAR-2", markPrice: "0", scenarioGains: { G: ["0", "0"] } },
      { ...call, symbol: "FAR-3", scenarioGains: { G: ["-6.1", "0"] } },
    );
    Object.assign(instrumentOf(market, "BTC"), { markPrice: "0", stressGains: ["0"] });
    const judged = judgedBy(parseMarket(market), heldIn(market), undefined);
    expect(judged.noRequirement).toEqual([
      { symbol: "ETH-PERP", sides: ["long", "short"] },
      { symbol: "SOL-PERP", sides: ["short"] },
      { symbol: "XRP-PERP", sides: ["short"] },
      { symbol: "LTC-PERP", sides: ["long", "short"] },
      { symbol: "TRX-PERP", sides: ["long", "short"] },
      { symbol: "FAR-2", sides: ["short"] },
      { symbol: "FAR-3", sides: ["short"] },
    ]);
    expect(Object.fromEntries(judgedRows(judged))).toMatchObject({
      "requires NOTHING":
        "7, no more than 0.01% of their price: ETH-PERP, SOL-PERP short, XRP-PERP short, LTC-PERP, TRX-PERP and 2 more",
      "worth NOTHING": "price 0, and debts in it count for nothing: BTC",
    });
  });

  it("lists what a side's own gains, or a part with its group, require nothing of", () => {
    const market = smallMarket();
    const [group] = market.groups;
    market.groups.push({ ...group!, name: "P", within: "G" });
    const call = { ...instrumentOf(market, "CALL"), maintenance: undefined };
    const [nothing, loss] = ["0", "-700"];
    market.instruments.push(
      { ...call, symbol: "SIDED", scenarioGains: { G: [{ long: loss, short: nothing }, nothing] } },
      // What the part takes the group has given: 700 and -700, and only then the short pays.
      { ...call, symbol: "OUTWEIGHED", scenarioGains: { P: [loss, nothing], G: ["700", nothing] } },
      { ...call, symbol: "PART", scenarioGains: { P: [loss, nothing] } },
    );
    expect(judgedBy(parseMarket(market), heldIn(market), undefined).noRequirement).toEqual([
      { symbol: "SIDED", sides: ["short"] },
      { symbol: "OUTWEIGHED", sides: ["long"] },
      { symbol: "PART", sides: ["short"] },
    ]);
  });

  it("says that nothing was stressed", () => {
    const market = { ...smallMarket(), stress: [] };
    for (const i of market.instruments) delete i.stressGains;
    expect(rows(market).stress).toBe("NOTHING WAS STRESSED: the exchange published no scenario");
    const parsed = parseMarket(market);
    expect(marketSummary(parsed, compileTable(parsed))).toMatch(/^ {2}stress +none$/m);
  });

  it("shows by how much a scenario moves what is held, whatever it is called", () => {
    const market = smallMarket();
    market.stress = [{ name: "all markets -90%" }];
    expect(rows(market, "USDT", "USDT-PNL", "BTC", "CALL")["stress all markets -90%"]).toBe(
      "moves 2 of 2 instruments held, USDT aside, by at most -89.14% of the mark price",
    );
    instrumentOf(market, "BTC").stressGains = ["0"];
    instrumentOf(market, "CALL").stressGains = ["12345"];
    const held = rows(market, "BTC", "CALL")["stress all markets -90%"];
    expect(held).toBe("moves 1 of 2 instruments held, USDT aside, by at most +1,000% of the mark price");
    // Only what nobody holds moves.
    expect(rows(market, "USDT", "BTC")["stress all markets -90%"]).toBe(
      "moves NOTHING that anybody holds: 0 of 1 instruments held, USDT aside",
    );
  });

  it("never rounds a move up, and knows prices of 0 and below", () => {
    const market = smallMarket();
    market.stress = [{ name: "one" }, { name: "two" }];
    for (const i of market.instruments) if (i.stressGains !== undefined) i.stressGains = ["0", "0"];
    Object.assign(instrumentOf(market, "BTC"), { stressGains: ["-0.1", "59999.9999"] });
    Object.assign(instrumentOf(market, "BTC-PERP"), { markPrice: "-100", stressGains: ["-250.019", "0"] });
    const free = { long: { liquidationFeeRate: "0" }, short: { liquidationFeeRate: "0" } };
    Object.assign(instrumentOf(market, "CALL"), {
      ...{ markPrice: "0", notionalPrice: "0", maintenance: free, stressGains: ["7", "0"] },
    });
    const parsed = parseMarket(market);
    expect(stressMoves(parsed, () => true)).toEqual([
      { name: "one", moved: 3, held: 3, fall: "250.01%", rise: null },
      { name: "two", moved: 1, held: 3, fall: null, rise: "99.99%" },
    ]);
    const call = parsed.instruments.findIndex(({ symbol }) => symbol === "CALL");
    expect(judgedRows(judgedBy(parsed, heldIn(market, "CALL"), undefined)).slice(-2)).toEqual([
      ["stress one", "moves 1 of 1 instruments held, USDT aside, from a mark price of 0"],
      ["stress two", "moves NOTHING that anybody holds: 0 of 1 instruments held, USDT aside"],
    ]);
    expect(stressMoves(parsed, (index) => index === call)[0]).toMatchObject({
      moved: 1,
      held: 1,
      rise: null,
    });
  });
});
