import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { type MarketJson, parseMarket } from "../../src/market/index.js";
import {
  addressOfPrivateKey,
  evidenceDigest,
  medianPrices,
  type PriceFileJson,
  type PricePolicyJson,
  parsePolicy,
  signPrices,
  type UnsignedPricesJson,
  verifyMarketPrices,
} from "../../src/prices/index.js";
import { buildSignedMarket } from "../../src/rules/index.js";
import { expectRefusal, KEYS } from "./support.js";

const example = (name: string): string =>
  readFileSync(join(PACKAGE_ROOT, "examples", "prices", name), "utf8");
const signersOf = (policy: PricePolicyJson): PricePolicyJson["signers"] =>
  policy.signers.map((signer, i) => ({ ...signer, address: addressOfPrivateKey(KEYS[i]!) }));
const EXAMPLE = JSON.parse(example("policy.json")) as PricePolicyJson;
/** The example's policy, its signers being keys of the tests. */
const POLICY: PricePolicyJson = { ...EXAMPLE, signers: signersOf(EXAMPLE) };
type Prices = UnsignedPricesJson;

/** The example's files, signed again after a change of each. */
const files = (edit: (prices: Prices) => void = () => {}): PriceFileJson[] =>
  ["alpha", "beta", "gamma"].map((name, i) => {
    const { signature: _, ...prices } = JSON.parse(example(`${name}.json`)) as PriceFileJson;
    prices.signer = addressOfPrivateKey(KEYS[i]!);
    edit(prices);
    return signPrices(prices, KEYS[i]!);
  });
const FILES = files();
const MARKET = buildSignedMarket(example("rules.yaml"), { files: FILES, policy: POLICY }).market;
const NAMES = ["BTC", "BTC-PERP", "BTC-INV", "BTC-25DEC26", "BTC-25DEC26-64000-C"];

interface Case {
  readonly policy?: Partial<PricePolicyJson>;
  readonly of?: readonly unknown[];
  readonly instruments?: readonly string[];
  readonly market?: (market: MarketJson) => void;
}
/** A market that names the evidence of these files, and the evidence. */
function published({ policy = {}, of = FILES, instruments = NAMES, market: edit = () => {} }: Case) {
  const made = medianPrices({ files: of, policy: { ...POLICY, ...policy }, time: MARKET.time, instruments });
  const json = { ...structuredClone(MARKET), priceEvidence: evidenceDigest(made.text) };
  edit(json);
  return { market: parseMarket(json), text: made.text, made };
}
const judge = (given: Case | Published = {}, own?: Partial<PricePolicyJson>) => {
  const { market, text } = "text" in given ? given : published(given);
  return verifyMarketPrices(market, text, own && parsePolicy({ ...POLICY, ...own }));
};
type Published = ReturnType<typeof published>;
const of = (m: MarketJson, symbol: string) => m.instruments.find((i) => i.symbol === symbol)!;
const priced = (instrument: string, fields: Partial<Prices["observations"][number]>) => (prices: Prices) =>
  void Object.assign(prices.observations.find((o) => o.instrument === instrument)!, fields);
const without = (instrument: string) => NAMES.filter((name) => name !== instrument);

describe("a market whose prices are signed", () => {
  test("is held to its evidence, and under the verifier's own policy to that", () => {
    const found = judge()!;
    expect(found.medians).toEqual(published({}).made.medians);
    expect(found.files.map(({ signer }) => signer).sort()).toEqual(
      POLICY.signers.map(({ address }) => address).sort(),
    );
    expect(found.policy).toEqual(parsePolicy(POLICY));
    expect(found.modelled).toEqual(["BTC-25DEC26-64000-P"]);
    const own = judge({}, { quorum: 3 })!;
    expect(own.policy.quorum).toBe(3);
    expect({ ...own, policy: found.policy }).toEqual(found);
  });

  test("names all options that nobody prices", () => {
    const more = (m: MarketJson) =>
      m.instruments.push({ ...of(m, "BTC-25DEC26-64000-P"), symbol: "BTC-25DEC26-65000-P" });
    expect(judge({ market: more })?.modelled).toEqual(["BTC-25DEC26-64000-P", "BTC-25DEC26-65000-P"]);
  });

  test("has no evidence to show where it names none and nobody asks", () => {
    const { priceEvidence: _, ...json } = MARKET;
    const unsigned = parseMarket(json);
    const { market, text } = published({});
    const own = parsePolicy(POLICY);
    expect(verifyMarketPrices(unsigned, undefined)).toBeUndefined();
    expectRefusal(() => verifyMarketPrices(unsigned, undefined, own), "PRICES_NOT_ATTESTED", "policy asks");
    expectRefusal(() => verifyMarketPrices(unsigned, text), "PRICES_EVIDENCE_UNNAMED");
    expectRefusal(() => verifyMarketPrices(market, undefined), "PRICES_EVIDENCE_MISSING");
  });

  test("names one evidence, byte by byte", () => {
    const { market, text } = published({});
    const refused = (other: string, part: string) =>
      expectRefusal(() => verifyMarketPrices(market, other), "PRICES_EVIDENCE_DIGEST", part);
    refused(`${text}\n`, "not the one that the market file names");
    refused(`\uFEFF${text}`, "begins with a byte order mark");
  });
});

describe("a fault in a policy", () => {
  const both: PricePolicyJson["exceptions"] = [
    { instrument: "BTC-{DDMMMYY}", maxIndexDistance: "0.03" },
    { instrument: "BTC-{DMMMYY}", maxIndexDistance: "0.03" },
  ];
  const exit = (code: number) => expect.objectContaining({ code: "PRICES_POLICY", exitCode: code });

  test("of the reader's own is theirs to mend, one inside the evidence refuses the evidence", () => {
    expect(() => judge({}, { exceptions: both })).toThrow(exit(2));
    // Terms of a chain are looked at beside the market: of an option that no file prices, there alone.
    const ambiguous: PricePolicyJson["terms"] = [
      ...POLICY.terms.filter(({ instrument }) => instrument !== "BTC-{DDMMMYY}-{strike}-{side}"),
      option("BTC-25DEC26-64000-C", "BTC-25DEC26"),
      option("BTC-{DDMMMYY}-{strike}-{side}", "BTC-25DEC26"),
      option("BTC-{DMMMYY}-{strike}-{side}", "BTC-25DEC26"),
    ];
    expect(() => judge({}, { terms: ambiguous })).toThrow(exit(2));
    expect(() => judge({ policy: { terms: ambiguous } })).toThrow(exit(1));
  });
});

const option = (instrument: string, ...underlyings: string[]): PricePolicyJson["terms"][number] => ({
  ...{ instrument, kind: "option", settlement: "USDT", underlyings },
});

describe("a market whose prices are not those of its evidence", () => {
  const refused = (code: string, given: Case, ...parts: string[]) => {
    const bundle = published(given);
    expectRefusal(() => judge(bundle), code, ...parts);
    expectRefusal(() => judge(bundle, given.policy ?? {}), code, ...parts);
  };

  test.each([
    [["BTC-PERP"], "60030.51"],
    [["BTC", "BTC-PNL"], "60010.49"],
    [["BTC-25DEC26"], "60449.99"],
    [["BTC-25DEC26-64000-C"], "1795.51"],
    [["BTC-INV"], "-99.9751"],
  ])("%s off by a tick", (symbols, markPrice) => {
    const moved = (m: MarketJson) => symbols.forEach((symbol) => void (of(m, symbol).markPrice = markPrice));
    refused("PRICES_MARK_PRICE", { market: moved }, symbols[0]!, `its mark price is ${markPrice}`);
  });

  test("an instrument that no file prices, or of whose price no median was taken", () => {
    const unnamed = files(
      (p) => void (p.observations = p.observations.filter((o) => o.instrument !== "BTC-PERP")),
    );
    refused("PRICES_NOT_ATTESTED", { of: unnamed, instruments: without("BTC-PERP") }, "BTC-PERP");
    refused("PRICES_LEFT_OUT", { instruments: without("BTC-PERP") }, "BTC-PERP");
    refused("PRICES_NOT_ATTESTED", { policy: { modelOptions: false } }, "BTC-25DEC26-64000-P");
    const hintOf = (given: Case): string => {
      try {
        judge(given);
      } catch (error) {
        return (error as { options: { hint?: string } }).options.hint ?? "";
      }
      return "nothing was thrown";
    };
    expect(hintOf({ policy: { modelOptions: false } })).toContain("modelOptions");
    expect(hintOf({ of: unnamed, instruments: without("BTC-PERP") })).toBe("");
    const moved = (m: MarketJson) => void (of(m, "BTC-PERP").markPrice = "60030.51");
    expect(hintOf({ market: moved })).toBe("build the market from the attested prices");
  });

  test("another currency than the evidence's, or a price of the quote currency itself", () => {
    const usd = (p: Prices) => void (p.quote = "USD");
    refused(
      "PRICES_QUOTE",
      { of: files(usd), policy: { quote: "USD" } },
      "in USD, those of the market in USDT",
    );
    const own = files((p) =>
      p.observations.push({ instrument: "USDT", price: "1", time: p.observations[0]!.time }),
    );
    refused("PRICES_QUOTE", { of: own, instruments: [...NAMES, "USDT"] }, "the quote currency");
  });

  test("an option at another notional than its underlying's signed price, or with none to look at", () => {
    const at = (notionalPrice: string) => (m: MarketJson) =>
      void Object.assign(of(m, "BTC-25DEC26-64000-P"), { notionalPrice });
    refused("PRICES_NOTIONAL", { market: at("0.01") }, "its notionalPrice is 0.01", "60450");
    const stated = (m: MarketJson) => {
      for (const symbol of ["BTC-25DEC26-64000-P", "BTC-25DEC26-64000-C"]) delete of(m, symbol).notionalPrice;
    };
    refused("PRICES_NOTIONAL", { market: stated }, "its notionalPrice is not stated");
    const terms = POLICY.terms.map((t) => (t.kind === "option" ? { ...t, underlyings: ["X", "Y"] } : t));
    refused("PRICES_NOTIONAL", { policy: { terms } }, "no price of its underlying X, Y");
    refused("PRICES_NOTIONAL", { policy: { terms }, market: stated }, "no price of its underlying X, Y");
    const future = { instruments: without("BTC-25DEC26") };
    refused("PRICES_LEFT_OUT", future, "BTC-25DEC26");
    // The first of its underlyings that a file prices counts, though no median was taken of it.
    const first = POLICY.terms.map((t) => (t.kind === "option" ? { ...t, underlyings: ["Z", "BTC"] } : t));
    const also = files((p) =>
      p.observations.push({ instrument: "Z", price: "1", time: p.observations[0]!.time }),
    );
    refused("PRICES_NOTIONAL", { of: also, policy: { terms: first } }, "no price of its underlying Z");
    expect(() => judge({ of: also, policy: { terms: first } })).toThrow(/ underlying Z$/);
  });

  test("an option of the exchange's own value that is worth less than nothing", () => {
    const below = (m: MarketJson) => void (of(m, "BTC-25DEC26-64000-P").markPrice = "-0.5");
    refused("PRICES_MARK_PRICE", { market: below }, "no option is worth less than 0");
  });
});

describe("a linear contract with a multiplier", () => {
  const terms = (more: object): Case["policy"] => ({
    terms: POLICY.terms.map((t) => (t.instrument === "BTC-PERP" ? ({ ...t, ...more } as typeof t) : t)),
  });
  const is = (change: object) => (m: MarketJson) => void Object.assign(of(m, "BTC-PERP"), change);
  const hundredth = { multiplier: "0.01", markPrice: "600.305" };

  test("in the quote currency is worth so much of its attested price, and needs no coin's", () => {
    const policy = terms({ multiplier: "0.01" })!;
    expect(judge({ policy, market: is(hundredth) }, policy)?.medians).toHaveLength(NAMES.length);
    const off = { policy, market: is({ ...hundredth, markPrice: "600.306" }) };
    expectRefusal(() => judge(off, policy), "PRICES_MARK_PRICE", "the attested one 600.305");
    const coarse = { policy, market: is({ ...hundredth, tick: "1000", markPrice: "1000" }) };
    expectRefusal(() => judge(coarse, policy), "PRICES_ROUNDING", "its tick moves its price");
  });

  test("may be a future", () => {
    const chain = POLICY.terms.map((t) =>
      t.instrument === "BTC-{DDMMMYY}" ? ({ ...t, multiplier: "0.01" } as typeof t) : t,
    );
    const policy = { terms: chain };
    const future = (markPrice: string) => (m: MarketJson) =>
      void Object.assign(of(m, "BTC-25DEC26"), { multiplier: "0.01", markPrice });
    expect(judge({ policy, market: future("604.5") }, policy)?.medians).toHaveLength(NAMES.length);
    const off = { policy, market: future("604.6") };
    expectRefusal(() => judge(off, policy), "PRICES_MARK_PRICE", "the attested one 604.5");
  });

  test("in a coin is worth that at the coin's attested price", () => {
    const policy = terms({ multiplier: "0.00001", settlement: "BTC" })!;
    const coin = { multiplier: "0.00001", settlement: "BTC-PNL", markPrice: "36024.6032025" };
    expect(judge({ policy, market: is(coin) }, policy)?.medians).toHaveLength(NAMES.length);
    const off = { policy, market: is({ ...coin, markPrice: "0.600305" }) };
    expectRefusal(() => judge(off, policy), "PRICES_MARK_PRICE", "the attested one 36024.6032025");
  });
});

describe("an inverse contract", () => {
  const linear = (m: MarketJson) => m.instruments.filter(({ symbol }) => symbol !== "BTC-25DEC26");

  test("needs the price of the coin that it settles in, above 0 like its own", () => {
    const LAX = { maxSpread: "0.9", maxIndexDistance: "0.9" };
    const negative = files(priced("BTC-INV", { price: "-60000", index: "-60000" }));
    expectRefusal(() => judge({ of: negative, policy: LAX }), "PRICES_MARK_PRICE", "prices above 0");
    const none = files(priced("BTC-INV", { price: "0", index: "0" }));
    expectRefusal(() => judge({ of: none, policy: LAX }), "PRICES_MARK_PRICE", "prices above 0");
    // The contract before the coin: its own refusal is the first.
    const first = (m: MarketJson) => {
      m.instruments = [of(m, "BTC-INV"), ...linear(m).filter(({ symbol }) => symbol !== "BTC-INV")];
    };
    const worthless = files(priced("BTC", { price: "0" }));
    expectRefusal(() => judge({ of: worthless, market: first }), "PRICES_MARK_PRICE", "prices above 0");
    const unnamed = files(
      (p) => void (p.observations = p.observations.filter((o) => o.instrument !== "BTC")),
    );
    const given = { of: unnamed, instruments: without("BTC"), market: first };
    expectRefusal(() => judge(given), "PRICES_NOT_ATTESTED", "BTC-INV", "no price of the coin it settles in");
  });

  test("may settle in a coin that is worth 1, at a price of 1", () => {
    const one = files((p) => {
      priced("BTC", { price: "1" })(p);
      priced("BTC-INV", { price: "1", index: "1" })(p);
    });
    const cheap = (m: MarketJson) => {
      for (const symbol of ["BTC", "BTC-PNL"])
        Object.assign(of(m, symbol), { markPrice: "1", stressGains: ["-0.5"] });
      of(m, "BTC-INV").markPrice = "-100";
    };
    expect(judge({ of: one, market: cheap })?.medians).toHaveLength(NAMES.length);
  });

  test("has a tick too fine to move its price", () => {
    const coarse = (m: MarketJson) => {
      const contract = of(m, "BTC-INV");
      Object.assign(contract, { inverse: { ...contract.inverse!, tick: "70" }, markPrice: "-70" });
    };
    expectRefusal(() => judge({ market: coarse }), "PRICES_ROUNDING", "BTC-INV", "its tick moves its price");
  });
});
