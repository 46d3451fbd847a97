import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canonicalMarketDigest,
  compareMarkets,
  compileTable,
  type MarketJson,
  parseMarket,
  parseMarketText,
} from "../../src/market/index.js";
import { buildMarket, marketText } from "../../src/rules/index.js";
import { edited, exampleNames, rulesOf } from "./support.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const instrument = (market: MarketJson, symbol: string) =>
  market.instruments.find((i) => i.symbol === symbol)!;

describe("a market built from rules", () => {
  test("is the same to the last digit on every machine", () => {
    const digests = exampleNames.map((name) => [
      name,
      hex(canonicalMarketDigest(parseMarket(buildMarket(rulesOf(name))))).slice(0, 16),
    ]);
    expect(Object.fromEntries(digests)).toMatchInlineSnapshot(`
      {
        "currencies": "f01dbbce7c3ee704",
        "delta-plus": "8981493a58fa97f4",
        "deribit": "dea9785eb2ef428b",
        "derive": "787044f7d4d03a96",
        "dynamic": "92c1dd95b64b8fa9",
        "hybrid": "a25f86ed3339d8b8",
        "okx": "e37bbdd3d7d7956c",
        "paradex": "509ed62bb46140a3",
        "span": "d06eb725d869322d",
        "tiered": "ab0c9adc97d1d876",
      }
    `);
  });

  test.each(exampleNames)("%s: its text is canonical and parses to itself", (name) => {
    const text = marketText(buildMarket(rulesOf(name)));
    expect(marketText(parseMarketText(text))).toBe(text);
    expect(marketText(buildMarket(rulesOf(name)))).toBe(text);
  });

  test("the example of docs/rules.md builds", () => {
    const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "rules.md"), "utf8");
    const market = buildMarket(/```yaml\n([\s\S]*?)```/.exec(page)![1]!);
    expect(market.groups.map((g) => g.name)).toEqual(["scan: BTC scan"]);
    expect(market.instruments).toHaveLength(10);
  });

  test("comments, quotes, spacing and trailing zeros of the rules don't matter", () => {
    const text = rulesOf("tiered")
      .replace(/ *#.*$/gm, "")
      .replace("price: 3000 ", 'price: "3000.00" ');
    expect(marketText(buildMarket(text))).toBe(marketText(buildMarket(rulesOf("tiered"))));
    expect(buildMarket(text.replaceAll("\n", "\r\n"))).toEqual(buildMarket(text));
  });

  test("a fund is given per asset, or as one amount of quote currency", () => {
    const fund = (text: string) =>
      buildMarket(edited(rulesOf("tiered"), "insuranceFund: 250000", `insuranceFund: ${text}`)).insuranceFund;
    expect(fund("250000.00")).toEqual({ USDT: "250000" });
    expect(JSON.stringify(fund("{ USDT: 200000, BTC: 0.50 }"))).toBe('{"BTC":"0.5","USDT":"200000"}');
    expect(fund("0")).toEqual({});
    expect(fund("{}")).toEqual({});
  });

  test("brackets, fee, haircuts and borrow rates are those of the rules", () => {
    const market = buildMarket(rulesOf("tiered"));
    expect(instrument(market, "BTC-PERP")).toMatchObject({
      maintenance: {
        brackets: [
          { notionalFloor: "0", rate: "0.004" },
          { notionalFloor: "50000", rate: "0.005" },
          { notionalFloor: "600000", rate: "0.01" },
        ],
        liquidationFeeRate: "0.0005",
      },
      initial: { liquidationFeeRate: "0.0005" },
    });
    expect(instrument(market, "BTC").haircut?.map((t) => t.ratio)).toEqual(["0.95", "0.9", "0.5"]);
    expect(instrument(market, "ETH").borrowRate).toEqual([
      { valueFloor: "0", rate: "0.05" },
      { valueFloor: "50000", rate: "0.1" },
    ]);
  });

  test("initial rates grow with open interest: base + (1 - base) * (OI - low) / (high - low), held within 0 and 1", () => {
    const initial = (units: string): string[] => {
      const text = edited(rulesOf("tiered"), "  ETH-PERP: 10 ", `  ETH-PERP: ${units} `);
      const { brackets } = instrument(buildMarket(text), "ETH-PERP").initial!;
      return brackets!.map((b) => b.rate);
    };
    // 10 * 3003 = 30,030: a share of 0.2003.
    expect(initial("10")).toEqual(["0.216294", "0.240285"]);
    expect(initial("0")).toEqual(["0.02", "0.05"]);
    expect(initial("3")).toEqual(["0.02", "0.05"]);
    expect(initial("1000")).toEqual(["1", "1"]);
    const perp = instrument(buildMarket(rulesOf("tiered")), "ETH-PERP");
    expect(perp.maintenance!.brackets!.map((b) => b.rate)).toEqual(["0.01", "0.025"]);
  });

  test("stress: named moves, alts for the rest, stablecoins only by name, inverse contracts with their coin", () => {
    const market = buildMarket(rulesOf("tiered"));
    const gains = (symbol: string) => instrument(market, symbol).stressGains;
    expect(gains("USDT")).toBeUndefined();
    expect(gains("USDT-PNL")).toBeUndefined();
    expect(gains("BTC")).toEqual(["-30000", "-6000"]);
    expect(gains("BTC-PNL")).toEqual(gains("BTC"));
    expect(gains("ETH-PERP")).toEqual(["-2102.1", "-300.3"]);
    expect(gains("USDC")).toEqual(["0", "-0.119976"]);
    expect(gains("BTC-INV")).toEqual(["0", "0"]);
    expect(instrument(market, "BTC-INV").markPrice).toBe("-100");
  });

  test("stress revalues options in full: far below the strike a call is lost and a put gains its whole intrinsic value", () => {
    const market = buildMarket(
      edited(
        rulesOf("span"),
        "moves: { BTC: -0.5 }, volatility: 1 }",
        "moves: { BTC: -0.999 }, volatility: -1 }",
      ),
    );
    // The model's own values: the stated premium of the 60000 strike does not enter.
    const put = Number(instrument(market, "BTC-25DEC26-54000-P").stressGains![0]);
    const mark = Number(instrument(market, "BTC-25DEC26-54000-P").markPrice);
    expect(Math.abs(put - (54_000 - 60.45 - mark))).toBeLessThan(0.5);
    const call = Number(instrument(market, "BTC-25DEC26-70000-C").stressGains![0]);
    expect(Math.abs(call + Number(instrument(market, "BTC-25DEC26-70000-C").markPrice))).toBeLessThan(0.5);
  });

  test("stress of an option in coin counts its coins at the new index", () => {
    const text = edited(
      rulesOf("deribit"),
      "moves: { BTC: 0.6 }, volatility: 0.5",
      "moves: { BTC: 0.5 }, volatility: -1",
    );
    const { stressGains, markPrice } = instrument(buildMarket(text), "BTC-25DEC26-65000-C");
    // Forward 90450 without volatility: 25450 / 90450 coins at an index of 90000.
    const wanted = (25_450 / 90_450) * 90_000 - Number(markPrice);
    expect(Math.abs(Number(stressGains![1]) - wanted)).toBeLessThan(0.02);
  });

  test("models with other initial factors: the market has the least, and the groups of the others their own", () => {
    const text = rulesOf("span")
      .replace(
        "models:\n",
        "models:\n  other: { kind: span, priceScan: 0.1, volScan: 0.1, volScanKind: absolute }\n",
      )
      .replace("mark: 60450, model: scan", "mark: 60450, model: other");
    const market = parseMarket(buildMarket(text));
    expect(market.initialFactorBp).toBe(10_000);
    expect(market.groups.map((g) => [g.name, g.initialFactorBp])).toEqual([
      ["other: BTC scan", undefined],
      ["scan: BTC scan", 12_500],
    ]);
    expect(compileTable(market).groupPlaces.map(({ factorBp }) => factorBp)).toEqual([0n, 2_500n]);
  });

  test("a chain of a derive model is discounted at its own rate, others at the model's", () => {
    const chain = "expiry: 2026-12-25T08:00:00Z\n";
    const modelled = (text: string) =>
      buildMarket(edited(text, "imFactor: 1\n", "imFactor: 1\n    rate: 0.2\n"));
    const rated = modelled(edited(rulesOf("derive"), chain, `${chain}    rate: 0.1\n`));
    const [plain, all] = [buildMarket(rulesOf("derive")), modelled(rulesOf("derive"))];
    const gains = (market: MarketJson, symbol: string) => instrument(market, symbol).scenarioGains;
    for (const symbol of ["BTC-25DEC26-56000-P", "BTC-25DEC26-64000-C"]) {
      expect(gains(rated, symbol)).not.toEqual(gains(all, symbol));
      expect(gains(rated, symbol)).not.toEqual(gains(plain, symbol));
    }
    expect(gains(rated, "BTC-26MAR27-64000-C")).toEqual(gains(all, "BTC-26MAR27-64000-C"));
    expect(gains(rated, "BTC-26MAR27-64000-C")).not.toEqual(gains(plain, "BTC-26MAR27-64000-C"));
  });

  test("an expiry of a derive model is a part of its underlying's group", () => {
    const { groups } = parseMarket(buildMarket(rulesOf("derive")));
    expect(groups.map((g) => [g.name, g.within])).toEqual([
      ["expiries: BTC portfolio", undefined],
      ["expiries: BTC 4 days", "expiries: BTC portfolio"],
      ["expiries: BTC 32 days", "expiries: BTC portfolio"],
      ["expiries: BTC 123 days", "expiries: BTC portfolio"],
    ]);
  });

  test("groups are the model's, with its name, and hold who names it", () => {
    const market = buildMarket(rulesOf("delta-plus"));
    expect(market.groups.map((g) => [g.name, g.scenarios.length])).toEqual([["greeks: BTC greeks", 8]]);
    const members = market.instruments.filter((i) => i.scenarioGains !== undefined).map((i) => i.symbol);
    expect(members).toEqual(["BTC", "BTC-25DEC26-58000-P", "BTC-25DEC26-62000-C"]);
    expect(market.initialFactorBp).toBe(12_000);
  });
});

test("the margin call is stated in the market file: 1.2 unless the rules say otherwise", () => {
  const rules = rulesOf("span");
  expect(buildMarket(rules).marginCallBp).toBe(12_000);
  for (const [factor, bp] of [
    ["1", 10_000],
    ["1.255", 12_550],
    ["2", 20_000],
  ] as const)
    expect(buildMarket(edited(rules, "quote: USDT", `quote: USDT\nmarginCall: ${factor}`)).marginCallBp).toBe(
      bp,
    );
});

describe("comparing a market file with its rules", () => {
  const text = marketText(buildMarket(rulesOf("hybrid")));

  test("any edit of a byte is found", () => {
    expect(compareMarkets(text, text)).toBeUndefined();
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.constantFrom("0", "9", "x", " ", ""), (at, by) => {
        const changed = text.slice(0, at) + by + text.slice(at + 1);
        fc.pre(changed !== text);
        let found: unknown;
        try {
          found = compareMarkets(changed, text);
        } catch (error) {
          found = error;
        }
        expect(found).toBeDefined();
      }),
    );
  });

  test.each([
    ['"epoch": "2026-11-23T08"', '"epoch": "2026-11-23T09"', "epoch", '"2026-11-23T09"'],
    ['"markPrice": "60000"', '"markPrice": "60001"', "instruments[2].markPrice", '"60001"'],
    ['"initialFactorBp": 12000', '"initialFactorBp": 11000', "initialFactorBp", "11000"],
    ['"down 15% vol up",', "", "groups[0].scenarios[0]", '"up 15% vol up"'],
    ['"quote": "USDT",', '"quote": "USDT", "extra": 1,', "extra", "1"],
    ['"USDT": "250000"', "", "insuranceFund.USDT", undefined],
    ['"quote": "USDT",', '"quote":  "USDT",', "the text", undefined],
  ])("%s -> %s", (from, to, path, found) => {
    expect(compareMarkets(edited(text, from, to), text)).toMatchObject({ path, found });
  });
});
