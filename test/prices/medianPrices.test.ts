import { describe, expect, it } from "vitest";
import { medianPrices, type PricePolicyJson, parsePolicy } from "../../src/prices/index.js";
import { EPOCH, expectRefusal, file, KEYS, perpetuals, policy, type Seen } from "./support.js";

const run = (
  files: readonly unknown[],
  over: Partial<PricePolicyJson> = {},
  instruments?: readonly string[],
) => medianPrices({ files, policy: policy(3, over), time: EPOCH, ...(instruments && { instruments }) });
/** One file per source, each with these observations of BTC-PERP. */
const each = (...seen: Seen[]) => seen.map((s, i) => file(i, [s]));
const prices = (...texts: string[]) => each(...texts.map((price) => ({ price })));
const priceOf = (files: readonly unknown[], over: Partial<PricePolicyJson> = {}) =>
  run(files, over).medians[0]!.price;

describe("medianPrices", () => {
  it("takes the middle one of an odd number, the exact mean of the middle two of an even one", () => {
    expect(run(prices("100", "101", "100.5")).medians).toEqual([
      { instrument: "BTC-PERP", price: "100.5", observations: 3 },
    ]);
    expect(priceOf(prices("100", "100.25"))).toBe("100.125");
    expect(priceOf(prices("-100", "-100.5"))).toBe("-100.25");
    expect(priceOf(prices("0", "0"))).toBe("0");
    const four = ["100", "100.1", "100.3", "100.9"].map((price, i) => file(i, [{ price }]));
    expect(medianPrices({ files: four, policy: policy(4), time: EPOCH }).medians[0]!.price).toBe("100.2");
  });

  it("rounds half to even: to 18 digits, or to those of the policy", () => {
    expect(priceOf(prices("1.000000000000000001", "1"))).toBe("1");
    expect(priceOf(prices("1.000000000000000001", "1.000000000000000002"))).toBe("1.000000000000000002");
    const two = { exceptions: [{ instrument: "BTC-PERP", decimals: 2 }] };
    expect(priceOf(prices("100.125", "100.125"), two)).toBe("100.12");
    expect(priceOf(prices("100.135", "100.135"), two)).toBe("100.14");
    expect(priceOf(prices("100.1250000001", "100.1250000001"), two)).toBe("100.13");
    expect(priceOf(prices("-100.135", "-100.135"), two)).toBe("-100.14");
    expect(priceOf(prices("100.5", "100.5"), two)).toBe("100.5");
  });

  it("gives the median index, and only wanted instruments", () => {
    const files = [0, 1].map((i) =>
      file(i, [
        { price: "100", index: `${99 + i}` },
        { instrument: "OLD", price: "1", time: "2020-01-01T00:00:00Z" },
        { instrument: "A", price: "5" },
      ]),
    );
    expect(run(files, {}, ["BTC-PERP", "A", "A"]).medians).toEqual([
      { instrument: "A", price: "5", observations: 2 },
      { instrument: "BTC-PERP", price: "100", index: "99.5", observations: 2 },
    ]);
    expectRefusal(() => run(files), "PRICES_STALE", "OLD");
  });

  it("refuses unknown and duplicate signers", () => {
    const files = prices("100", "100", "100", "100");
    expectRefusal(() => run(files), "PRICES_UNKNOWN_SIGNER", "Delta", "0x");
    expect(() => run(files)).toThrow(
      expect.objectContaining({
        options: expect.objectContaining({
          hint: "leave the file out, or add its signer to your policy if you trust it",
        }),
      }),
    );
    const again = file(0, [{ price: "100.1" }]);
    expectRefusal(() => run([files[0], files[1], again]), "PRICES_DUPLICATE_SIGNER", "Alpha");
    expectRefusal(() => run([files[0], files[0]]), "PRICES_DUPLICATE_SIGNER", "Alpha");
  });

  it("refuses a known signer's file of another feed, currency or chain", () => {
    const good = file(0, [{ price: "100" }]);
    const other = file(1, [{ price: "100" }], { quote: "USD" });
    expectRefusal(() => run([good, other]), "PRICES_WRONG_FEED", "Beta", "quote is USD");
    const chain = file(1, [{ price: "100" }], { chainId: 5 });
    expectRefusal(() => run([good, chain]), "PRICES_WRONG_FEED", "Beta", "chainId is 5");
    const signers = policy(3).signers.map((s, i) => (i === 1 ? { ...s, name: "Beta spot" } : s));
    expectRefusal(
      () => run([good, file(1, [{ price: "100" }])], { signers }),
      "PRICES_WRONG_FEED",
      "source is Beta",
    );
    const chained = policy(3).signers.map((s, i) => (i === 1 ? { ...s, chainId: 5 } : s));
    expect(priceOf([good, chain], { signers: chained })).toBe("100");
    expectRefusal(
      () => run([good, file(1, [{ price: "100" }])], { signers: chained }),
      "PRICES_WRONG_FEED",
      "chainId is absent",
    );
  });

  it("takes observations of the window's both ends, and refuses a nanosecond beyond", () => {
    const at = (time: string) => run(each({ price: "100" }, { price: "100", time }));
    expect(at(EPOCH).medians).toHaveLength(1);
    expect(at("2026-11-23T07:59:00Z").medians).toHaveLength(1);
    expectRefusal(() => at("2026-11-23T07:58:59.999999999Z"), "PRICES_STALE", "Beta", "BTC-PERP");
    expectRefusal(() => at("2026-11-23T08:00:00.000000001Z"), "PRICES_FUTURE", "Beta", "BTC-PERP");
  });

  it("refuses outlying observations by name, exactly at the bound", () => {
    expect(priceOf(prices("100", "100", "101"))).toBe("100");
    expectRefusal(
      () => run(prices("100", "100", "101.000000000000000001")),
      "PRICES_OUTLYING",
      "Gamma",
      "BTC-PERP",
    );
    expectRefusal(() => run(prices("98.9", "100", "100")), "PRICES_OUTLYING", "Alpha");
    expect(priceOf(prices("-100", "-101", "-100"))).toBe("-100");
    expectRefusal(() => run(prices("0", "0", "0.1")), "PRICES_OUTLYING", "Gamma");
    // Both are; the one named is the first by address.
    expectRefusal(() => run(prices("1", "-1")), "PRICES_OUTLYING", "Beta");
    expect(priceOf(prices("5", "5"), { maxSpread: "0" })).toBe("5");
    expectRefusal(
      () => run(each({ price: "1", index: "1" }, { price: "1", index: "1" }, { price: "1", index: "1.02" })),
      "PRICES_OUTLYING",
      "Gamma",
      "index 1.02",
    );
  });

  it("refuses a missing quorum and missing instruments, and names who is missing", () => {
    expectRefusal(() => run(prices("100")), "PRICES_NO_EVIDENCE", "1 price files");
    const alone = [file(0, [{ price: "100" }]), file(1, [{ instrument: "ETH-PERP", price: "3" }])];
    expectRefusal(() => run(alone, {}, ["BTC-PERP"]), "PRICES_NO_QUORUM", "1 of 2", "Beta, Gamma");
    expectRefusal(() => run(prices("100", "100"), {}, ["ETH-PERP"]), "PRICES_INSTRUMENT_MISSING", "ETH-PERP");
    expectRefusal(() => run([]), "PRICES_NO_EVIDENCE", "0 price files");
    // A stale observation never counts as a member of the quorum, nor is it passed over.
    const stale = each({ price: "100" }, { price: "100" }, { price: "100", time: "2026-11-23T07:00:00Z" });
    expectRefusal(() => run(stale), "PRICES_STALE", "Gamma");
  });

  it("refuses a mark price too far from its index", () => {
    const at = (index: string, over: Partial<PricePolicyJson> = {}) =>
      run(each({ price: "102", index }, { price: "102", index }), over);
    expect(at("100").medians[0]).toMatchObject({ price: "102", index: "100" });
    expectRefusal(() => at("99.999"), "PRICES_INDEX_DISTANCE", "BTC-PERP", "102", "99.999");
    expectRefusal(() => at("105"), "PRICES_INDEX_DISTANCE", "BTC-PERP");
    expectRefusal(() => at("0"), "PRICES_INDEX_DISTANCE");
    expectRefusal(() => at("-102"), "PRICES_INDEX_DISTANCE");
    const excepted = { exceptions: [{ instrument: "BTC-PERP", maxIndexDistance: "0.03" }] };
    expect(at("99.999", excepted).medians[0]!.price).toBe("102");
    // What counts is the price after rounding.
    const whole = { decimals: 0 };
    const near = (over: Partial<PricePolicyJson>) =>
      run(each({ price: "102.5", index: "100.5" }, { price: "102.51", index: "100.5" }), over);
    expect(near({}).medians[0]!.price).toBe("102.505");
    expectRefusal(() => near(whole), "PRICES_INDEX_DISTANCE", "103");
  });

  it("refuses a missing index where one is required, or where only some sources give it", () => {
    const indexed = (files: readonly unknown[], over: Partial<PricePolicyJson> = {}) =>
      run(files, { terms: perpetuals("BTC-PERP"), ...over });
    expect(priceOf(prices("100", "100"))).toBe("100");
    expectRefusal(() => indexed(prices("100", "100")), "PRICES_INDEX_MISSING", "BTC-PERP", "0 of 2");
    const excepted = { exceptions: [{ instrument: "BTC-PERP", indexOptional: true as const }] };
    expect(indexed(prices("100", "100"), excepted).medians[0]!.price).toBe("100");
    const some = each({ price: "100", index: "100" }, { price: "100" }, { price: "100" });
    expectRefusal(() => run(some), "PRICES_INDEX_MISSING", "1 of 2", "Beta, Gamma");
    const quorum = each({ price: "100", index: "100" }, { price: "100", index: "100" }, { price: "100" });
    expect(indexed(quorum).medians[0]).toMatchObject({ index: "100", observations: 3 });
  });

  it("refuses rounding that moves the price too far", () => {
    const whole = { decimals: 0 };
    expect(priceOf(prices("100.4", "100.4"), whole)).toBe("100");
    expectRefusal(() => run(prices("0.4", "0.4"), whole), "PRICES_ROUNDING", "BTC-PERP", "0 decimals");
    expectRefusal(() => run(prices("1.4", "1.4"), { ...whole, maxSpread: "0.2" }), "PRICES_ROUNDING");
  });

  it("refuses a file that fails by itself, and too many files", () => {
    const [good, bad] = prices("100", "100");
    expectRefusal(() => run([good, { ...bad!, quote: "USD" }]), "PRICES_WRONG_SIGNER", "Beta");
    expectRefusal(() => run([good, 1]), "PRICES_SCHEMA");
    expectRefusal(() => run(Array(65).fill(good)), "PRICES_TOO_MANY", "64 files");
    expectRefusal(() => run(Array(64).fill(good)), "PRICES_DUPLICATE_SIGNER");
    const large = { observations: Array(32_768).fill(0) };
    expectRefusal(() => run([...Array(8).fill(large), good]), "PRICES_TOO_MANY", "262144 observations");
    expectRefusal(() => run(Array(8).fill(large)), "PRICES_SCHEMA");
    expectRefusal(() => run([good, null]), "PRICES_SCHEMA");
  });
});

describe("parsePolicy", () => {
  it("sorts lists and fills in defaults, so that equal policies have equal text", () => {
    const exceptions = ["B", "A"].map((instrument) => ({ instrument, decimals: 2 }));
    const json = policy(3, { exceptions, maxSpread: "0.010" });
    const turned = {
      ...json,
      signers: [...json.signers].reverse(),
      exceptions: [...exceptions].reverse(),
      modelOptions: false,
    };
    const reordered = Object.fromEntries(Object.entries(turned).reverse());
    expect(JSON.stringify(parsePolicy(json))).toBe(JSON.stringify(parsePolicy(reordered)));
    expect(parsePolicy(json)).toMatchObject({
      exceptions: [{ instrument: "A" }, { instrument: "B" }],
      decimals: 18,
      maxSpread: "0.01",
    });
    expect(parsePolicy(parsePolicy(json))).toEqual(parsePolicy(json));
  });

  it("names the field of a bad policy", () => {
    const [first, second] = policy(2).signers;
    const bad: [string, Record<string, unknown>][] = [
      ["signers", { signers: [] }],
      ["signers[0] (Alpha).address", { signers: [{ ...first, address: KEYS[0] }] }],
      ["address", { signers: [first, { ...first, name: "Other" }] }],
      ["address", { signers: [first, { address: first!.address.toLowerCase(), name: "Other" }] }],
      ["name Alpha", { signers: [first, { ...second, name: "Alpha" }] }],
      ["quorum", { quorum: 0 }],
      ["quorum", { quorum: 4 }],
      ["time", { time: EPOCH }],
      ["format: must be marginproof/price-policy/2", { format: "marginproof/price-policy/3" }],
      ["add terms", { format: "marginproof/price-policy/1", terms: undefined }],
      ["terms: must list", { terms: undefined }],
      ["terms[0] (A).settlement", { terms: [{ instrument: "A", kind: "perpetual" }] }],
      ["terms[0] (A).contract", { terms: [{ ...perpetuals("A")[0], contract: "0" }] }],
      ["terms[0] (A).kind", { terms: [{ instrument: "A", kind: "index" }] }],
      ["terms[0] (A)", { terms: [{ instrument: "A", kind: "asset", asset: "A", settlement: "USDT" }] }],
      ["terms: the instrument A", { terms: [...perpetuals("A"), ...perpetuals("A")] }],
      ["maxAgeSeconds", { maxAgeSeconds: 604801 }],
      ["maxAgeSeconds", { maxAgeSeconds: 1.5 }],
      ["maxSpread", { maxSpread: "1" }],
      ["maxSpread", { maxSpread: "-0.1" }],
      ["maxSpread", { maxSpread: 0.1 }],
      ["maxIndexDistance", { maxIndexDistance: undefined }],
      ["exceptions", { exceptions: [1, 2].map((decimals) => ({ instrument: "A", decimals })) }],
      ["exceptions[0] (A).decimals", { exceptions: [{ instrument: "A", decimals: 19 }] }],
      ["exceptions[0] (A)", { exceptions: [{ instrument: "A" }] }],
      ["exceptions[0] (A).indexOptional", { exceptions: [{ instrument: "A", indexOptional: false }] }],
      ["decimals", { decimals: -1 }],
      ["modelOptions", { modelOptions: "yes" }],
      ["whole", { whole: 1 }],
    ];
    for (const [field, change] of bad)
      expectRefusal(() => parsePolicy({ ...policy(3), ...change }), "PRICES_POLICY", field);
    expectRefusal(
      () => medianPrices({ files: [], policy: policy(1), time: EPOCH }),
      "PRICES_POLICY",
      "quorum",
    );
  });
});
