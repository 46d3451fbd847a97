import { describe, expect, test } from "vitest";
import { type MarketJson, parseMarket, worthNothing } from "../../src/market/index.js";
import {
  evidenceDigest,
  type MarketPrices,
  medianPrices,
  type PricePolicyJson,
  parsePolicy,
  verifyMarketPrices,
} from "../../src/prices/index.js";
import { expectRefusal } from "../prices/support.js";
import { exampleOfPrices, signedMarket } from "../support/tinyBundle.js";

/**
 * The exchange writes the market file: it may call an instrument whatever it likes. The evidence here is as it would make
 * it for such a market, under a policy of its own that says the same as its market.
 */
const POLICY = JSON.parse(exampleOfPrices("policy.json")) as PricePolicyJson;
const FILES = ["alpha", "beta", "gamma"].map(
  (name) => JSON.parse(exampleOfPrices(`${name}.json`)) as unknown,
);
const WANTED = ["BTC", "BTC-PERP", "BTC-INV", "BTC-25DEC26", "BTC-25DEC26-64000-C"];
const { market: MARKET } = signedMarket();
type Instrument = MarketJson["instruments"][number];
type Terms = PricePolicyJson["terms"][number];
const PUT = "BTC-25DEC26-64000-P";

const of = (m: MarketJson, symbol: string): Instrument => m.instruments.find((i) => i.symbol === symbol)!;
const termsOf = (instrument: string): Terms => POLICY.terms.find((t) => t.instrument === instrument)!;

/** A market edited, with evidence of its own policy, held to the verifier's. */
function checked(
  edit: (market: MarketJson) => void,
  {
    theirs = POLICY,
    own = POLICY,
    wanted = WANTED,
  }: { theirs?: PricePolicyJson; own?: PricePolicyJson | null; wanted?: readonly string[] } = {},
): MarketPrices {
  const market = structuredClone(MARKET);
  const { text } = medianPrices({ files: FILES, policy: theirs, time: market.time, instruments: wanted });
  market.priceEvidence = evidenceDigest(text);
  edit(market);
  return verifyMarketPrices(parseMarket(market), text, own === null ? undefined : parsePolicy(own))!;
}

/** The same policy with other terms of one instrument. */
const saying = (...changed: Terms[]): PricePolicyJson => ({
  ...POLICY,
  terms: [...POLICY.terms.filter((t) => changed.every((c) => c.instrument !== t.instrument)), ...changed],
});

/** Refused by the verifier's policy whatever the exchange's own says, and by the exchange's own when that is honest. */
function refused(
  edit: (market: MarketJson) => void,
  problem: string,
  { theirs = POLICY, wanted = WANTED }: { theirs?: PricePolicyJson; wanted?: readonly string[] } = {},
): void {
  expectRefusal(() => checked(edit, { theirs, wanted }), "PRICES_TERMS", problem);
  expectRefusal(() => checked(edit, { own: null, wanted }), "PRICES_TERMS", problem);
}

describe("what an instrument is: the verifier's terms bind, not the market file", () => {
  test("the honest market agrees with them, and so with those that rules and market print", () => {
    expect(checked(() => {}).modelled).toEqual([PUT]);
  });

  test.each([
    ["BTC-PERP", "option"],
    ["BTC-PERP", "future"],
    ["BTC-25DEC26", "option"],
    ["BTC-25DEC26", "perpetual"],
    ["BTC-INV", "future"],
    ["BTC-25DEC26-64000-C", "perpetual"],
    [PUT, "future"],
  ] as const)("%s called %s", (symbol, kind) => {
    const edit = (m: MarketJson) => {
      const i = of(m, symbol);
      i.kind = kind;
      if (kind !== "option") delete i.notionalPrice;
      if (kind === "option") i.notionalPrice = "60450";
    };
    refused(edit, `market, ${symbol}: its kind is ${kind} in the market file`);
  });

  test("customers' coins called an option of the coin's name", () => {
    const edit = (m: MarketJson) => {
      const [btc, coins] = [of(m, "BTC"), structuredClone(of(m, "BTC"))];
      Object.assign(btc, {
        kind: "option",
        maintenance: { liquidationFeeRate: "0" },
        notionalPrice: "60010.5",
      });
      delete btc.haircut;
      m.instruments.push({ ...coins, symbol: "BTC-2", asset: "BTC" });
    };
    const theirs = saying(
      { instrument: "BTC", kind: "option", settlement: "USDT", underlyings: ["BTC"] },
      { instrument: "BTC-2", kind: "asset", asset: "BTC" },
    );
    // Before any price is looked at: an option has the name of a coin.
    expectRefusal(() => checked(edit, { theirs }), "MARKET_ASSET_NAME", '"BTC"');
  });

  test("an asset under a name of its own, or a settlement in another asset", () => {
    const listed = (m: MarketJson) => m.instruments.push({ ...of(m, "BTC"), symbol: "BTC-2", asset: "BTC" });
    const theirs = saying({ instrument: "BTC-2", kind: "asset", asset: "BTC" });
    expectRefusal(
      () => checked(listed, { theirs }),
      "PRICES_TERMS",
      "market, BTC-2: the price policy has no terms",
    );
    expect(checked(listed, { theirs, own: theirs }).medians).toHaveLength(5);
    // Worth 1 like the quote currency, and owed in it.
    const dollars = (m: MarketJson) =>
      m.instruments.push({ ...of(m, "USDT"), symbol: "USDT-2", asset: "USDT" });
    const alias = saying({ instrument: "USDT-2", kind: "asset", asset: "BTC" });
    expectRefusal(() => checked(dollars, { own: alias, theirs: alias }), "PRICES_TERMS", "its asset is USDT");
    refused((m) => (of(m, "BTC-25DEC26").settlement = "BTC-PNL"), "its settlement is BTC in the market file");
    const owed = (m: MarketJson) => {
      m.instruments = m.instruments.filter(({ symbol }) => symbol !== "BTC-INV");
      Object.assign(of(m, "BTC-PNL"), { asset: "USDT", markPrice: "1", stressGains: ["0"] });
    };
    expectRefusal(() => checked(owed), "MARKET_ASSET_NAME", "reads as of the asset BTC");
  });

  test("a derivative that has the quote currency's name is not worth 1 for that", () => {
    const edit = (m: MarketJson) => {
      of(m, "USDT").symbol = "CASH";
      of(m, "CASH").asset = "USDT";
      m.instruments.push({
        ...of(m, "BTC-PERP"),
        symbol: "USDT",
        settlement: "USDT-PNL",
        markPrice: "75000",
      });
    };
    const cash: Terms = { instrument: "CASH", kind: "asset", asset: "USDT" };
    const theirs = saying(cash, { instrument: "USDT", kind: "perpetual", settlement: "USDT" });
    // Before any price is looked at: cash must be called like its asset, and nothing else may be.
    for (const own of [saying(cash), theirs])
      expectRefusal(() => checked(edit, { theirs, own }), "MARKET_ASSET_NAME", "USDT");
  });

  test("a linear contract called inverse, at a mark of -0.01, and an inverse one of another size", () => {
    const inverse = (contract: string, tick: string, markPrice: string) => (m: MarketJson) =>
      Object.assign(of(m, "BTC-PERP"), { settlement: "BTC-PNL", inverse: { contract, tick }, markPrice });
    const theirs = saying({ ...termsOf("BTC-PERP"), settlement: "BTC", contract: "0.01" } as Terms);
    // 0.01 * 60010.5 / 60030.5
    const edit = inverse("0.01", "0.000001", "-0.009997");
    expect(checked(edit, { theirs, own: theirs }).medians).toHaveLength(5);
    refused(edit, "its settlement is BTC in the market file, and USDT in the terms", { theirs });
    const settled = saying({ ...termsOf("BTC-PERP"), settlement: "BTC" } as Terms);
    expectRefusal(
      () => checked(edit, { theirs, own: settled }),
      "PRICES_TERMS",
      "its contract is 0.01 in the market file, and not there",
    );
    refused(
      (m) =>
        Object.assign(of(m, "BTC-INV"), {
          inverse: { contract: "10", tick: "0.0001" },
          markPrice: "-9.9975",
        }),
      "its contract is 10 in the market file, and 100 in the terms",
    );
  });

  test("a multiplier, and a settlement currency, of the exchange's own choice, or at a price of its own", () => {
    const linear = (multiplier: string, markPrice: string, tick?: string) => (m: MarketJson) =>
      Object.assign(of(m, "BTC-PERP"), { multiplier, ...(tick && { tick }), markPrice });
    // A hundredth of the margin and of the debt, or a hundred times the profit.
    refused(linear("0.01", "600.305"), "its multiplier is 0.01 in the market file, and not there");
    refused(linear("100", "6003050"), "its multiplier is 100 in the market file, and not there");
    const hundredth = saying({ ...termsOf("BTC-PERP"), multiplier: "0.01" } as Terms);
    const policies = { theirs: hundredth, own: hundredth };
    expect(checked(linear("0.01", "600.305"), policies).medians).toHaveLength(5);
    expectRefusal(() => checked(() => {}, policies), "PRICES_TERMS", "not there, so that it is one unit");
    expectRefusal(() => checked(linear("0.01", "600.306"), policies), "PRICES_MARK_PRICE", "600.305");
    expectRefusal(() => checked(linear("0.01", "1000", "1000"), policies), "PRICES_ROUNDING", "BTC-PERP");
    // 0.00001 BTC for each USDT of its price: at that of BTC which was signed, and no other.
    const inCoin = saying({ ...termsOf("BTC-PERP"), settlement: "BTC", multiplier: "0.00001" } as Terms);
    const paid = (markPrice: string) => (m: MarketJson) => {
      linear("0.00001", markPrice)(m);
      of(m, "BTC-PERP").settlement = "BTC-PNL";
    };
    const coins = { theirs: inCoin, own: inCoin };
    expect(checked(paid("36024.6032025"), coins).medians).toHaveLength(5);
    for (const invented of ["0.600305", "60030.5", "36024.6032026", "-36024.6032025"])
      expectRefusal(() => checked(paid(invented), coins), "PRICES_MARK_PRICE", "36024.6032025");
    const elsewhere = saying({ ...termsOf("BTC-PERP"), settlement: "EUR", multiplier: "1" } as Terms);
    refused(paid("36024.6032025"), "its settlement is BTC in the market file, and", {
      theirs: elsewhere,
    });
  });

  test("a coin priced 0, so that what insiders owe in it is no debt, at the verifier's prices or shown by name", () => {
    const worthless = (m: MarketJson) => {
      for (const symbol of ["BTC", "BTC-PNL"])
        Object.assign(of(m, symbol), { markPrice: "0", stressGains: ["0"] });
      m.instruments = m.instruments.filter(({ symbol }) => symbol !== "BTC-INV");
      for (const { stressGains } of m.instruments) stressGains?.splice(1);
      m.stress.splice(1);
    };
    expectRefusal(
      () => checked(worthless),
      "PRICES_MARK_PRICE",
      "its mark price is 0, the attested one 60010.5",
    );
    // Without signed prices nothing refuses it: every verdict says it.
    const market = structuredClone(MARKET);
    delete market.priceEvidence;
    worthless(market);
    expect(worthNothing(parseMarket(market))).toEqual(["BTC"]);
  });

  test("an index is needed wherever the policy says perpetual or future, whatever the market says", () => {
    const lax = [{ instrument: "BTC-25DEC26-64000-C", indexOptional: true as const }];
    const own = saying({ instrument: "BTC-25DEC26-64000-C", kind: "future", settlement: "USDT" });
    expectRefusal(() => checked(() => {}, { own }), "PRICES_INDEX_MISSING", "BTC-25DEC26-64000-C");
    expectRefusal(
      () => checked(() => {}, { own: { ...own, exceptions: [...POLICY.exceptions!, ...lax] } }),
      "PRICES_TERMS",
      "its kind is option in the market file, and future",
    );
  });

  test("every instrument needs terms, and those without are named together", () => {
    const own = { ...POLICY, terms: [termsOf("BTC")] };
    expectRefusal(
      () => checked(() => {}, { own }),
      "PRICES_TERMS",
      "market, USDT, USDT-PNL, BTC-PNL, BTC-PERP, BTC-INV and 3 more: the price policy has no terms",
    );
    const theirs = { ...POLICY, terms: [] };
    expectRefusal(
      () => checked(() => {}, { theirs }),
      "PRICES_TERMS",
      "the policy inside the evidence has no",
    );
  });
});

describe("what an option's notional counts at", () => {
  const CALL = "BTC-25DEC26-64000-C";

  test.each([CALL, PUT])("%s at next to nothing, at another signed price, or at none", (symbol) => {
    for (const price of ["0.01", "60010.5", "60450.01"])
      expectRefusal(
        () => checked((m) => (of(m, symbol).notionalPrice = price)),
        "PRICES_NOTIONAL",
        `market, ${symbol}: its notionalPrice is ${price}, the attested price of BTC-25DEC26 is 60450`,
      );
    expectRefusal(() => checked((m) => delete of(m, symbol).notionalPrice), "PRICES_NOTIONAL", "not stated");
    expectRefusal(
      () => checked((m) => (of(m, symbol).notionalPrice = "0.01"), { own: null }),
      "PRICES_NOTIONAL",
    );
  });

  test("the first of the underlyings that any file prices: the exchange has no choice between them", () => {
    const pattern = "BTC-{DDMMMYY}-{strike}-{side}";
    const naming = (...underlyings: string[]) =>
      saying({ instrument: pattern, kind: "option", settlement: "USDT", underlyings });
    const at = (price: string) => (m: MarketJson) => {
      for (const symbol of [CALL, PUT]) of(m, symbol).notionalPrice = price;
    };
    const weekly = naming("BTC-{DDMMMYY}-F", "BTC");
    expect(checked(at("60010.5"), { own: weekly, theirs: weekly }).modelled).toEqual([PUT]);
    const both = naming("BTC-{DDMMMYY}", "BTC");
    expectRefusal(
      () => checked(at("60010.5"), { own: both, theirs: both }),
      "PRICES_NOTIONAL",
      "BTC-25DEC26 is",
    );
    // Leaving its median out does not make the next one count.
    const left = (m: MarketJson) => {
      at("60010.5")(m);
      m.instruments = m.instruments.filter(({ symbol }) => symbol !== "BTC-25DEC26");
    };
    const wanted = WANTED.filter((name) => name !== "BTC-25DEC26");
    expectRefusal(
      () => checked(left, { own: both, theirs: both, wanted }),
      "PRICES_NOTIONAL",
      "no price of its underlying BTC-25DEC26",
    );
    const none = naming("ETH");
    expectRefusal(
      () => checked(at("60450"), { own: none }),
      "PRICES_NOTIONAL",
      "no price of its underlying ETH",
    );
  });
});

describe("what orders lock", () => {
  const price = of(MARKET, "BTC").markPrice;
  const locked: Instrument = {
    symbol: "BTC-ORDERS",
    kind: "orders",
    asset: "BTC",
    quantityStep: "0.001",
    markPrice: "0",
    notionalPrice: price,
    initial: { brackets: [{ notionalFloor: "0", rate: "1" }] },
  };
  const orders: Terms = { instrument: "BTC-ORDERS", kind: "orders", asset: "BTC" };
  const list = (m: MarketJson) => void m.instruments.push(locked);

  test("is admitted by the policy's terms, and counts at the signed price of its asset", () => {
    const own = saying(orders);
    expect(checked(list, { own, theirs: own }).modelled).toEqual([PUT]);
    const other = (m: MarketJson) => void m.instruments.push({ ...locked, notionalPrice: "1" });
    expectRefusal(() => checked(other, { own, theirs: own }), "MARKET_ORDERS", "notionalPrice");
  });

  test("hides no instrument that the policy knows as another", () => {
    refused(list, "BTC-ORDERS: the ", { theirs: saying(orders) });
    const perpetual = saying({ instrument: "BTC-ORDERS", kind: "perpetual", settlement: "USDT" });
    const problem = "its kind is orders in the market file, and perpetual in the terms";
    expectRefusal(() => checked(list, { own: perpetual, theirs: saying(orders) }), "PRICES_TERMS", problem);
  });
});

describe("options that the exchange prices itself: only those that the policy's terms admit", () => {
  const also = (symbol: string) => (m: MarketJson) =>
    m.instruments.push({ ...structuredClone(of(m, PUT)), symbol });

  test("next week's strikes and expiries are admitted by their pattern, to the day they expire", () => {
    for (const symbol of ["BTC-25DEC26-70000-C", "BTC-25DEC26-0.5-P"])
      expect(checked(also(symbol)).modelled, symbol).toEqual([PUT, symbol]);
    const pattern = "BTC-{DDMMMYY}-{strike}-{side}";
    const spot = saying({ instrument: pattern, kind: "option", settlement: "USDT", underlyings: ["BTC"] });
    const listed = (symbol: string) => (m: MarketJson) => {
      also(symbol)(m);
      for (const i of m.instruments) if (i.kind === "option") i.notionalPrice = "60010.5";
    };
    const policies = { own: spot, theirs: spot };
    expect(checked(listed("BTC-23NOV26-60000-C"), policies).modelled).toContain("BTC-23NOV26-60000-C");
    expectRefusal(() => checked(listed("BTC-22NOV26-60000-C"), policies), "PRICES_TERMS", "it has expired");
  });

  test.each([
    // The signed call in another spelling is another instrument, at the exchange's own price.
    "BTC-25DEC26-64000.0-C",
    "BTC-25DEC26-064000-C",
    "BTC-261225-64000-C",
    "BTC-20261225-64000-C",
    "BTC-30FEB27-64000-C",
    "BTC-25DEC26-64000-C2",
    "XBTC-25DEC26-64000-C",
    "BTC-25DEC26-64000",
    "BTC-PERP2",
    "SOL-PERP",
  ])("%s is not admitted", (symbol) => {
    refused(also(symbol), `${symbol}: the `, {});
  });

  test.each(["BTC-25DEC26-64000-c", "BTC-25Dec26-64000-C"])(
    "%s is no name beside the signed one",
    (symbol) => {
      expectRefusal(() => checked(also(symbol)), "MARKET_NAME_ALIKE", symbol);
    },
  );

  test("what a file prices is never the exchange's to price, and no option is worth less than 0", () => {
    const wanted = WANTED.filter((name) => name !== "BTC-25DEC26-64000-C");
    const own = (m: MarketJson) => (of(m, "BTC-25DEC26-64000-C").markPrice = "17.5");
    expectRefusal(() => checked(own, { wanted }), "PRICES_LEFT_OUT", "BTC-25DEC26-64000-C");
    expectRefusal(() => checked(own, { wanted, own: null }), "PRICES_LEFT_OUT");
    expectRefusal(() => checked((m) => (of(m, PUT).markPrice = "-100")), "PRICES_MARK_PRICE", PUT);
    const none = { ...POLICY, modelOptions: false };
    expectRefusal(() => checked(() => {}, { own: none }), "PRICES_NOT_ATTESTED", PUT);
    expectRefusal(() => checked(() => {}, { theirs: none }), "PRICES_NOT_ATTESTED", PUT);
  });
});
