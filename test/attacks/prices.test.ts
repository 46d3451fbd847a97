import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { beforeAll, describe, expect, test } from "vitest";
import { bytesToHex } from "../../src/field/encoding.js";
import { readBundle } from "../../src/files/bundleFolder.js";
import { canonicalMarketDigest, type MarketJson, parseMarket } from "../../src/market/index.js";
import { MAX_EVIDENCE_LENGTH } from "../../src/prices/evidenceFile.js";
import {
  addressOfPrivateKey,
  evidenceDigest,
  medianPrices,
  type PriceFileJson,
  type PricePolicyJson,
  parsePolicy,
  signPrices,
  type UnsignedPricesJson,
} from "../../src/prices/index.js";
import { verdictJson } from "../../src/report/verdictJson.js";
import type { BundleParts } from "../../src/verifier/bundle.js";
import { BUNDLE_FILE_NAMES } from "../../src/verifier/bundleTexts.js";
import type { Verdict } from "../../src/verifier/verdict.js";
import { inFolder } from "../rules/support.js";
import { exampleOfPrices, tinyBundle, tinyEpochPaths, verifyTiny } from "../support/tinyBundle.js";

/** The keys of examples/prices, which everybody knows: the first accounts of every Hardhat chain. */
const KEYS = {
  alpha: "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  beta: "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
  gamma: "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
} as const;
type Source = keyof typeof KEYS;
const SOURCES = Object.keys(KEYS) as Source[];
const TIME = "2026-11-23T08:00:00Z";

const POLICY = JSON.parse(exampleOfPrices("policy.json")) as PricePolicyJson;
/** What a careless, or dishonest, exchange may write into its own evidence. */
const LAX: PricePolicyJson = {
  ...POLICY,
  quorum: 1,
  maxAgeSeconds: 86_400,
  maxSpread: "0.9",
  maxIndexDistance: "0.9",
  exceptions: ["BTC-PERP", "BTC-INV", "BTC-25DEC26"].map((instrument) => ({
    instrument,
    indexOptional: true,
  })),
};

let honest: BundleParts;
let market: MarketJson;
beforeAll(async () => {
  honest = await tinyBundle("signed");
  market = JSON.parse(honest.marketText) as MarketJson;
});

const fileOf = (source: Source): PriceFileJson =>
  JSON.parse(exampleOfPrices(`${source}.json`)) as PriceFileJson;
/** A source's file with other contents, signed again by its own key, or by another. */
function signed(
  source: Source,
  edit: (prices: UnsignedPricesJson) => void,
  key: string = KEYS[source],
): PriceFileJson {
  const { signature: _, ...prices } = fileOf(source);
  prices.signer = addressOfPrivateKey(key);
  edit(prices);
  return signPrices(prices, key);
}
const pricing =
  (instrument: string, fields: { price?: string; index?: string; time?: string }) =>
  (p: UnsignedPricesJson) => {
    Object.assign(p.observations.find((o) => o.instrument === instrument)!, fields);
  };
const everySource = (edit: (prices: UnsignedPricesJson) => void): PriceFileJson[] =>
  SOURCES.map((source) => signed(source, edit));

const WANTED = ["BTC", "BTC-PERP", "BTC-INV", "BTC-25DEC26", "BTC-25DEC26-64000-C"];
/** Evidence in canonical form, as the project itself would make it under the policy given. */
const evidenceOf = (
  files: readonly unknown[],
  policy: PricePolicyJson = LAX,
  time = TIME,
  instruments = WANTED,
): string => medianPrices({ files, policy, time, instruments }).text;
/** The same of whatever a cheat likes, unchecked. */
function written(edit: (evidence: Json) => void): string {
  const evidence = JSON.parse(honest.evidenceText!) as Json;
  edit(evidence);
  return JSON.stringify(evidence);
}
// biome-ignore lint/suspicious/noExplicitAny: a cheat writes whatever it likes into these
type Json = any;

/**
 * What a dishonest exchange could publish: its own evidence and market, and a statement that names them. Proofs are not
 * looked at before prices, so nothing but the price check stands between it and its forged or honest proofs.
 */
function publishedWith(
  evidenceText: string | undefined,
  edit: (market: MarketJson) => void = () => {},
  { named = true } = {},
): BundleParts {
  const own = structuredClone(market);
  if (named && evidenceText !== undefined) own.priceEvidence = evidenceDigest(evidenceText);
  if (!named) delete own.priceEvidence;
  edit(own);
  const digest = `0x${bytesToHex(canonicalMarketDigest(parseMarket(own)))}`;
  const { evidenceText: _, ...others } = honest;
  return {
    ...others,
    marketText: JSON.stringify(own),
    statement: { ...(honest.statement as object), marketDigest: digest },
    ...(evidenceText === undefined ? {} : { evidenceText }),
  };
}

const verify = async (bundle: BundleParts, policy?: PricePolicyJson): Promise<Verdict> =>
  (await verifyTiny(bundle, policy === undefined ? {} : { pricePolicy: parsePolicy(policy) })).verdict;

/** The one check that fails, and its code; a policy of null is none. Nothing after it is looked at. */
async function refusal(bundle: BundleParts, policy: PricePolicyJson | null): Promise<string> {
  const verdict = await verify(bundle, policy ?? undefined);
  expect([verdict.valid, verdict.proved]).toEqual([false, false]);
  const [failed, ...others] = verdict.checks.filter(({ status }) => status === "fail");
  expect(others).toEqual([]);
  return `${failed!.id} ${failed!.detail}`;
}
const refused = async (bundle: BundleParts, code: string, policy: PricePolicyJson | null = POLICY) =>
  expect(await refusal(bundle, policy)).toMatch(new RegExp(`^${code}: `));

describe("what a verdict says of prices", () => {
  test("signed by signers of the verifier's own list", async () => {
    const verdict = await verify(honest, POLICY);
    expect(verdict).toMatchObject({ valid: true, prices: "pinned" });
    const check = verdict.checks.find(({ id }) => id === "prices")!;
    expect(check).toMatchObject({
      status: "pass",
      title: "the prices are signed as your own price policy asks",
    });
    expect(check.detail).toContain(
      '5 prices, each the median of at least 2 of "Gamma, Example Exchange marks"',
    );
    expect(verdict.notProved.join()).toContain("signers on your price policy are independent");
    expect(verdict.notProved.join()).toContain("no signer prices: BTC-25DEC26-64000-P");
  });

  test("signed by whomever the bundle names", async () => {
    const verdict = await verify(honest);
    expect(verdict).toMatchObject({ valid: true, prices: "attested" });
    expect(verdict.notProved.join()).toContain("the bundle itself names who signed them");
    expect(verdict.checks.find(({ id }) => id === "prices")!.detail).toContain(
      addressOfPrivateKey(KEYS.alpha),
    );
  });

  test("the exchange's word; and nothing at all for a verifier who asks for signatures", async () => {
    const unsigned = await tinyBundle("covered");
    const verdict = await verify(unsigned);
    expect(verdict).toMatchObject({ valid: true, prices: "stated" });
    expect(verdict.checks.some(({ id }) => id === "prices")).toBe(false);
    expect(verdict.notProved.join()).toContain("they are the exchange's word");
    await refused(unsigned, "prices PRICES_NOT_ATTESTED");
  });
});

describe("evidence swapped, stripped or added after proving", () => {
  const other = () => evidenceOf([fileOf("alpha"), fileOf("beta")], POLICY);
  const withEvidence = (evidenceText: string): BundleParts => ({ ...honest, evidenceText });

  test("swapped for other honest evidence: the market names one", async () => {
    await refused(withEvidence(other()), "prices PRICES_EVIDENCE_DIGEST");
    await refused(withEvidence(`${honest.evidenceText}\n`), "prices PRICES_EVIDENCE_DIGEST", null);
    const renamed = { ...publishedWith(other()), statement: honest.statement };
    await refused(renamed, "market MARKET_DIGEST");
  });

  test("stripped: the market still names it, and a market that doesn't is another", async () => {
    const { evidenceText: _, ...stripped } = honest;
    await refused(stripped, "prices PRICES_EVIDENCE_MISSING");
    await refused(stripped, "prices PRICES_EVIDENCE_MISSING", null);
    const unnamed = {
      ...publishedWith(undefined, undefined, { named: false }),
      statement: honest.statement,
    };
    await refused(unnamed, "market MARKET_DIGEST", null);
  });

  test("stripped from market and statement too: every challenge changes, and no proof fits", async () => {
    await refused(publishedWith(undefined, undefined, { named: false }), "chain CHAIN_END", null);
    await refused(publishedWith(evidenceOf(SOURCES.map(fileOf))), "chain CHAIN_END", null);
  });

  test("added to a bundle of stated prices", async () => {
    const unsigned = await tinyBundle("covered");
    await refused(
      { ...unsigned, evidenceText: honest.evidenceText! },
      "prices PRICES_EVIDENCE_UNNAMED",
      null,
    );
    await refused({ ...unsigned, evidenceText: honest.evidenceText! }, "prices PRICES_EVIDENCE_UNNAMED");
  });
});

describe("evidence of the exchange's own making", () => {
  const cheat = (files: readonly unknown[], code: string, policy: PricePolicyJson = LAX) =>
    refused(publishedWith(evidenceOf(files, policy)), `prices ${code}`);

  test("signed by keys of its own, under their names", async () => {
    const own = ["1", "2", "3"].map((digit) => `0x${digit.repeat(64)}`);
    const files = SOURCES.map((source, i) => signed(source, pricing("BTC-PERP", { price: "66000" }), own[i]));
    const signers = files.map(({ signer, source }) => ({ address: signer, name: source }));
    const text = evidenceOf(files, { ...LAX, signers });
    const moved = publishedWith(
      text,
      (m) => (m.instruments.find((i) => i.symbol === "BTC-PERP")!.markPrice = "66000"),
    );
    await refused(moved, "prices PRICES_UNKNOWN_SIGNER");
    // Without a list of one's own it repeats, and the verdict shows the addresses and says that nobody compared them.
    const verdict = await verify(moved);
    expect(verdict.checks.find(({ id }) => id === "prices")).toMatchObject({ status: "pass" });
    expect(verdict.notProved.join()).toContain("no list of yours was compared");
  });

  test("one signer twice: under two names, in two cases, in two files", async () => {
    const twice = (second: object) =>
      written((e) => e.policy.signers.splice(1, 0, { ...e.policy.signers[0], name: "Delta", ...second }));
    await refused(publishedWith(twice({})), "prices PRICES_POLICY", null);
    const lower = POLICY.signers[2]!.address.toLowerCase();
    await refused(publishedWith(twice({ address: lower })), "prices PRICES_POLICY", null);
    const again = signed("alpha", (p) => (p.source = "Delta"));
    await refused(publishedWith(written((e) => e.files.push(again))), "prices PRICES_DUPLICATE_SIGNER");
    expect(() =>
      parsePolicy({ ...POLICY, signers: [...POLICY.signers, { ...POLICY.signers[0]!, name: "Delta" }] }),
    ).toThrow(expect.objectContaining({ code: "PRICES_POLICY" }));
  });

  test("too few signers", async () => {
    await refused(publishedWith(evidenceOf([fileOf("alpha")])), "prices PRICES_NO_EVIDENCE");
    const withoutBtc = signed("beta", (p) => p.observations.splice(0, 1));
    await cheat([fileOf("alpha"), withoutBtc], "PRICES_NO_QUORUM");
  });

  test("no price file at all, or none of whose prices is used: no evidence, and never pinned", async () => {
    const nothing = publishedWith(written((e) => Object.assign(e, { files: [], medians: [] })));
    const unused = publishedWith(written((e) => (e.medians = [])));
    for (const bundle of [nothing, unused]) {
      await refused(bundle, "prices PRICES_NO_EVIDENCE");
      await refused(bundle, "prices PRICES_NO_EVIDENCE", null);
      expect(await verify(bundle, POLICY)).toMatchObject({ prices: "stated" });
    }
  });

  test("stale, of the future, twice in one file", async () => {
    await cheat(
      [signed("alpha", pricing("BTC", { time: "2026-11-23T07:00:00Z" })), fileOf("beta")],
      "PRICES_STALE",
    );
    const late = signed("alpha", pricing("BTC", { time: "2026-11-23T08:00:00.000000001Z" }));
    await refused(publishedWith(written((e) => (e.files[2] = late))), "prices PRICES_FUTURE");
    const double = written((e) => e.files[0].observations.push(e.files[0].observations[0]));
    await refused(publishedWith(double), "prices PRICES_DUPLICATE_OBSERVATION");
  });

  test("an outlier that pulls the median", async () => {
    await cheat([signed("alpha", pricing("BTC", { price: "90000" })), fileOf("beta")], "PRICES_OUTLYING");
    await cheat(
      [signed("alpha", pricing("BTC-PERP", { index: "90000" })), fileOf("beta")],
      "PRICES_OUTLYING",
    );
  });

  test("a mark far from its index, or without one", async () => {
    await cheat(everySource(pricing("BTC-PERP", { price: "70000" })), "PRICES_INDEX_DISTANCE");
    await cheat(everySource(pricing("BTC-INV", { index: "70000" })), "PRICES_INDEX_DISTANCE");
    const without = everySource((p) => p.observations.forEach((o) => void delete o.index));
    await cheat(without, "PRICES_INDEX_MISSING");
    const unexcepted = JSON.parse(evidenceOf(without)) as Json;
    unexcepted.policy.exceptions = [];
    await refused(publishedWith(JSON.stringify(unexcepted)), "prices PRICES_INDEX_MISSING", null);
  });

  test("prices signed for another exchange, currency or chain", async () => {
    const elsewhere = (edit: (p: UnsignedPricesJson) => void, policy: Partial<PricePolicyJson>) =>
      cheat(everySource(edit), "PRICES_WRONG_FEED", { ...LAX, ...policy });
    const signers = (change: (s: PricePolicyJson["signers"][number]) => object) =>
      ({ signers: POLICY.signers.map((s) => ({ ...s, ...change(s) })) }) as Partial<PricePolicyJson>;
    const other = (name: string) => name.replace("Example", "Other");
    await elsewhere(
      (p) => (p.source = other(p.source)),
      signers((s) => ({ name: other(s.name) })),
    );
    await elsewhere((p) => (p.quote = "USD"), { quote: "USD" });
    await elsewhere(
      (p) => (p.chainId = 5),
      signers(() => ({ chainId: 5 })),
    );
  });

  test("prices of another epoch: its evidence, or its files under this time", async () => {
    const earlier = everySource((p) =>
      p.observations.forEach((o) => void (o.time = o.time.replace("T07", "T06"))),
    );
    const theirs = evidenceOf(earlier, POLICY, "2026-11-23T07:00:00Z");
    await refused(publishedWith(theirs), "prices PRICES_EVIDENCE_TIME");
    await refused(publishedWith(theirs), "prices PRICES_EVIDENCE_TIME", null);
    await cheat(earlier, "PRICES_STALE");
    const honestly = publishedWith(honest.evidenceText, (m) => (m.time = "2026-11-23T09:00:00Z"));
    const moved = {
      ...honestly,
      statement: { ...(honestly.statement as object), time: "2026-11-23T09:00:00Z" },
    };
    await refused(moved, "prices PRICES_EVIDENCE_TIME");
  });

  test("a figure or a signature changed after signing", async () => {
    const edits: [string, (e: Json) => void][] = [
      ["PRICES_WRONG_SIGNER", (e) => (e.files[0].observations[0].price = "60009")],
      ["PRICES_WRONG_SIGNER", (e) => (e.files[0].source = "Gamma, other marks")],
      ["PRICES_WRONG_SIGNER", (e) => (e.files[0].signature = e.files[1].signature)],
      ["PRICES_SIGNATURE", (e) => (e.files[0].signature = otherHalf(e.files[0].signature))],
      ["PRICES_SIGNATURE", (e) => (e.files[0].signature = e.files[0].signature.slice(0, -2))],
    ];
    for (const [code, edit] of edits) await refused(publishedWith(written(edit)), `prices ${code}`, null);
  });
});

/** The same signature with s in the upper half of the order: valid to a careless verifier. */
function otherHalf(signature: string): string {
  const order = secp256k1.Point.CURVE().n;
  const s = order - BigInt(`0x${signature.slice(66, 130)}`);
  const v = signature.endsWith("1b") ? "1c" : "1b";
  return `${signature.slice(0, 66)}${s.toString(16).padStart(64, "0")}${v}`;
}

describe("a market whose prices are not those of its evidence", () => {
  const bundle = (edit: (market: MarketJson) => void) => publishedWith(honest.evidenceText, edit);
  const of = (m: MarketJson, symbol: string) => m.instruments.find((i) => i.symbol === symbol)!;

  test.each([
    ["a perpetual", ["BTC-PERP"], "60030.51"],
    ["an asset and what settles in it", ["BTC", "BTC-PNL"], "60010.49"],
    ["a future", ["BTC-25DEC26"], "60449.99"],
    ["a quoted option", ["BTC-25DEC26-64000-C"], "1795.51"],
    ["an inverse contract", ["BTC-INV"], "-99.9751"],
  ])("%s, off by a tick", async (_, symbols, price) => {
    const off = bundle((m) => symbols.forEach((symbol) => void (of(m, symbol).markPrice = price)));
    await refused(off, "prices PRICES_MARK_PRICE");
    await refused(off, "prices PRICES_MARK_PRICE", null);
  });

  test("an instrument without evidence", async () => {
    const listed = (kind: "perpetual" | "asset" | "option") =>
      bundle((m) => m.instruments.push({ ...structuredClone(of(m, "BTC-PERP")), symbol: "SOL-PERP", kind }));
    for (const kind of ["perpetual", "asset", "option"] as const) {
      await refused(listed(kind), "prices PRICES_TERMS");
      await refused(listed(kind), "prices PRICES_TERMS", null);
    }
    const dropped = evidenceOf(SOURCES.map(fileOf), POLICY, TIME, WANTED.slice(1));
    await refused(publishedWith(dropped), "prices PRICES_LEFT_OUT");
  });

  test("a signed perpetual passed off as an option at the exchange's own mark", async () => {
    const without = evidenceOf(
      SOURCES.map(fileOf),
      POLICY,
      TIME,
      WANTED.filter((name) => name !== "BTC-PERP"),
    );
    const relabelled = publishedWith(without, (m) =>
      Object.assign(of(m, "BTC-PERP"), { kind: "option", markPrice: "75000" }),
    );
    expect(await refusal(relabelled, POLICY)).toMatch(/^prices PRICES_TERMS: .*BTC-PERP.*kind is option/);
    await refused(relabelled, "prices PRICES_TERMS", null);
    // Even where the policy itself calls it an option: three files price it.
    const terms = POLICY.terms.map((t) =>
      t.instrument === "BTC-PERP"
        ? { instrument: t.instrument, kind: "option", settlement: "USDT", underlyings: ["BTC"] }
        : t,
    ) as PricePolicyJson["terms"];
    const named = publishedWith(without, (m) =>
      Object.assign(of(m, "BTC-PERP"), { kind: "option", markPrice: "75000", notionalPrice: "60010.5" }),
    );
    expect(await refusal(named, { ...POLICY, terms })).toMatch(/^prices PRICES_LEFT_OUT: .*BTC-PERP/);
  });

  test("options that no signer prices: refused, or every one named, as the verifier's policy says", async () => {
    await refused(honest, "prices PRICES_NOT_ATTESTED", { ...POLICY, modelOptions: false });
    const strikes = ["65000", "66000", "67000", "68000", "69000", "70000", "71000"];
    const symbols = strikes.map((strike) => `BTC-25DEC26-${strike}-P`);
    const many = bundle((m) => {
      for (const symbol of symbols)
        m.instruments.push({ ...structuredClone(of(m, "BTC-25DEC26-64000-P")), symbol });
    });
    const { verdict, statement } = await verifyTiny(many, { pricePolicy: POLICY });
    expect(verdict.checks.find(({ id }) => id === "prices")!.status).toBe("pass");
    const all = ["BTC-25DEC26-64000-P", ...symbols];
    expect(verdict.unpriced).toEqual(all);
    expect(verdictJson(verdict, statement)).toMatchObject({ unpriced: all });
    expect(verdict.notProved.join()).toContain(`${all[4]} and 3 more (--json lists them all as unpriced)`);
    const stated = await verifyTiny(await tinyBundle("covered"));
    expect(verdictJson(stated.verdict, stated.statement)).toMatchObject({ prices: "stated", unpriced: null });
  });

  test("an inverse contract whose tick moves its price, or that is none", async () => {
    const coarse = bundle((m) =>
      Object.assign(of(m, "BTC-INV"), { inverse: { contract: "100", tick: "80" }, markPrice: "-80" }),
    );
    await refused(coarse, "prices PRICES_ROUNDING");
    const linear = bundle((m) => delete of(m, "BTC-INV").inverse);
    await refused(linear, "prices PRICES_TERMS");
    const inverse = { contract: "100", tick: "0.01" };
    for (const symbol of ["BTC", "BTC-25DEC26-64000-C", "BTC-25DEC26", "BTC-PERP"])
      expect(() => bundle((m) => Object.assign(of(m, symbol), { inverse })), symbol).toThrow(
        expect.objectContaining({ code: "MARKET_FIELD_NOT_ALLOWED" }),
      );
  });

  test("the quote currency", async () => {
    const usdt = everySource((p) =>
      p.observations.push({ instrument: "USDT", price: "0.9", time: "2026-11-23T07:59:55Z" }),
    );
    const priced = evidenceOf(usdt, POLICY, TIME, [...WANTED, "USDT"]);
    await refused(publishedWith(priced), "prices PRICES_QUOTE");
    expect(() => bundle((m) => (of(m, "USDT").markPrice = "0.9"))).toThrow(
      expect.objectContaining({ code: "MARKET_PRICE_MISMATCH" }),
    );
    // Signed but not asked for, it does no harm.
    const unused = publishedWith(evidenceOf(usdt, POLICY));
    expect((await verify(unused, POLICY)).checks.find(({ id }) => id === "prices")!.status).toBe("pass");
    const dollars = evidenceOf(
      everySource((p) => (p.quote = "USD")),
      { ...LAX, quote: "USD" },
    );
    await refused(publishedWith(dollars), "prices PRICES_QUOTE", null);
    await refused(publishedWith(dollars), "prices PRICES_QUOTE", { ...LAX, quote: "USD" });
  });
});

describe("malformed evidence", () => {
  test("extra, unsorted, repeated or otherwise not canonical", async () => {
    const texts: [string, string][] = [
      ["PRICES_SCHEMA", written((e) => (e.extra = 1))],
      ["PRICES_SCHEMA", written((e) => (e.files[0].observations[0].extra = 1))],
      ["PRICES_SCHEMA", written((e) => (e.medians[0].price = 60010.5))],
      ["PRICES_SCHEMA", "{}"],
      ["PRICES_SCHEMA", "null"],
      ["JSON_INVALID", ""],
      ["JSON_DUPLICATE_KEY", honest.evidenceText!.replace("{", '{"time":"2026-11-23T08:00:00Z",')],
      ["PRICES_EVIDENCE_DIFFERS", written((e) => e.medians.reverse())],
      ["PRICES_EVIDENCE_DIFFERS", written((e) => e.medians.push(e.medians[0]))],
      ["PRICES_EVIDENCE_DIFFERS", written((e) => e.files.reverse())],
      ["PRICES_EVIDENCE_DIFFERS", written((e) => (e.medians[0].price = "60010.50"))],
      ["PRICES_EVIDENCE_DIFFERS", written((e) => (e.policy.maxSpread = "0.0050"))],
      ["PRICES_EVIDENCE_DIFFERS", JSON.stringify(JSON.parse(honest.evidenceText!), null, 1)],
    ];
    for (const [code, text] of texts) {
      await refused(publishedWith(text), `prices ${code}`);
      await refused(publishedWith(text), `prices ${code}`, null);
    }
  });

  test("huge", async () => {
    const many = written((e) => (e.files = Array.from({ length: 65 }, () => e.files[0])));
    await refused(publishedWith(many), "prices PRICES_SCHEMA");
    const crowd = written((e) => {
      const [first] = e.files[0].observations;
      e.files = Array.from({ length: 9 }, () => ({ ...e.files[0], observations: Array(30_000).fill(first) }));
    });
    await refused(publishedWith(crowd), "prices PRICES_TOO_MANY");
    await inFolder(async (folder) => {
      const names = Object.values(BUNDLE_FILE_NAMES).filter((name) => name !== BUNDLE_FILE_NAMES.evidence);
      for (const name of names) writeFileSync(join(folder, name), "{}");
      writeFileSync(join(folder, BUNDLE_FILE_NAMES.evidence), "");
      truncateSync(join(folder, BUNDLE_FILE_NAMES.evidence), MAX_EVIDENCE_LENGTH + 1);
      await expect(readBundle(folder)).rejects.toMatchObject({ code: "BUNDLE_TOO_LARGE", exitCode: 1 });
    });
  });

  test("in the published folder it is read as what it is", async () => {
    expect((await readBundle(tinyEpochPaths("signed").bundle)).evidenceText).toBe(honest.evidenceText);
  });
});

test("a fault in the verifier's own policy is not held against the bundle", async () => {
  const twice: PricePolicyJson = {
    ...POLICY,
    terms: [...POLICY.terms, { instrument: "BTC-{DMMMYY}", kind: "future", settlement: "USDT" }],
  };
  await expect(verifyTiny(honest, { pricePolicy: twice })).rejects.toMatchObject({
    code: "PRICES_POLICY",
    exitCode: 2,
    message: expect.stringContaining("both BTC-{DDMMMYY} and BTC-{DMMMYY} speak of it"),
  });
});
