import { beforeAll, describe, expect, test } from "vitest";
import type { MarketJson } from "../../src/market/index.js";
import type { PricePolicyJson } from "../../src/prices/index.js";
import { checkJson, checkText } from "../../src/report/checkText.js";
import { judgedText } from "../../src/report/judgedText.js";
import { verdictJson } from "../../src/report/verdictJson.js";
import { verdictText } from "../../src/report/verdictText.js";
import type { BundleParts } from "../../src/verifier/bundle.js";
import type { VerifyOptions } from "../../src/verifier/options.js";
import type { PinnedKey } from "../../src/verifier/pins.js";
import { exampleOfPrices, tinyBundle, tinyPins, verifyTiny } from "../support/tinyBundle.js";

let honest: BundleParts;
let pins: PinnedKey[];
beforeAll(async () => {
  honest = await tinyBundle("covered");
  pins = await tinyPins();
});

/** Publishes another market file and expects its names to be refused, before anything is compared or proved. */
async function refused(edit: (market: MarketJson) => void, code: string): Promise<void> {
  const market = JSON.parse(honest.marketText) as MarketJson;
  edit(market);
  const { verdict } = await verifyTiny({ ...honest, marketText: JSON.stringify(market) });
  const failed = verdict.checks.filter(({ status }) => status === "fail");
  expect(failed.map(({ id }) => id)).toEqual(["market"]);
  expect(failed[0]!.code).toMatch(new RegExp(`^${code}$`));
  expect(failed[0]!.detail).toMatch(new RegExp(`^${code}: `));
  expect(verdict.proved).toBe(false);
  expect(verdict.judgedBy).toBeUndefined();
}
const bySymbol = (market: MarketJson, symbol: string) => market.instruments.find((i) => i.symbol === symbol)!;

describe("names that lie", () => {
  test("customers' USDT as a class of another asset, whose reserves cover it", () =>
    refused((market) => {
      for (const i of market.instruments)
        if (i.symbol.startsWith("USDT")) Object.assign(i, { asset: "USDT*", stressGains: ["0", "0"] });
      market.reserves = { "USDT*": "10000000", BTC: "100" };
      market.insuranceFund = {};
    }, "MARKET_(ASSET_NAME|NAME_ALIKE)"));

  test("the same under another quote currency", () =>
    refused((market) => {
      Object.assign(bySymbol(market, "BTC"), { asset: "WBTC" });
      market.reserves = { USDT: "10000000", WBTC: "100" };
    }, "MARKET_ASSET_NAME"));

  test.each(["BTC ", "btc", "BТC", "B\u200bTC", "BTC'"])("a contract called like the asset: %j", (symbol) =>
    refused(
      (market) => void Object.assign(bySymbol(market, "BTC-60000-C"), { symbol }),
      "MARKET_(ASSET_NAME|SCHEMA)",
    ),
  );

  test("a second coin that looks like the first, with its own price and reserve", () =>
    refused((market) => {
      market.instruments.push({
        ...bySymbol(market, "BTC"),
        symbol: "BTÇ",
        markPrice: "1",
        stressGains: ["0", "0"],
      });
    }, "MARKET_NAME_ALIKE"));

  test.each(["now", "NOW!", "USDT", "BTC-PERP"])("a stress scenario called %s", (name) =>
    refused((market) => void (market.stress[1] = { name }), "MARKET_STRESS_NAME"),
  );

  test("a stress scenario that moves nothing", () =>
    refused((market) => {
      market.stress[1] = { name: "all markets -90%" };
      for (const i of market.instruments) if (i.stressGains !== undefined) i.stressGains[1] = "0";
    }, "MARKET_STRESS_NOTHING"));
});

describe("what a verdict says of its own grounds", () => {
  test("by which factors and scenarios, and what is held in which kind", async () => {
    const { verdict, statement } = await verifyTiny(honest);
    const text = verdictText(verdict);
    expect(text).toContain(judgedText(verdict.judgedBy!));
    expect(checkText({ verdict }, { status: "unknown" }, false)).toContain(judgedText(verdict.judgedBy!));
    expect(checkJson(verdict, { status: "unknown" })).toMatchObject({
      judgedBy: { marginCallFactor: "1.2" },
    });
    expect(text).toMatch(/^ {2}assets +2: USDT, BTC$/m);
    expect(text).toMatch(/^ {2}perpetuals +1, claims on the exchange: BTC-PERP$/m);
    expect(text).toMatch(/margin call +below 1\.2 times the initial requirement/);
    expect(text).toMatch(/stress BTC -30% +moves 3 of 3 instruments held, USDT aside, by at most -96\.76%/);
    expect(text).toContain('[pass] under stress "BTC -30%": bad debt <= insurance fund');
    expect(verdictJson(verdict, statement)).toMatchObject({
      judgedBy: {
        instruments: expect.arrayContaining([
          expect.objectContaining({ symbol: "BTC-PERP", kind: "perpetual", asset: null, settledIn: "USDT" }),
        ]),
        kinds: { asset: 2, settlement: 1, perpetual: 1, future: 0, option: 1 },
        reserves: [
          { asset: "USDT", quantity: "10000000" },
          { asset: "BTC", quantity: "100" },
        ],
        initialFactor: "1.3",
        marginCallFactor: "1.2",
        prices: null,
        stress: [
          { name: "BTC -30%", moved: 3, held: 3 },
          { name: "BTC +50%", moved: 3, held: 3 },
        ],
      },
    });
  });

  test("quorum and age of signed prices, and whose list the signers are on", async () => {
    const bundle = await tinyBundle("signed");
    const { verdict, prices } = await verifyTiny(bundle);
    const { quorum, maxAgeSeconds } = prices!.policy;
    const judged = { quorum, maxAgeSeconds, unpriced: 1 };
    expect(verdict.judgedBy!.prices).toEqual({ ...judged, pinned: false });
    expect(verdictText(verdict)).toMatch(
      / signers that the bundle itself names each, .*; 1 options by nobody$/m,
    );
    const pricePolicy = JSON.parse(exampleOfPrices("policy.json")) as PricePolicyJson;
    const own = (await verifyTiny(bundle, { pricePolicy })).verdict;
    expect(own.judgedBy!.prices).toEqual({ ...judged, pinned: true });
    expect(verdictText(own)).toMatch(/ signers on your price policy each, /);
  });
});

describe("keys that are on nobody's list", () => {
  const title = async (options: Partial<VerifyOptions>) => {
    const check = (await verifyTiny(honest, options)).verdict.checks.find(({ id }) => id === "keys")!;
    return `${check.status}: ${check.title}`;
  };
  const ofPackage = () => pins.map((pin) => ({ ...pin, ofPackage: true as const }));

  test("let through as development keys only", async () => {
    expect(await title({ pins: ofPackage() })).toBe(
      "pass: verifying keys are NOT on any list of yours: public development keys, let through by --allow-dev-keys",
    );
    // A list of one's own that has none, or not all, of the bundle's keys.
    const [first] = pins;
    expect(await title({ pins: [...ofPackage(), first!] })).toContain("NOT on any list of yours");
  });

  test("on a list of one's own, as development keys", async () => {
    const own =
      "pass: the verifying keys are on your own list, as public development keys: anybody can forge with them";
    expect(await title({ pins })).toBe(own);
    expect(await title({ pins: [...ofPackage(), ...pins] })).toBe(own);
  });

  test("on a list of one's own, from a ceremony", async () => {
    const trusted = pins.map((pin) => ({ ...pin, development: false }));
    expect(await title({ pins: trusted })).toBe(
      "pass: every verifying key is on your own list of trusted keys",
    );
  });

  test("refused", async () => {
    const failed = "fail: every verifying key is on your own list of trusted keys";
    expect(await title({ pins: ofPackage(), allowDevKeys: false })).toBe(failed);
    expect(await title({ pins: [] })).toBe(failed);
  });
});
