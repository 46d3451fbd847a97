import { describe, expect, test } from "vitest";
import { entryCash, entryFault } from "../../src/accounts/entryPrice.js";
import { compileInstruments, type Instrument } from "../../src/accounts/instruments.js";
import { compileTable, listedInstruments, type MarketJson, parseMarket } from "../../src/market/index.js";
import { buildMarket, termsOfRules } from "../../src/rules/index.js";
import { lineOf, refusal } from "./support.js";

/** An exchange that quotes in USDT, with contracts settled in USDC, EUR and coins. */
const book = (contract: string, more = ""): string => `
format: marginproof/rules/1
exchange: Many currencies
epoch: 2026-11-26T12
time: 2026-11-26T12:00:00Z
quote: USDT
valueUnit: 0.0000000001
insuranceFund: 100000
reserves: { USDT: 10000000, BTC: 100 }
underlyings:
  BTC: { price: 60000, volatility: 0.5 }
  ETH: { price: 3000 }
  USDC: { price: 0.9998, stable: true }
  EUR: { price: 1.0854, stable: true }
  LUNA: { price: 0 }
  OIL: { price: -37.63 }
brackets: { all: [{ from: 0, to: 50000, maintenance: 0.004, initial: 0.008 }, { from: 50000, maintenance: 0.005, initial: 0.01 }] }
models:
  cross: { kind: tiered, brackets: all }
  scan: { kind: span, priceScan: 0.1, volScan: 0, volScanKind: absolute }
stress:
  - { name: crash, moves: { BTC: -0.5, ETH: -0.4, EUR: 0.1, OIL: -0.2 } }
assets:
  - { symbol: USDT, step: 0.000001 }
  - { symbol: BTC, step: 0.00001 }
  - { symbol: USDC, step: 0.000001 }
  - { symbol: EUR, step: 0.01 }
  - { symbol: LUNA, step: 0.000001 }
settlements:
  - { symbol: USDT-PNL, asset: USDT, step: 0.000001 }
  - { symbol: USDC-PNL, asset: USDC, step: 0.000001 }
  - { symbol: EUR-PNL, asset: EUR, step: 0.0001 }
  - { symbol: BTC-PNL, asset: BTC, step: 0.00000001 }
perpetuals:
  - { symbol: THE-PERP, step: 0.001, model: cross, ${contract} }
${more}`;

const builtFrom = (contract: string, more?: string) => parseMarket(buildMarket(book(contract, more)));
const perp = (market: MarketJson) => market.instruments.find(({ symbol }) => symbol === "THE-PERP")!;

/** What one unit of the contract is to an accounts file. */
function readerOf(contract: string): Instrument {
  return compileInstruments(listedInstruments(builtFrom(contract))).bySymbol.get("THE-PERP")!;
}

describe("contracts settled in another currency, priced in the quote's", () => {
  test.each([
    ["USDC", "underlying: BTC, mark: 60020, settlement: USDC-PNL", "60007.996", "1", "-30003.998"],
    ["EUR", "underlying: BTC, mark: 55300, settlement: EUR-PNL", "60022.62", "1", "-30011.31"],
    ["BTC, of ETH", "underlying: ETH, mark: 0.05, settlement: BTC-PNL", "3000", "1", "-1200"],
    ["EUR, at its index", "underlying: BTC, settlement: EUR-PNL", "60000", "1", "-30000"],
    [
      "USDC, of 0.01 coins",
      "underlying: BTC, mark: 60020, settlement: USDC-PNL, contract: 0.01",
      "600.07996",
      "0.01",
      "-300.03998",
    ],
    [
      "the quote, of 0.01 coins",
      "underlying: BTC, mark: 60010.5, contract: 0.01",
      "600.105",
      "0.01",
      "-300.0525",
    ],
    // 0.0001 BTC for every USDT of its price: at 3000, 0.3 BTC. It loses 40%, and the coins that are left half.
    ["BTC, quanto", "underlying: ETH, settlement: BTC-PNL, contract: 0.0001", "18000", "0.0001", "-12600"],
    [
      "BTC, quanto, with a mark",
      "underlying: ETH, mark: 3010, settlement: BTC-PNL, contract: 0.0001, quanto: true",
      "18060",
      "0.0001",
      "-12642",
    ],
  ])("in %s", (_, contract, markPrice, multiplier, stressed) => {
    const found = perp(builtFrom(contract));
    expect(found).toMatchObject({ markPrice, multiplier, stressGains: [stressed] });
    expect(found).not.toHaveProperty("tick");
    // 0.4% of the notional, in quote currency.
    expect(found.maintenance!.brackets![0]).toEqual({ notionalFloor: "0", rate: "0.004" });
  });

  test("one in quote currency states nothing, as ever", () => {
    expect(perp(builtFrom("underlying: BTC, mark: 60010.5"))).not.toHaveProperty("multiplier");
  });

  test("a price with too many decimals is rounded to what a value unit is for one unit, or to a stated tick", () => {
    const eur = "underlying: BTC, mark: 55300.12345678, settlement: EUR-PNL";
    // 55300.12345678 * 1.0854 = 60022.754 000 ...: 12 decimals, of which a step of 0.001 takes 7.
    expect(perp(builtFrom(eur))).toMatchObject({
      markPrice: "60022.754",
      multiplier: "1",
      tick: "0.0000001",
    });
    expect(perp(builtFrom(`${eur}, tick: 0.5`))).toMatchObject({
      markPrice: "60023",
      tick: "0.5",
    });
    const tooMany = book(`${eur}, contract: 0.000000000001`).replace("step: 0.001", "step: 0.0000003");
    expect(refusal(tooMany)).toMatchObject({ code: "RULES_TICK" });
  });

  test.each([
    ["underlying: BTC, mark: 60000, settlement: BTC-PNL", "RULES_SETTLEMENT", "states no contract size"],
    ["underlying: BTC, mark: 60000, tick: 0.1", "RULES_TICK", "only prices that are computed have a tick"],
    [
      "underlying: BTC, mark: 60000, contract: 1, quanto: true",
      "RULES_SETTLEMENT",
      "only what settles in a third currency",
    ],
    [
      "underlying: BTC, contract: 100, settlement: BTC-PNL, quanto: true",
      "RULES_SETTLEMENT",
      "settles in BTC",
    ],
    // A price in quote currency where one in BTC belongs, and the reverse.
    [
      "underlying: ETH, mark: 3000, settlement: BTC-PNL",
      "RULES_SETTLEMENT",
      "a mark of 3000 is 180000000 USDT",
    ],
    [
      "underlying: ETH, mark: 0.05, settlement: BTC-PNL, quanto: true",
      "RULES_SETTLEMENT",
      "a mark of 0.05 is 0.05 USDT",
    ],
    ["underlying: ETH, settlement: NONE-PNL", "RULES_REFERENCE", "NONE-PNL"],
    ["underlying: LUNA, contract: 100, settlement: LUNA-PNL", "RULES_REFERENCE", "LUNA-PNL"],
  ])("%s is refused with its line", (contract, code, words) => {
    const text = book(contract);
    const error = refusal(text)!;
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(`line ${lineOf(text, "THE-PERP")}`);
    expect(error.message).toContain(words);
  });

  test("terms for a price policy say currency and multiplier, so that neither is the exchange's choice", () => {
    const of = (contract: string) => termsOfRules(book(contract)).find((t) => t.instrument === "THE-PERP");
    const terms = { instrument: "THE-PERP", kind: "perpetual" };
    expect(of("underlying: BTC")).toEqual({ ...terms, settlement: "USDT" });
    expect(of("underlying: BTC, contract: 0.01")).toEqual({
      ...terms,
      settlement: "USDT",
      multiplier: "0.01",
    });
    expect(of("underlying: BTC, settlement: EUR-PNL")).toEqual({
      ...terms,
      settlement: "EUR",
      multiplier: "1",
    });
    expect(of("underlying: BTC, settlement: BTC-PNL, contract: 5")).toEqual({
      ...terms,
      settlement: "BTC",
      contract: "5",
    });
  });

  test("options paid in a third currency keep premium and notional in the quote's", () => {
    const chain = `options:
  - { chain: OPT, underlying: BTC, expiry: "2026-12-03T12:00:00Z", step: 0.1, tick: 0.5, model: scan, settlement: USDC-PNL,
      strikes: [{ strike: 60000, call: model }] }`;
    const [call] = builtFrom("underlying: BTC", chain).instruments.slice(-1);
    expect(call).toMatchObject({ settlement: "USDC-PNL", notionalPrice: "60000" });
  });
});

describe("entry prices are read as the exchange prints them", () => {
  test.each([
    // 5 contracts of 0.01 coins entered at 58000.
    ["underlying: BTC, mark: 60010.5, contract: 0.01", "58000", "-2900"],
    // 5 coins entered at 54000 EUR each.
    ["underlying: BTC, mark: 55300, settlement: EUR-PNL", "54000", "-270000"],
    // 5 contracts that pay 0.0001 BTC for each USDT, entered at 2900.
    ["underlying: ETH, settlement: BTC-PNL, contract: 0.0001", "2900", "-1.45"],
  ])("%s at %s", (contract, entry, cash) => {
    const instrument = readerOf(contract);
    expect(entryFault(entry, instrument)).toBeUndefined();
    const paid = entryCash(instrument, 5000n, entry);
    expect(Number(paid.units) / 10 ** paid.scale).toBe(Number(cash));
    // A price of another unit is out of all proportion.
    expect(entryFault(`0.00${entry}`, instrument)?.reason).toContain("100 times away");
    expect(entryFault(`-${entry}`, instrument)?.reason).toContain("is below 0");
    expect(entryFault("0", instrument)?.reason).toContain("is 0");
  });
});

describe("prices of 0 and below", () => {
  test("a dead coin at 0: its holders are counted, its contract requires nothing and says so", () => {
    const market = builtFrom("underlying: LUNA");
    expect(market.instruments.find(({ symbol }) => symbol === "LUNA")).toMatchObject({
      markPrice: "0",
      stressGains: ["0"],
    });
    expect(perp(market)).toMatchObject({
      markPrice: "0",
      maintenance: { brackets: [{ notionalFloor: "0", rate: "0" }] },
    });
    expect(perp(market)).not.toHaveProperty("initial");
    expect(compileTable(market).rows.length).toBeGreaterThan(0);
    const scanned = book("underlying: LUNA").replace("model: cross", "model: scan");
    expect(perp(parseMarket(buildMarket(scanned))).maintenance).toEqual({
      brackets: [{ notionalFloor: "0", rate: "0" }],
    });
  });

  test("with a fee and chosen leverage", () => {
    const text = book("underlying: LUNA, leverage: [1, 5]").replace(
      "quote: USDT",
      "quote: USDT\nliquidationFee: 0.001",
    );
    const variants = parseMarket(buildMarket(text)).instruments.filter(
      ({ contract }) => contract === "THE-PERP",
    );
    expect(variants.map(({ symbol, maintenance }) => [symbol, maintenance])).toEqual(
      ["THE-PERP.1x", "THE-PERP.5x"].map((symbol) => [
        symbol,
        { brackets: [{ notionalFloor: "0", rate: "0" }] },
      ]),
    );
  });

  test("oil below 0 falls further when it falls, and requires what its size does", () => {
    const market = builtFrom("underlying: OIL");
    expect(perp(market)).toMatchObject({ markPrice: "-37.63", stressGains: ["-7.526"] });
    expect(perp(market).maintenance!.brackets![0]!.rate).toBe("0.004");
    const scan = perp(
      parseMarket(buildMarket(book("underlying: OIL").replace("model: cross", "model: scan"))),
    );
    const gains = Object.values(scan.scenarioGains!)[0]!;
    expect(gains).toContain("3.763");
    expect(gains).toContain("-3.763");
  });

  test("what can't be worth 0 or less is refused: an inverse contract, an asset, an option's forward", () => {
    const settlement = "  - { symbol: LUNA-PNL, asset: LUNA, step: 0.000001 }\nperpetuals:";
    const inverse = book("underlying: LUNA, contract: 100, settlement: LUNA-PNL").replace(
      "perpetuals:",
      settlement,
    );
    expect(refusal(inverse)).toMatchObject({
      code: "RULES_PRICES",
      message: expect.stringContaining("100 over a price of 0: it must be above 0"),
    });
    const below = book("underlying: BTC").replace("LUNA: { price: 0 }", "LUNA: { price: -1 }");
    expect(refusal(below)).toMatchObject({ code: "MARKET_NEGATIVE_PRICE" });
    const chain = `options:
  - { chain: OIL, underlying: OIL, expiry: "2026-12-03T12:00:00Z", step: 0.1, tick: 0.5, model: scan,
      strikes: [{ strike: 60, volatility: 0.5, call: model }] }`;
    expect(refusal(book("underlying: BTC", chain))).toMatchObject({
      code: "MODEL_INPUT",
      message: expect.stringContaining("forward: -37.63 must be positive"),
    });
  });
});
