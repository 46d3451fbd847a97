import { describe, expect, test } from "vitest";
import type { MarginproofError } from "../../src/errors.js";
import type { MarketJson } from "../../src/market/index.js";
import { parseMarket } from "../../src/market/index.js";
import {
  evidenceDigest,
  type PricePolicyJson,
  parsePolicy,
  verifyMarketPrices,
} from "../../src/prices/index.js";
import { buildMarket, buildSignedMarket, marketText } from "../../src/rules/index.js";
import { exampleOfPrices, signedMarket } from "../support/tinyBundle.js";
import { madeUp } from "./dynamicSupport.js";
import { edited, lineOf, refusal, rulesOf } from "./support.js";

const RULES = exampleOfPrices("rules.yaml");
const FILES = ["alpha", "beta", "gamma"].map(
  (name) => JSON.parse(exampleOfPrices(`${name}.json`)) as unknown,
);
const POLICY = JSON.parse(exampleOfPrices("policy.json")) as PricePolicyJson;
const build = (rules = RULES, policy: Partial<PricePolicyJson> = {}, files: readonly unknown[] = FILES) =>
  buildSignedMarket(rules, { files, policy: { ...POLICY, ...policy } });
const of = (market: MarketJson, symbol: string) => market.instruments.find((i) => i.symbol === symbol)!;

function refused(run: () => unknown, code: string, ...parts: string[]): void {
  let thrown: MarginproofError | undefined;
  try {
    run();
  } catch (error) {
    thrown = error as MarginproofError;
  }
  expect(thrown?.code, thrown?.message).toBe(code);
  for (const part of parts) expect(thrown!.message).toContain(part);
}

describe("rules whose prices are signed", () => {
  test("may build on a previous epoch: the market file names its evidence and that statement", () => {
    const before = parseMarket(signedMarket().market);
    const earlier = { ...before, epoch: "E0", time: "2026-11-23T00:00:00Z" };
    const previous = madeUp(earlier, { openInterest: {}, maintenance: "0", positiveEquity: "1" });
    const chained = edited(RULES, "quote: USDT\n", "quote: USDT\npreviousEpoch: E0\n");
    const { market } = buildSignedMarket(chained, { files: FILES, policy: POLICY, previous });
    expect(market).toEqual({ ...before, previousStatement: previous.statementDigest });
    refused(() => build(chained), "RULES_PREVIOUS", "whose bundle is not given");
    refused(
      () => buildSignedMarket(RULES, { files: FILES, policy: POLICY, previous }),
      "RULES_PREVIOUS",
      "name no previous epoch",
    );
  });

  test("take every price from the medians, by its own name", () => {
    const { market, evidence } = signedMarket();
    expect(Object.fromEntries(market.instruments.map((i) => [i.symbol, i.markPrice]))).toEqual({
      USDT: "1",
      BTC: "60010.5",
      "USDT-PNL": "1",
      "BTC-PNL": "60010.5",
      "BTC-PERP": "60030.5",
      // 100 * 60010.5 / 60025.5 = 99.97501...
      "BTC-INV": "-99.975",
      "BTC-25DEC26": "60450",
      "BTC-25DEC26-64000-C": "1795.5",
      "BTC-25DEC26-64000-P": "5715.5",
    });
    expect(of(market, "BTC-25DEC26-64000-C").notionalPrice).toBe("60450");
    expect(of(market, "BTC-INV").inverse).toEqual({ contract: "100", tick: "0.0001" });
    expect(market.priceEvidence).toBe(evidenceDigest(evidence.text));
    const found = verifyMarketPrices(parseMarket(market), evidence.text, parsePolicy(POLICY))!;
    expect(found.modelled).toEqual(["BTC-25DEC26-64000-P"]);
  });

  test("make the same bytes as the same rules with these prices stated, but for the evidence", () => {
    let stated = RULES.replace(/^prices: signed.*\n/m, "").replace(
      "BTC: { volatility",
      "BTC: { price: 60010.5, volatility",
    );
    stated = stated.replace("symbol: BTC-PERP,", "symbol: BTC-PERP, mark: 60030.5,");
    stated = stated.replace("symbol: BTC-INV,", "symbol: BTC-INV, mark: 60025.5,");
    stated = stated.replace("symbol: BTC-25DEC26,", "symbol: BTC-25DEC26, mark: 60450,");
    stated = stated.replace("call: quoted", "call: 1795.5");
    expect(refusal(stated)).toBeUndefined();
    const { market } = signedMarket();
    delete market.priceEvidence;
    refused(() => build(stated), "RULES_PRICES", "state their own prices");
    expect(marketText(market)).toBe(marketText(buildMarket(stated)));
  });

  test("make the same bytes whatever the order of the files", () => {
    const { market, evidence } = build(RULES, {}, [...FILES].reverse());
    expect([marketText(market), evidence.text]).toEqual([
      marketText(signedMarket().market),
      signedMarket().evidence.text,
    ]);
  });

  test.each([
    ["an underlying's price", "BTC: { volatility", "BTC: { price: 60000, volatility", "BTC: { price"],
    ["a perpetual's mark", "symbol: BTC-PERP,", "symbol: BTC-PERP, mark: 60000,", "mark: 60000"],
    ["a future's mark", "symbol: BTC-25DEC26,", "symbol: BTC-25DEC26, mark: 60000,", "mark: 60000"],
    ["a premium", "call: quoted", "call: 1800", "call: 1800"],
    ["a forward", "forward: BTC-25DEC26 ", "forward: 60450 ", "forward: 60450"],
    ["a price of the quote currency", "underlyings:", "underlyings:\n  USDT: {}", "  USDT: {}"],
    [
      "an asset priced as another",
      "symbol: BTC, step",
      "symbol: WBTC, underlying: BTC, step",
      "underlying: BTC, step: 0.00001",
    ],
  ])("refuse %s, with its line", (_, from, to, at) => {
    const rules = edited(RULES, from, to);
    refused(() => build(rules), "RULES_PRICES", `rules, line ${lineOf(rules, at)}: `);
  });

  test("refuse what is missing or out of place", () => {
    refused(() => build(edited(RULES, "tick: 0.0001, ", "")), "RULES_TICK", "BTC-INV");
    refused(
      () => build(edited(RULES, "forward: BTC-25DEC26 ", "forward: ETH-25DEC26 ")),
      "RULES_REFERENCE",
      "ETH-25DEC26",
    );
    refused(() => build(edited(RULES, "prices: signed ", "prices: stated ")), "RULES_SCHEMA", "signed");
    refused(() => build(RULES, { modelOptions: false }), "PRICES_NOT_ATTESTED", "BTC-25DEC26-64000-P");
    refused(() => build(RULES, { quote: "USD" }), "PRICES_WRONG_FEED", "USD");
  });

  test("are refused without price files, and without a price of every name", () => {
    expect(refusal(RULES)).toMatchObject({ code: "RULES_PRICES" });
    const eth = edited(RULES, "underlyings:", "underlyings:\n  ETH: { volatility: 0.6 }");
    refused(() => build(eth), "PRICES_INSTRUMENT_MISSING", "ETH");
  });
});

describe("rules that state their prices", () => {
  test("refuse an underlying without one, and a premium that is quoted", () => {
    const rules = rulesOf("hybrid");
    const bare = edited(rules, "price: 60000, ", "");
    expect(refusal(bare)).toMatchObject({ code: "RULES_PRICES" });
    expect(refusal(bare)!.message).toContain(
      `rules, line ${lineOf(bare, "BTC: { volatility")}: BTC has no price`,
    );
    expect(refusal(edited(rules, "call: model", "call: quoted"))).toMatchObject({ code: "RULES_PRICES" });
  });

  test("may name a future as an option's forward", () => {
    const rules = edited(rulesOf("span"), "forward: 60450 ", "forward: BTC-25DEC26 ");
    expect(marketText(buildMarket(rules))).toBe(marketText(buildMarket(rulesOf("span"))));
    for (const bad of ["0", "-1", "1e5", "BTC-PERP"])
      expect(refusal(edited(rulesOf("span"), "forward: 60450 ", `forward: ${bad} `)), bad).toBeDefined();
  });
});
