import { describe, expect, it } from "vitest";
import { instrumentTerms, listedInstruments, type MarketJson, parseMarket } from "../../src/market/index.js";
import { instrumentPath, marketError, Place } from "../../src/market/marketError.js";
import { settlementOf } from "../../src/market/settlement.js";
import { instrumentOf, smallMarket } from "./smallMarket.js";

const CLAIM = "a claim on the exchange";

function market(edit: (m: MarketJson) => void = () => {}) {
  const json = smallMarket();
  const spot = instrumentOf(json, "BTC");
  const future = { ...instrumentOf(json, "BTC-PERP"), kind: "future" as const };
  json.instruments.push(
    { ...spot, symbol: "BTC-EARN", asset: "BTC" },
    {
      ...{ symbol: "BTC-PNL", kind: "settlement", asset: "BTC", quantityStep: "0.00000001" },
      ...{ markPrice: "60000", stressGains: ["-18000"] },
    },
    { ...future, symbol: "F", settlement: "USDT-PNL" },
    {
      ...future,
      symbol: "INV",
      markPrice: "-99.99",
      settlement: "BTC-PNL",
      inverse: { contract: "100", tick: "0.01" },
    },
    { ...instrumentOf(json, "CALL"), symbol: "COIN-CALL", settlement: "BTC-PNL" },
  );
  edit(json);
  return parseMarket(json);
}

describe("what an instrument is by the market file", () => {
  it("is said in words, of who owes what", () => {
    const terms = instrumentTerms(market());
    const nothing = {
      ...{ asset: null, settledIn: null, contract: null, multiplier: null },
      ...{ variantOf: null, side: null, leverage: null },
    };
    expect(Object.fromEntries(terms)).toEqual({
      USDT: { ...nothing, kind: "asset", asset: "USDT", words: "asset" },
      BTC: { ...nothing, kind: "asset", asset: "BTC", words: "asset" },
      "BTC-EARN": { ...nothing, kind: "asset", asset: "BTC", words: "asset BTC" },
      "USDT-PNL": {
        ...{ ...nothing, kind: "settlement", asset: "USDT" },
        words: `profit or loss in USDT not yet paid, ${CLAIM}`,
      },
      "BTC-PNL": {
        ...{ ...nothing, kind: "settlement", asset: "BTC" },
        words: `profit or loss in BTC not yet paid, ${CLAIM}`,
      },
      "BTC-PERP": { ...nothing, kind: "perpetual", settledIn: "USDT", words: `perpetual, ${CLAIM}` },
      CALL: { ...nothing, kind: "option", settledIn: "USDT", words: `option, ${CLAIM}` },
      F: { ...nothing, kind: "future", settledIn: "USDT", words: `future, ${CLAIM}` },
      INV: {
        ...{ ...nothing, kind: "future", settledIn: "BTC", contract: "100" },
        words: `inverse future of 100 USDT, paid in BTC, ${CLAIM}`,
      },
      "COIN-CALL": { ...nothing, kind: "option", settledIn: "BTC", words: `option, paid in BTC, ${CLAIM}` },
    });
    expect([...terms.keys()]).toEqual(market().instruments.map(({ symbol }) => symbol));
  });

  it("names no settlement where the market leaves it open", () => {
    const two = market((m) => m.instruments.push({ ...instrumentOf(m, "USDT-PNL"), symbol: "PNL-2" }));
    expect(instrumentTerms(two).get("CALL")).toMatchObject({ settledIn: null, words: `option, ${CLAIM}` });
    expect(instrumentTerms(two).get("F")).toMatchObject({ settledIn: "USDT" });
  });
});

describe("a variant of a contract", () => {
  const flat = (rate: string) => ({ brackets: [{ notionalFloor: "0", rate }] });
  const variants = market((m) => {
    const perp = instrumentOf(m, "BTC-PERP");
    m.positionMode = "hedge";
    m.instruments = m.instruments.filter((i) => i !== perp);
    for (const side of ["long", "short"] as const)
      m.instruments.push(
        { ...perp, symbol: `BTC-PERP.${side[0]}`, contract: "BTC-PERP", side, multiplier: "2" },
        {
          ...{ ...perp, symbol: `BTC-PERP.${side[0]}.5x`, contract: "BTC-PERP", side, multiplier: "2" },
          ...{ leverage: "5", initial: flat("0.2") },
        },
      );
    m.instruments.push(
      { ...perp, symbol: "ETH-PERP", multiplier: "1" },
      { ...perp, symbol: "SOL-PERP", contract: "SOL-PERP", leverage: "2", initial: flat("0.5") },
      { ...instrumentOf(m, "USDT-PNL"), symbol: "USDT-PNL-L", quantityStep: "1", largeOf: "USDT-PNL" },
      { ...instrumentOf(m, "USDT"), symbol: "USDT-L", asset: "USDT", quantityStep: "1", largeOf: "USDT" },
    );
    m.instruments.push({
      ...{ symbol: "BTC-ORDERS", kind: "orders", asset: "BTC", quantityStep: "0.001", markPrice: "0" },
      ...{ notionalPrice: "60000", initial: flat("1") },
    });
  });

  it("is said to be one, by contract, side and leverage", () => {
    const terms = instrumentTerms(variants);
    const wordsOf = (symbol: string) => terms.get(symbol)!.words;
    expect(wordsOf("BTC-PERP.s.5x")).toBe(
      `perpetual of 2 units (contract BTC-PERP, short positions alone, leverage 5), ${CLAIM}`,
    );
    expect(terms.get("BTC-PERP.s.5x")).toMatchObject({ variantOf: "BTC-PERP", side: "short", leverage: "5" });
    expect(wordsOf("BTC-PERP.l")).toBe(
      `perpetual of 2 units (contract BTC-PERP, long positions alone), ${CLAIM}`,
    );
    expect(wordsOf("SOL-PERP")).toBe(`perpetual (contract SOL-PERP, leverage 2), ${CLAIM}`);
    expect(wordsOf("ETH-PERP")).toBe(`perpetual, ${CLAIM}`);
    expect(wordsOf("BTC-ORDERS")).toBe("BTC locked by open orders: initial requirement alone, no claim");
  });

  it("is told to whoever reads accounts, with what the market states and no other field", () => {
    const listed = listedInstruments(variants);
    const own = { kind: "perpetual", quantityStep: "0.001" };
    const into = { settlementSymbol: "USDT-PNL", settlementStep: "0.000001" };
    const entry = { markPrice: "60007.7", settlementPrice: "1", inQuote: true, factor: "100" };
    expect(listed.get("BTC-PERP.l.5x")).toStrictEqual({
      ...{ ...own, symbol: "BTC-PERP.l.5x", contract: "BTC-PERP", side: "long", leverage: "5" },
      ...{ ...into, entry: { ...entry, multiplier: "2" } },
    });
    const first = { ...own, symbol: "BTC-PERP.s", contract: "BTC-PERP", side: "short", ...into };
    expect(listed.get("BTC-PERP.s")).toStrictEqual({ ...first, entry: { ...entry, multiplier: "2" } });
    expect(listed.get("F")).toStrictEqual({ ...own, symbol: "F", kind: "future", ...into, entry });
    const cash = { kind: "asset", quantityStep: "0.01" };
    expect(listed.get("USDT")).toStrictEqual({ ...cash, symbol: "USDT", largeSymbol: "USDT-L" });
    expect(listed.get("BTC")).toStrictEqual({ ...cash, symbol: "BTC", quantityStep: "0.001" });
  });
});

describe("where a derivative's entry prices are paid into", () => {
  const of = (symbol: string, own = market()) =>
    settlementOf(own, own.instruments.find((i) => i.symbol === symbol)!);

  it("is what it names, else the only one in the quote currency", () => {
    expect(of("INV")).toBe("BTC-PNL");
    expect(of("CALL")).toBe("USDT-PNL");
    const twice = market((m) => {
      m.instruments.push({ ...instrumentOf(m, "USDT"), symbol: "USDT-2", asset: "USDT" });
    });
    expect(of("CALL", twice)).toBe("USDT-PNL");
    const none = market((m) => {
      m.instruments = m.instruments.filter(({ symbol }) => symbol !== "USDT-PNL" && symbol !== "F");
    });
    expect(of("CALL", none)).toBeUndefined();
    for (const symbol of ["BTC", "USDT-PNL", "BTC-PNL"]) expect(of(symbol)).toBeUndefined();
  });

  it("is told to whoever reads accounts, with its step or with the choice there is", () => {
    const listed = listedInstruments(market());
    expect(listed.get("INV")).toEqual({
      ...{ symbol: "INV", kind: "future", quantityStep: "0.001" },
      ...{ settlementSymbol: "BTC-PNL", settlementStep: "0.00000001" },
      entry: { markPrice: "-99.99", settlementPrice: "60000", inQuote: false, size: "100", factor: "100" },
    });
    expect(listed.get("CALL")!.entry).toEqual({
      ...{ markPrice: "1234.5", settlementPrice: "1", inQuote: true, notionalPrice: "60000", factor: "100" },
    });
    const two = market((m) => m.instruments.push({ ...instrumentOf(m, "USDT-PNL"), symbol: "PNL-2" }));
    const choices = listedInstruments(two);
    expect(choices.get("CALL")).toHaveProperty("settlementChoices", ["USDT-PNL", "PNL-2"]);
    for (const symbol of ["INV", "BTC", "USDT-PNL"])
      expect(choices.get(symbol)).not.toHaveProperty("settlementChoices");
    const none = market((m) => {
      m.instruments = m.instruments.filter(({ symbol }) => symbol !== "USDT-PNL" && symbol !== "F");
    });
    expect(listedInstruments(none).get("CALL")).toEqual({
      ...{ symbol: "CALL", kind: "option", quantityStep: "0.1" },
    });
  });
});

describe("a field of a market file", () => {
  it("is named by its path, with the names of what stands on the way", () => {
    const place = Place.of("instruments", 3).called("BTC-PERP").at("maintenance", "brackets", 2);
    expect(`${place}`).toBe("instruments[3] (BTC-PERP).maintenance.brackets[2]");
    expect(place.path).toEqual(["instruments", 3, "maintenance", "brackets", 2]);
    const fund = Place.of("insuranceFund").key("A-B");
    expect([`${fund}`, fund.path]).toEqual(['insuranceFund["A-B"]', ["insuranceFund", "A-B"]]);
    expect(`${Place.of("a b", 0)}`).toBe('["a b"][0]');
    expect(`${Place.of("-".repeat(100))}`).toBe(`["${"-".repeat(80)}"]`);
    expect(`${Place.of()}`).toBe("the whole file");
    expect(`${instrumentPath(2, "X".repeat(100))}`).toBe(`instruments[2] (${"X".repeat(64)})`);
    expect(`${instrumentPath(2, 7)}`).toBe("instruments[2]");
    expect(instrumentPath(2, "X").path).toEqual(["instruments", 2]);
  });

  it("that is refused is named in the error, for people and for editors", () => {
    const error = marketError("CODE", Place.of("stress", 1), "moves nothing", "worthZero");
    expect(error).toMatchObject({ code: "CODE", message: "market file, stress[1]: moves nothing" });
    expect(error.options).toMatchObject({
      ...{ path: ["stress", 1], problem: "stress[1]: moves nothing", hint: "it is worth 0" },
    });
    expect(marketError("CODE", Place.of(), "is odd").options).not.toHaveProperty("hint");
  });
});
