import { describe, expect, test } from "vitest";
import { insuranceChecks, type MarketJson, openBook, parseMarket } from "../../src/market/index.js";
import { evaluateRows } from "../sample/evaluateRows.js";

type Row = readonly [account: string, instrument: string, quantity: string, entryPrice?: string];

const usdt = { symbol: "USDT", kind: "asset", quantityStep: "0.01", markPrice: "1" } as const;
const btc = { symbol: "BTC", kind: "asset", quantityStep: "0.001", markPrice: "50000" } as const;

const BASE: MarketJson = {
  format: "marginproof/market/2",
  exchange: "One wallet",
  epoch: "e1",
  time: "2026-11-23T08:00:00Z",
  quote: "USDT",
  valueUnit: "0.00000001",
  initialFactorBp: 10_000,
  groups: [],
  stress: [{ name: "BTC -40%" }],
  insuranceFund: {},
  reserves: {},
  instruments: [
    usdt,
    { ...btc, stressGains: ["-20000"] },
    { symbol: "USDT-PNL", kind: "settlement", asset: "USDT", quantityStep: "0.01", markPrice: "1" },
    {
      symbol: "BTC-PERP",
      kind: "perpetual",
      quantityStep: "0.001",
      markPrice: "50000",
      maintenance: { brackets: [{ notionalFloor: "0", rate: "0.01" }] },
      stressGains: ["-20000"],
    },
  ],
};

/** The checks of the open book that the exact totals of these accounts fail, as `name subject`. */
function failing(rows: readonly Row[], declared: Partial<MarketJson>): string[] {
  const samples = rows.map(([account, instrument, quantity, entryPrice]) => ({
    ...{ account, pocket: "", instrument, quantity },
    ...(entryPrice === undefined ? {} : { entryPrice }),
  }));
  const { market, table, results, laneTotals } = evaluateRows(parseMarket({ ...BASE, ...declared }), samples);
  const debtOf = (values: readonly bigint[]) => values.reduce((sum, e) => (e < 0n ? sum - e : sum), 0n);
  const stressed = table.stressNames.map((_, z) => debtOf(results.map((r) => r.stressed[z]!)));
  const checks = [
    ...openBook(market, table, laneTotals).checks,
    ...insuranceChecks(market, debtOf(results.map((r) => r.equity)), stressed),
  ];
  return checks.filter(({ passed }) => !passed).map(({ name, subject }) => `${name} ${subject}`);
}

/** Paul has won 700,000 of Nora, who had 400,000: he is owed 1,000,000, and customers brought 700,000. */
const WINNER: readonly Row[] = [
  ["paul", "USDT", "300000"],
  ["paul", "BTC-PERP", "-35", "70000"],
  ["nora", "USDT", "400000"],
  ["nora", "BTC-PERP", "35", "70000"],
];

const calm = {
  stress: [],
  instruments: BASE.instruments.map(({ stressGains: _, ...rest }) => rest),
};

describe("one wallet is not reserve and insurance fund at once", () => {
  test("customers' own coins declared as the fund: half of what the winner is owed is missing", () => {
    const fund = { insuranceFund: { USDT: "700000" } };
    expect(failing(WINNER, { ...calm, ...fund, reserves: { USDT: "700000" } })).toEqual(["reserves USDT"]);
    expect(failing(WINNER, { ...calm, ...fund, reserves: { USDT: "1399999.99" } })).toEqual([
      "reserves USDT",
    ]);
    expect(failing(WINNER, { ...calm, ...fund, reserves: { USDT: "1400000" } })).toEqual([]);
    // The least that covers: what customers brought, and Nora's 300,000 of bad debt.
    const least = { insuranceFund: { USDT: "300000" }, reserves: { USDT: "1000000" } };
    expect(failing(WINNER, { ...calm, ...least })).toEqual([]);
  });

  test("the same in coins of another asset, which customers hold", () => {
    const rows: Row[] = [...WINNER, ["olga", "BTC", "6"]];
    const declared = { ...calm, insuranceFund: { BTC: "6" } };
    expect(failing(rows, { ...declared, reserves: { USDT: "700000", BTC: "6" } })).toEqual(["reserves BTC"]);
    expect(failing(rows, { ...declared, reserves: { USDT: "700000", BTC: "12" } })).toEqual([]);
  });

  test("a fund in coins that nobody holds and no reserve shows", () => {
    const declared = { ...calm, insuranceFund: { BTC: "6" }, reserves: { USDT: "700000" } };
    expect(failing(WINNER, declared)).toEqual(["reserves BTC"]);
  });

  test("a fund made of what customers owe: a loan to them is not there to pay with", () => {
    const rows: Row[] = [...WINNER, ["rita", "BTC", "-6"], ["rita", "USDT", "900000"]];
    const declared = { ...calm, insuranceFund: { BTC: "6" } };
    const reserves = { USDT: "1600000" };
    expect(failing(rows, { ...declared, reserves })).toEqual(["reserves BTC"]);
    expect(failing(rows, { ...declared, reserves: { ...reserves, BTC: "6" } })).toEqual([]);
  });
});

describe("a fund counts for what it is worth when it is needed", () => {
  /** Nora is 100,000 in debt at 50,000, and 800,000 at 30,000. */
  const rows: Row[] = [
    ["paul", "USDT", "300000"],
    ["paul", "BTC-PERP", "-35", "60000"],
    ["nora", "USDT", "250000"],
    ["nora", "BTC-PERP", "35", "60000"],
  ];
  test("coins that cover the debt of a crash at today's price only", () => {
    const of = (amount: string) => ({
      insuranceFund: { BTC: amount },
      reserves: { USDT: "550000", BTC: "100" },
    });
    expect(failing(rows, of("16"))).toEqual(["stress-insurance BTC -40%"]);
    expect(failing(rows, of("26.666"))).toEqual(["stress-insurance BTC -40%"]);
    expect(failing(rows, of("26.667"))).toEqual([]);
  });

  test("a token of the exchange's own: its haircut tiers bound what any amount of it counts for", () => {
    const haircut = [
      { valueFloor: "0", ratio: "0.5" },
      { valueFloor: "100000", ratio: "0" },
    ];
    const token = { ...btc, symbol: "OWN", haircut };
    const declared = {
      ...calm,
      instruments: [...calm.instruments, token],
      insuranceFund: { OWN: "1000000" },
      reserves: { USDT: "550000", OWN: "1000000" },
    };
    expect(failing(rows, declared)).toEqual(["insurance now"]);
  });
});

describe("a bankrupt account's debt nets what others are owed in its asset", () => {
  /** The house account owes the 10 BTC that Olga holds, and has nothing. */
  const rows: Row[] = [
    ["olga", "BTC", "10"],
    ["house", "BTC", "-10"],
  ];
  test("no reserve is asked for in the asset; its value is asked of the fund, now and under stress", () => {
    expect(failing(rows, {})).toEqual(["insurance now", "stress-insurance BTC -40%"]);
    const fund = (amount: string) => ({ insuranceFund: { USDT: amount }, reserves: { USDT: amount } });
    expect(failing(rows, fund("499999.99"))).toEqual(["insurance now"]);
    expect(failing(rows, fund("500000"))).toEqual([]);
    // A rise must be among the scenarios for its debt to be seen.
    const rise = {
      stress: [{ name: "BTC +40%" }],
      instruments: BASE.instruments.map((i) => ("stressGains" in i ? { ...i, stressGains: ["20000"] } : i)),
    };
    expect(failing(rows, { ...rise, ...fund("500000") })).toEqual(["stress-insurance BTC +40%"]);
  });

  test("with all checks passed, reserves are worth what everybody above 0 is owed: less fails one", () => {
    const both: Row[] = [...WINNER, ...rows];
    const declared = (insurance: string, reserve: string) => ({
      ...calm,
      insuranceFund: { USDT: insurance },
      reserves: { USDT: reserve },
    });
    // Paul 1,000,000 and Olga 500,000; bad debt 300,000 + 500,000.
    expect(failing(both, declared("800000", "1500000"))).toEqual([]);
    expect(failing(both, declared("800000", "1499999.99"))).toEqual(["reserves USDT"]);
    expect(failing(both, declared("799999.99", "1500000"))).toEqual(["insurance now"]);
  });
});
