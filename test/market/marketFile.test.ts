import { describe, expect, it } from "vitest";
import {
  canonicalMarketDigest,
  type MarketJson,
  parseMarket,
  secretRatesDigest,
} from "../../src/market/index.js";
import { assetOf, type MarketInstrument } from "../../src/market/marketFile.js";
import { type InstrumentJson, instrumentOf, smallMarket } from "./smallMarket.js";

type Change = (market: MarketJson) => void;
const market = (...changes: Change[]) => {
  const json = smallMarket();
  for (const change of changes) change(json);
  return () => parseMarket(json);
};
const on =
  (symbol: string, fields: object): Change =>
  (m) =>
    void Object.assign(instrumentOf(m, symbol), fields);
const top =
  (fields: object): Change =>
  (m) =>
    void Object.assign(m, fields);
const refused = (text: string) =>
  expect.objectContaining({ code: "MARKET_SCHEMA", message: expect.stringContaining(text) });
const PREVIOUS = `0x${"ab".repeat(32)}`;

/** Has every field that a market file may have. */
function fullMarket(): MarketJson {
  const json = smallMarket();
  const perp: InstrumentJson = { ...instrumentOf(json, "BTC-PERP"), markPrice: "60000" };
  const { maintenance: _, ...secret } = perp;
  json.previousStatement = PREVIOUS;
  json.priceEvidence = `0x${"cd".repeat(32)}`;
  json.privateRules = { rowsPerStep: 16, commitments: [`0x${"0".repeat(63)}1`] };
  json.instruments.push(
    {
      ...instrumentOf(json, "BTC"),
      symbol: "BTC-2",
      asset: "BTC",
      borrowRate: [{ valueFloor: "0", rate: "0.05" }],
    },
    {
      ...{ symbol: "BTC-PNL", kind: "settlement", asset: "BTC", quantityStep: "0.00000001" },
      ...{ markPrice: "60000", stressGains: ["-18000"] },
    },
    { ...perp, symbol: "INV", settlement: "BTC-PNL", inverse: { contract: "100", tick: "0.01" } },
    { ...perp, symbol: "FEE", initial: { liquidationFeeRate: "0.5" } },
    { ...secret, symbol: "S1", privateBrackets: ["0", "5"] },
    { ...secret, symbol: "S2", privateBrackets: ["0"] },
  );
  return json;
}

/** Has what only some markets state besides: parts of groups, factors, variants in hedge mode, large holdings. */
function statedMarket(): MarketJson {
  const json = smallMarket();
  const perp = instrumentOf(json, "BTC-PERP");
  json.positionMode = "hedge";
  json.entryPriceFactor = "50";
  json.groups = [
    { name: "G", scenarios: ["up", "down"], initialFactorBp: 14_000 },
    { name: "P", scenarios: ["up", "down"], within: "G" },
    { name: "Q", scenarios: ["up", "down"], within: "G" },
  ];
  instrumentOf(json, "CALL").scenarioGains = { G: ["1", "-1"], P: ["2", { long: "-5", short: "-6" }] };
  json.instruments = json.instruments.filter((i) => i !== perp);
  const terms = { multiplier: "2", tick: "0.1" };
  const initial = { brackets: [{ notionalFloor: "0", rate: "0.2" }] };
  json.instruments.push(
    { ...perp, ...terms, symbol: "BTC-PERP", side: "long" },
    { ...perp, ...terms, symbol: "BTC-PERP.s", contract: "BTC-PERP", side: "short" },
    { ...perp, ...terms, symbol: "SOL-PERP", leverage: "5", initial },
    { ...instrumentOf(json, "USDT"), symbol: "USDT-L", asset: "USDT", quantityStep: "1", largeOf: "USDT" },
  );
  return json;
}

describe("the digest of a market file", () => {
  const digest = (json: MarketJson): string =>
    Buffer.from(canonicalMarketDigest(parseMarket(json))).toString("hex");
  const changed = (edit: Change): string => {
    const json = fullMarket();
    edit(json);
    return digest(json);
  };

  it("stays what it is: a statement that was anchored names the same file for ever", () => {
    expect(digest(smallMarket())).toBe("f0775f710ce46760ae72faec69fa09a892cf56999eebccd81738d4326919545a");
    expect(digest(fullMarket())).toBe("0a738fac2c4365c34e11991a6fd4fbaf3611c5ed846417fdae62049f19782cd9");
    expect(digest(statedMarket())).toBe("3933c76b5a9e96ce877e4611685a36b1a602f8b4d4543553d85237dbd7641dec");
    expect(secretRatesDigest(parseMarket(fullMarket()))).toBe(
      "0xa2648841748743239bcf751bd93368753def5e3156cb92c6f4bb4b55372208b9",
    );
  });

  it("is another for every field that only some markets state", () => {
    const tiers = (...list: [string, string][]) => list.map(([valueFloor, rate]) => ({ valueFloor, rate }));
    const edits: Change[] = [
      () => {},
      (m) => delete m.previousStatement,
      top({ previousStatement: PREVIOUS.replace("ab", "ac") }),
      on("INV", { markPrice: "-99.99" }),
      // Without evidence an inverse contract is worth about its size.
      (m) => {
        delete m.priceEvidence;
        on("INV", { markPrice: "-99.99" })(m);
      },
      top({ priceEvidence: PREVIOUS }),
      top({ privateRules: { rowsPerStep: 17, commitments: [`0x${"0".repeat(63)}1`] } }),
      top({ privateRules: { rowsPerStep: 16, commitments: [`0x${"0".repeat(63)}2`] } }),
      on("S1", { privateBrackets: ["0", "6"] }),
      on("S1", { privateBrackets: ["0"] }),
      on("S2", { privateBrackets: ["0", "5"] }),
      on("S1", { symbol: "S3" }),
      on("INV", { inverse: { contract: "10", tick: "0.01" } }),
      on("INV", { inverse: { contract: "100", tick: "0.1" } }),
      on("INV", { inverse: undefined }),
      on("INV", { settlement: undefined, inverse: undefined }),
      on("INV", { inverse: undefined, multiplier: "100" }),
      on("INV", { inverse: undefined, multiplier: "10" }),
      on("INV", { inverse: undefined, multiplier: "100", tick: "0.01" }),
      on("INV", { inverse: undefined, multiplier: "100", tick: "0.1" }),
      on("FEE", { initial: { liquidationFeeRate: "0.6" } }),
      on("FEE", { initial: { brackets: [{ notionalFloor: "0", rate: "0.5" }] } }),
      on("FEE", { initial: { long: { liquidationFeeRate: "0.5" }, short: { liquidationFeeRate: "0.5" } } }),
      on("FEE", { initial: { long: { liquidationFeeRate: "0.5" }, short: { liquidationFeeRate: "0.6" } } }),
      on("BTC-2", { borrowRate: "0.05" }),
      on("BTC-2", { borrowRate: tiers(["0", "0.06"]) }),
      on("BTC-2", { borrowRate: tiers(["0", "0.05"], ["7", "0.05"]) }),
      on("BTC-2", { borrowRate: tiers(["0", "0.05"], ["8", "0.05"]) }),
      on("BTC-2", { borrowRate: undefined }),
      on("BTC-2", { haircut: undefined }),
      on("BTC-2", {
        haircut: [
          { valueFloor: "0", ratio: "1" },
          { valueFloor: "9", ratio: "0.9" },
        ],
      }),
    ];
    expect(new Set(edits.map(changed)).size).toBe(edits.length);
  });

  it("is another for every part, factor, term of a variant and large holding", () => {
    const variants =
      (fields: object): Change =>
      (m) => {
        for (const symbol of ["BTC-PERP", "BTC-PERP.s"]) on(symbol, fields)(m);
      };
    const edits: Change[] = [
      () => {},
      top({ entryPriceFactor: "51" }),
      top({ entryPriceFactor: undefined }),
      (m) => delete m.groups[0]!.initialFactorBp,
      (m) => void (m.groups[0]!.initialFactorBp = 15_000),
      (m) => delete m.groups[1]!.within,
      (m) => delete m.groups[2]!.within,
      on("CALL", { scenarioGains: { G: ["1", "-1"], P: ["2", { long: "-5", short: "-7" }] } }),
      on("CALL", { scenarioGains: { G: ["1", "-1"], P: ["2", { long: "-6", short: "-6" }] } }),
      on("CALL", { scenarioGains: { G: ["1", "-1"], P: ["2", "-5"] } }),
      variants({ multiplier: "3" }),
      variants({ tick: "0.2" }),
      variants({ tick: undefined }),
      variants({ tick: undefined, multiplier: undefined }),
      on("SOL-PERP", { leverage: "6" }),
      on("SOL-PERP", { leverage: undefined }),
      on("SOL-PERP", { leverage: undefined, contract: "SOL-PERP" }),
      (m) => {
        on("BTC-PERP", { side: "short" })(m);
        on("BTC-PERP.s", { side: "long", symbol: "BTC-PERP.t" })(m);
      },
      on("BTC-PERP.s", { symbol: "BTC-PERP.t" }),
      on("BTC-PERP", { contract: "BTC-PERP" }),
      on("USDT-L", { largeOf: undefined }),
      ...[{}, { contract: "BTC-PERP" }].map(
        (fields): Change =>
          (m) => {
            m.positionMode = "net";
            m.instruments = m.instruments.filter(({ symbol }) => symbol !== "BTC-PERP.s");
            on("BTC-PERP", { side: undefined, ...fields })(m);
          },
      ),
    ];
    const digests = edits.map((edit) => {
      const json = statedMarket();
      edit(json);
      return digest(json);
    });
    expect(new Set(digests).size).toBe(edits.length);
  });
});

describe("a market file is refused", () => {
  it.each<[string, Change, string]>([
    [
      "a rule for both sides beside one side's",
      on("BTC-PERP", { maintenance: { liquidationFeeRate: "0.1", long: { liquidationFeeRate: "0.1" } } }),
      'or "long" and "short", not both',
    ],
    [
      "brackets beside one side's",
      on("BTC-PERP", {
        maintenance: { brackets: [{ notionalFloor: "0", rate: "0" }], short: { liquidationFeeRate: "0.1" } },
      }),
      'or "long" and "short", not both',
    ],
    ["a rule of nothing", on("BTC-PERP", { maintenance: {} }), "must not be empty"],
    [
      "a rule of nothing stated",
      on("BTC-PERP", { maintenance: { brackets: undefined } }),
      "must not be empty",
    ],
    [
      "a side of nothing",
      on("BTC-PERP", { maintenance: { long: {}, short: { liquidationFeeRate: "0.1" } } }),
      "must not be empty",
    ],
    ["no tiers", on("BTC-PERP", { maintenance: { brackets: [] } }), "maintenance.brackets"],
    [
      "65 tiers",
      on("BTC-PERP", {
        maintenance: {
          brackets: Array.from({ length: 65 }, (_, k) => ({ notionalFloor: `${k}`, rate: "0.1" })),
        },
      }),
      "maintenance.brackets",
    ],
    ["no haircut tiers", on("BTC", { haircut: [] }), "(BTC).haircut"],
    [
      "65 haircut tiers",
      on("BTC", { haircut: Array.from({ length: 65 }, (_, k) => ({ valueFloor: `${k}`, ratio: "0.1" })) }),
      "(BTC).haircut",
    ],
    [
      "65 borrow tiers",
      on("BTC", { borrowRate: Array.from({ length: 65 }, (_, k) => ({ valueFloor: `${k}`, rate: "0.1" })) }),
      "(BTC).borrowRate",
    ],
    [
      "129 gains in scenarios",
      on("CALL", { scenarioGains: { G: Array.from({ length: 129 }, () => "0") } }),
      "(CALL).scenarioGains",
    ],
    ...[9_999, 10_000.5, 1 << 20].map((initialFactorBp): [string, Change, string] => [
      `a group's initial factor of ${initialFactorBp}`,
      top({ groups: [{ name: "G", scenarios: ["a", "b"], initialFactorBp }] }),
      "groups[0].initialFactorBp",
    ]),
    [
      "more commitments than rows",
      top({ privateRules: { rowsPerStep: 16, commitments: Array.from({ length: 65_537 }, () => PREVIOUS) } }),
      "privateRules.commitments",
    ],
    [
      "more instruments than there is room for",
      (m) => void (m.instruments = Array.from({ length: 32_769 }, () => m.instruments[0]!)),
      "instruments",
    ],
    ["no borrow tiers", on("BTC", { borrowRate: [] }), "(BTC).borrowRate"],
    ["a borrow rate below 0", on("BTC", { borrowRate: "-0.1" }), "(BTC).borrowRate"],
    [
      "17 private brackets",
      on("CALL", { privateBrackets: Array.from({ length: 17 }, (_, k) => `${k}`) }),
      "(CALL).privateBrackets",
    ],
    ["no private brackets", on("CALL", { privateBrackets: [] }), "(CALL).privateBrackets"],
    [
      "a rate below 0",
      on("BTC-PERP", { maintenance: { liquidationFeeRate: "-0.1" } }),
      "maintenance.liquidationFeeRate",
    ],
    ["a fund below 0", top({ insuranceFund: { USDT: "-1" } }), "insuranceFund.USDT: must not be negative"],
    [
      "an entry price factor below 1",
      top({ entryPriceFactor: "0.5" }),
      "entryPriceFactor: must be at least 1",
    ],
    ["a unit of 0", top({ valueUnit: "0.0" }), "valueUnit: must be positive"],
    ["a unit below 0", top({ valueUnit: "-1" }), "valueUnit: must not be negative"],
    [
      "a rounding error above 0.001",
      top({ maxRoundingError: "0.0010000001" }),
      "maxRoundingError: must be at most 0.001",
    ],
    [
      "an initial factor below 1",
      top({ initialFactorBp: 9_999 }),
      "initialFactorBp: must be at least 10000: an initial requirement is never below maintenance",
    ],
    ["an initial factor between two numbers", top({ initialFactorBp: 10_000.5 }), "initialFactorBp"],
    [
      "more groups than there are numbers",
      top({ groups: Array.from({ length: 4001 }, (_, n) => ({ name: `g${n}`, scenarios: ["s"] })) }),
      "groups: must be at most 4000 groups",
    ],
    [
      "a group of no scenario",
      top({ groups: [{ name: "G", scenarios: [] }] }),
      "scenarios: must name at least one scenario",
    ],
    [
      "a group of 129 scenarios",
      top({ groups: [{ name: "G", scenarios: Array.from({ length: 129 }, (_, n) => `s${n}`) }] }),
      "groups[0].scenarios",
    ],
    [
      "five stress scenarios",
      top({ stress: [1, 2, 3, 4, 5].map((n) => ({ name: `s${n}` })) }),
      "stress: must be at most 4 scenarios",
    ],
    ["five stress gains", on("CALL", { stressGains: ["1", "1", "1", "1", "1"] }), "(CALL).stressGains"],
    ["an evidence digest cut short", top({ priceEvidence: "0x12" }), "priceEvidence"],
    ["a previous statement cut short", top({ previousStatement: "0x12" }), "previousStatement"],
    [
      "no commitment",
      top({ privateRules: { rowsPerStep: 16, commitments: [] } }),
      "privateRules.commitments",
    ],
    [
      "private steps of 15 rows",
      top({ privateRules: { rowsPerStep: 15, commitments: [PREVIOUS] } }),
      "privateRules.rowsPerStep",
    ],
    [
      "private steps of 65,537 rows",
      top({ privateRules: { rowsPerStep: 65_537, commitments: [PREVIOUS] } }),
      "privateRules.rowsPerStep",
    ],
    [
      "private steps of half a row",
      top({ privateRules: { rowsPerStep: 16.5, commitments: [PREVIOUS] } }),
      "privateRules.rowsPerStep",
    ],
    [
      "a decimal of 42 characters",
      on("CALL", { markPrice: `-${"1".repeat(21)}.${"1".repeat(19)}` }),
      "(CALL).markPrice",
    ],
    [
      "a contract of no size",
      on("BTC-PERP", { inverse: { contract: "0", tick: "1" } }),
      "inverse.contract: must be positive",
    ],
    [
      "a further field of a rule",
      on("BTC-PERP", { maintenance: { liquidationFeeRate: "0", extra: 1 } }),
      "maintenance",
    ],
    [
      "a further field of a side",
      on("BTC-PERP", { maintenance: { long: { liquidationFeeRate: "0", x: 1 } } }),
      "maintenance.long",
    ],
    [
      "a further field of a tier",
      on("BTC-PERP", { maintenance: { brackets: [{ notionalFloor: "0", rate: "0", x: 1 }] } }),
      "brackets[0]",
    ],
    [
      "a further field of a haircut",
      on("BTC", { haircut: [{ valueFloor: "0", ratio: "1", x: 1 }] }),
      "haircut[0]",
    ],
    [
      "a further field of a contract",
      on("BTC-PERP", { inverse: { contract: "1", tick: "1", x: 1 } }),
      "inverse",
    ],
    [
      "a further field of a group",
      top({ groups: [{ name: "G", scenarios: ["a", "b"], x: 1 }] }),
      "groups[0]",
    ],
    ["a further field of a scenario", top({ stress: [{ name: "crash", x: 1 }] }), "stress[0]"],
    [
      "a further field of the rules",
      top({ privateRules: { rowsPerStep: 16, commitments: [PREVIOUS], x: 1 } }),
      "privateRules",
    ],
  ])("for %s", (_, change, text) => {
    expect(market(change)).toThrow(refused(text));
  });

  it.each<[string, Change]>([
    [
      "64 tiers and haircut tiers",
      (m) => {
        const tiers = Array.from({ length: 64 }, (_, k) => ({ notionalFloor: `${k}`, rate: "0.1" }));
        on("BTC-PERP", { maintenance: { brackets: tiers } })(m);
        on("BTC", {
          haircut: tiers.map(({ notionalFloor }) => ({ valueFloor: notionalFloor, ratio: "0.5" })),
          borrowRate: tiers.map(({ notionalFloor }) => ({ valueFloor: notionalFloor, rate: "0.5" })),
        })(m);
      },
    ],
    ["a rounding error of 0.001 or 0", (m) => void (m.maxRoundingError = "0.001")],
    [
      "a group of 128 scenarios and the largest factor",
      (m) => {
        const scenarios = Array.from({ length: 128 }, (_, n) => `s${n}`);
        m.groups.push({ name: "H", scenarios, initialFactorBp: (1 << 20) - 1 });
      },
    ],
    [
      "one instrument alone",
      (m) => Object.assign(m, { instruments: m.instruments.slice(0, 1), stress: [], reserves: {} }),
    ],
    ["a rounding error of nothing", (m) => void (m.maxRoundingError = "0")],
    ["factors at their ends", top({ initialFactorBp: (1 << 20) - 1, marginCallBp: 20_000 })],
    ["factors at their other ends", top({ initialFactorBp: 10_000, marginCallBp: 10_000 })],
    ["an entry price factor of 1", top({ entryPriceFactor: "1.0" })],
  ])("and not for %s", (_, change) => {
    expect(market(change)()).toBeDefined();
  });

  it("for names used twice, of as many instruments as there is room for", () => {
    const most = (m: MarketJson) =>
      void (m.instruments = Array.from({ length: 32_768 }, () => m.instruments[0]!));
    expect(market(most)).toThrow(expect.objectContaining({ code: "MARKET_DUPLICATE_NAME" }));
  });

  it("that is no object, or of the format before with a fund that is no text", () => {
    for (const json of [undefined, null, 7, "x", []])
      expect(() => parseMarket(json)).toThrow(expect.objectContaining({ code: "MARKET_SCHEMA" }));
    const before = (insuranceFund: unknown) =>
      market(top({ format: "marginproof/market/1", insuranceFund, reserves: { USDT: "5000", BTC: "2" } }));
    expect(before("0")().insuranceFund).toEqual({});
    expect(before("0.00")().insuranceFund).toEqual({});
    expect(before("10")().insuranceFund).toEqual({ USDT: "10" });
    for (const fund of [0, 10, null, ["0"], "x0", "0x"])
      expect(before(fund), JSON.stringify(fund)).toThrow(refused("insuranceFund"));
  });

  it("with eight of its faults at once, and how many more there are", () => {
    const faults = (count: number): Change =>
      top({ stress: Array.from({ length: count }, () => ({ name: "" })) });
    const wrong = (count: number): string => {
      const many: Change = (m) =>
        void (m.groups = Array.from({ length: count }, (_, n) => ({ name: `g${n}`, scenarios: [""] })));
      try {
        market(many)();
      } catch (error) {
        return (error as Error).message;
      }
      return "accepted";
    };
    expect(market(faults(1))).toThrow(refused("stress[0].name: must be 1 to 80"));
    expect(wrong(1)).toMatch(/groups\[0\]\.scenarios\[0\]: must be 1 to 80[^;]*$/);
    expect(wrong(8)).toMatch(/; groups\[7\]\.scenarios\[0\]: must be 1 to 80[^;]*$/);
    expect(wrong(9)).toMatch(/; groups\[7\]\.scenarios\[0\]: [^;]*; and 1 more$/);
    expect(wrong(20)).toMatch(/; and 12 more$/);
  });
});

describe("a decimal of a market file", () => {
  it("is kept without zeros that say nothing", () => {
    const price = (markPrice: string) => market(on("CALL", { markPrice }))().instruments[4]!.markPrice;
    expect(["1.50", "-1.0", "0.0", "-0.10", "1234.5"].map(price)).toEqual([
      "1.5",
      "-1",
      "0",
      "-0.1",
      "1234.5",
    ]);
  });

  it.each(["-0", "-0.0", "-0.000", "01", ".5", "1.", "1e3", "+1", "", " 1"])("is not %j", (markPrice) => {
    expect(market(on("CALL", { markPrice }))).toThrow(refused("instruments[4] (CALL).markPrice"));
  });
});

it("only assets and settlement instruments are of an asset", () => {
  const of = (kind: MarketInstrument["kind"], asset?: string) =>
    assetOf({ symbol: "X", kind, ...(asset === undefined ? {} : { asset }) } as MarketInstrument);
  expect([of("asset"), of("asset", "A"), of("settlement", "A"), of("settlement")]).toEqual([
    "X",
    "A",
    "A",
    undefined,
  ]);
  for (const kind of ["perpetual", "future", "option"] as const) expect(of(kind, "A"), kind).toBeUndefined();
});
