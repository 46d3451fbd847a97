import { describe, expect, it } from "vitest";
import { MarginproofError } from "../../src/errors.js";
import {
  canonicalMarketDigest,
  type MarketJson,
  parseMarket,
  parseMarketText,
} from "../../src/market/schema.js";
import { MAX_PARTS } from "../../src/protocol/constants.js";
import { instrumentOf, smallMarket } from "./smallMarket.js";

function errorOf(run: () => unknown): MarginproofError {
  try {
    run();
  } catch (error) {
    if (error instanceof MarginproofError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

type Change = (market: MarketJson) => void;
const on =
  (symbol: string, fields: object): Change =>
  (m) =>
    void Object.assign(instrumentOf(m, symbol), fields);
const top =
  (fields: object): Change =>
  (m) =>
    void Object.assign(m, fields);
const brackets = (...tiers: [string, string][]) => ({
  maintenance: { brackets: tiers.map(([notionalFloor, rate]) => ({ notionalFloor, rate })) },
});

/** Groups G and H with so many parts each. */
const parted = (...counts: readonly number[]): MarketJson["groups"] =>
  counts.flatMap((count, at) => {
    const [name, letter] = [["G", "P"] as const, ["H", "Q"] as const][at]!;
    const parts = Array.from({ length: count }, (_, n) => ({ name: `${letter}${n}`, within: name }));
    return [{ name }, ...parts].map((group) => ({ ...group, scenarios: ["up", "down"] }));
  });

/** Makes the perpetual an inverse contract of 100 at a price. */
const inverseAt =
  (markPrice: string): Change =>
  (m) => {
    const { stressGains } = instrumentOf(m, "BTC");
    const pnl = { symbol: "BTC-PNL", kind: "settlement", asset: "BTC", quantityStep: "1" } as const;
    m.instruments.push({ ...pnl, markPrice: "60000", stressGains });
    const maintenance = { liquidationFeeRate: "0" };
    on("BTC-PERP", { settlement: "BTC-PNL", inverse: { contract: "100" }, markPrice, maintenance })(m);
  };

describe("parseMarket refuses, naming the field", () => {
  const cases: [what: string, change: Change, code: string, path: string][] = [
    [
      "a JSON number for money",
      on("BTC-PERP", { markPrice: 60000 }),
      "MARKET_SCHEMA",
      "instruments[3] (BTC-PERP).markPrice",
    ],
    [
      "an exponent",
      on("BTC-PERP", { markPrice: "6e4" }),
      "MARKET_SCHEMA",
      "instruments[3] (BTC-PERP).markPrice",
    ],
    [
      "negative zero",
      on("BTC-PERP", { markPrice: "-0.0" }),
      "MARKET_SCHEMA",
      "instruments[3] (BTC-PERP).markPrice",
    ],
    ["a leading zero", top({ insuranceFund: { USDT: "01" } }), "MARKET_SCHEMA", "insuranceFund.USDT"],
    [
      "an endless decimal",
      top({ insuranceFund: { USDT: "1".repeat(22) } }),
      "MARKET_SCHEMA",
      "insuranceFund.USDT",
    ],
    ["an unknown field", on("BTC", { hairCut: [] }), "MARKET_SCHEMA", "instruments[1] (BTC)"],
    ["an unknown top field", top({ note: "" }), "MARKET_SCHEMA", "the whole file"],
    ["another format", top({ format: "marginproof/market/3" }), "MARKET_SCHEMA", "format"],
    [
      "the format before with amounts of this one",
      top({ format: "marginproof/market/1" }),
      "MARKET_SCHEMA",
      "insuranceFund",
    ],
    ["a fund that is one amount", top({ insuranceFund: "1000" }), "MARKET_SCHEMA", "insuranceFund"],
    ["a negative fund", top({ insuranceFund: { BTC: "-1" } }), "MARKET_SCHEMA", "insuranceFund.BTC"],
    [
      "a fund in an asset without a price",
      top({ insuranceFund: { DOGE: "1" } }),
      "MARKET_UNKNOWN_ASSET",
      'insuranceFund["DOGE"]',
    ],
    [
      "a fund in a derivative",
      top({ insuranceFund: { CALL: "1" } }),
      "MARKET_UNKNOWN_ASSET",
      'insuranceFund["CALL"]',
    ],
    ["a step of 0", on("BTC", { quantityStep: "0" }), "MARKET_SCHEMA", "instruments[1] (BTC).quantityStep"],
    ["a time that is none", top({ time: "2026-13-01T00:00:00Z" }), "MARKET_SCHEMA", "time"],
    ["a day that there is not", top({ time: "2026-02-30T20:00:00Z" }), "MARKET_SCHEMA", "time"],
    ["an hour that there is not", top({ time: "2026-11-25T24:00:00Z" }), "MARKET_SCHEMA", "time"],
    ["a local time", top({ time: "2026-11-23T08:00:00+02:00" }), "MARKET_SCHEMA", "time"],
    ["a comma in a symbol", on("CALL", { symbol: "A,B" }), "MARKET_SCHEMA", "instruments[4] (A,B).symbol"],
    ["an initial factor of 2^20", top({ initialFactorBp: 1 << 20 }), "MARKET_SCHEMA", "initialFactorBp"],
    ["an initial factor below 1", top({ initialFactorBp: 9_999 }), "MARKET_SCHEMA", "initialFactorBp"],
    ["a margin call below IMR", top({ marginCallBp: 9_999 }), "MARKET_SCHEMA", "marginCallBp"],
    ["a margin call above 2 IMR", top({ marginCallBp: 20_001 }), "MARKET_SCHEMA", "marginCallBp"],
    ["a margin call between two numbers", top({ marginCallBp: 12_000.5 }), "MARKET_SCHEMA", "marginCallBp"],
    ["a margin call as text", top({ marginCallBp: "12000" }), "MARKET_SCHEMA", "marginCallBp"],
    [
      "a group without scenarios",
      top({ groups: [{ name: "G", scenarios: [] }] }),
      "MARKET_SCHEMA",
      "groups[0].scenarios",
    ],
    [
      "five stress scenarios",
      top({ stress: [1, 2, 3, 4, 5].map((n) => ({ name: `s${n}` })) }),
      "MARKET_SCHEMA",
      "stress",
    ],
    [
      "4001 groups",
      top({ groups: Array.from({ length: 4001 }, (_, n) => ({ name: `g${n}`, scenarios: ["s"] })) }),
      "MARKET_SCHEMA",
      "groups",
    ],
    ["no instruments", top({ instruments: [] }), "MARKET_SCHEMA", "instruments"],
    ["negative reserves", top({ reserves: { BTC: "-1" } }), "MARKET_SCHEMA", "reserves.BTC"],
    [
      "both-sided and one-sided rules together",
      on("BTC-PERP", { maintenance: { liquidationFeeRate: "0.1", long: {} } }),
      "MARKET_SCHEMA",
      "instruments[3] (BTC-PERP).maintenance",
    ],
    ["a symbol twice", on("CALL", { symbol: "BTC" }), "MARKET_DUPLICATE_NAME", "instruments[4].symbol"],
    ["a group twice", (m) => void m.groups.push(m.groups[0]!), "MARKET_DUPLICATE_NAME", "groups[1].name"],
    [
      "a stress scenario twice",
      (m) => void m.stress.push(m.stress[0]!),
      "MARKET_DUPLICATE_NAME",
      "stress[1].name",
    ],
    [
      "a scenario twice",
      (m) => void m.groups[0]!.scenarios.push("up"),
      "MARKET_DUPLICATE_NAME",
      "groups[0] (G).scenarios[2]",
    ],
    [
      "a first floor above 0",
      on("BTC-PERP", brackets(["1", "0.1"])),
      "MARKET_TIERS",
      "maintenance.brackets[0].notionalFloor",
    ],
    [
      "floors that overlap",
      on("BTC-PERP", brackets(["0", "0.1"], ["5", "0.2"], ["5.0", "0.3"])),
      "MARKET_TIERS",
      "maintenance.brackets[2].notionalFloor",
    ],
    [
      "a rate that falls",
      on("BTC-PERP", brackets(["0", "0.1"], ["5", "0.09"])),
      "MARKET_TIERS",
      "maintenance.brackets[1].rate",
    ],
    [
      "a rate that falls on one side",
      on("BTC-PERP", { initial: { short: brackets(["0", "0.1"], ["5", "0.09"]).maintenance } }),
      "MARKET_TIERS",
      "initial.short.brackets[1].rate",
    ],
    [
      "a ratio above 1",
      on("BTC", { haircut: [{ valueFloor: "0", ratio: "1.01" }] }),
      "MARKET_TIERS",
      "haircut[0].ratio",
    ],
    [
      "a ratio that rises",
      on("BTC", {
        haircut: [
          { valueFloor: "0", ratio: "0.5" },
          { valueFloor: "5", ratio: "0.6" },
        ],
      }),
      "MARKET_TIERS",
      "haircut[1].ratio",
    ],
    [
      "an unknown group",
      on("CALL", { scenarioGains: { constructor: ["1", "1"] } }),
      "MARKET_UNKNOWN_GROUP",
      'scenarioGains["constructor"]',
    ],
    [
      "a missing gain",
      on("CALL", { scenarioGains: { G: ["1"] } }),
      "MARKET_SCENARIO_COUNT",
      'scenarioGains["G"]',
    ],
    [
      "a part of no group before it",
      (m) => void m.groups.unshift({ name: "P", within: "G", scenarios: [...m.groups[0]!.scenarios] }),
      "MARKET_GROUP",
      "groups[0] (P).within",
    ],
    [
      "a part of a part",
      (m) => {
        const { scenarios } = m.groups[0]!;
        m.groups.push({ name: "P", within: "G", scenarios }, { name: "Q", within: "P", scenarios });
      },
      "MARKET_GROUP",
      "groups[2] (Q).within",
    ],
    [
      "a part with scenarios of its own",
      (m) => void m.groups.push({ name: "P", within: "G", scenarios: [...m.groups[0]!.scenarios].reverse() }),
      "MARKET_GROUP",
      "groups[1] (P).scenarios",
    ],
    ...[["up"], ["up", "low"], ["up", "down", "still"]].map((scenarios): [string, Change, string, string] => [
      `a part with the scenarios ${scenarios.join(", ")} of up, down`,
      (m) => void m.groups.push({ name: "P", within: "G", scenarios }),
      "MARKET_GROUP",
      "groups[1] (P).scenarios",
    ]),
    [
      "a part with an initial factor of its own",
      (m) => void m.groups.push({ ...m.groups[0]!, name: "P", within: "G", initialFactorBp: 20_000 }),
      "MARKET_GROUP",
      "groups[1] (P).initialFactorBp",
    ],
    [
      "a group's initial factor below the market's",
      (m) =>
        void Object.assign(m, {
          initialFactorBp: 12_000,
          groups: [{ ...m.groups[0]!, initialFactorBp: 11_999 }],
        }),
      "MARKET_GROUP",
      "groups[0] (G).initialFactorBp",
    ],
    [
      "sides that gain together",
      on("CALL", { scenarioGains: { G: ["1", { long: "5", short: "-4.99" }] } }),
      "MARKET_SIDES_GAIN",
      '(CALL).scenarioGains["G"][1]',
    ],
    [
      "a gain of one side only",
      on("CALL", { scenarioGains: { G: ["1", { long: "5" }] } }),
      "MARKET_SCHEMA",
      'must be a plain decimal in quotes, for example "-12.5", or { "long": "-12.5", "short": "-3" }',
    ],
    [
      "a quote currency that loses on one side in a risk group",
      on("USDT-PNL", { scenarioGains: { G: ["0", { long: "0", short: "-1" }] } }),
      "MARKET_PRICE_MISMATCH",
      "(USDT-PNL).scenarioGains",
    ],
    [
      "a stress gain too many",
      on("CALL", { stressGains: ["1", "1"] }),
      "MARKET_SCENARIO_COUNT",
      "(CALL).stressGains",
    ],
    [
      "reserves of nothing known",
      top({ reserves: { DOGE: "1" } }),
      "MARKET_UNKNOWN_ASSET",
      'reserves["DOGE"]',
    ],
    [
      "settlement of nothing known",
      on("USDT-PNL", { asset: "EUR", stressGains: ["0"] }),
      "MARKET_UNKNOWN_ASSET",
      "(USDT-PNL).asset",
    ],
    [
      "settlement at another price",
      on("USDT-PNL", { asset: "BTC", markPrice: "60001", stressGains: ["-18000"] }),
      "MARKET_PRICE_MISMATCH",
      "(USDT-PNL).markPrice",
    ],
    [
      "settlement with other stress",
      on("USDT-PNL", { asset: "BTC", markPrice: "60000", stressGains: ["-1"] }),
      "MARKET_PRICE_MISMATCH",
      "(USDT-PNL).stressGains[0]",
    ],
    [
      "a quote currency that is not worth 1",
      (m) => {
        on("USDT", { markPrice: "2" })(m);
        on("USDT-PNL", { markPrice: "2" })(m);
      },
      "MARKET_PRICE_MISMATCH",
      "(USDT).markPrice",
    ],
    [
      "a quote currency that gains under stress",
      (m) => {
        on("USDT", { stressGains: ["1"] })(m);
        on("USDT-PNL", { stressGains: ["1"] })(m);
      },
      "MARKET_PRICE_MISMATCH",
      "(USDT).stressGains",
    ],
    [
      "a quote currency that gains in a risk group",
      on("USDT-PNL", { scenarioGains: { G: ["0", "1"] } }),
      "MARKET_PRICE_MISMATCH",
      "(USDT-PNL).scenarioGains",
    ],
    [
      "a rate on a notional price of 0",
      on("CALL", { notionalPrice: "0.00" }),
      "MARKET_NO_REQUIREMENT",
      "(CALL).maintenance",
    ],
    [
      "a rate on a mark price of 0",
      on("CALL", { notionalPrice: undefined, markPrice: "0" }),
      "MARKET_NO_REQUIREMENT",
      "(CALL).maintenance",
    ],
    [
      "an initial rate on a mark price of 0",
      on("BTC-PERP", {
        markPrice: "0",
        maintenance: { liquidationFeeRate: "0" },
        initial: { long: { liquidationFeeRate: "0" }, short: { liquidationFeeRate: "0.1" } },
      }),
      "MARKET_NO_REQUIREMENT",
      "(BTC-PERP).initial",
    ],
    ...["CALL", "BTC-PERP", "BTC"].map((symbol): [string, Change, string, string] => [
      `stress gains of ${symbol} left out`,
      on(symbol, { stressGains: undefined }),
      "MARKET_STRESS_MISSING",
      `(${symbol}).stressGains`,
    ]),
    ...["BTC-PERP", "BTC", "USDT-PNL"].map((symbol): [string, Change, string, string] => [
      `a notional price of ${symbol}`,
      on(symbol, { notionalPrice: "0" }),
      "MARKET_FIELD_NOT_ALLOWED",
      `(${symbol}).notionalPrice`,
    ]),
    [
      "a derivative that requires nothing",
      on("BTC-PERP", { maintenance: undefined }),
      "MARKET_NO_REQUIREMENT",
      "instruments[3] (BTC-PERP)",
    ],
    [
      "a derivative whose short side requires nothing",
      on("BTC-PERP", { maintenance: { long: { liquidationFeeRate: "0.01" } } }),
      "MARKET_NO_REQUIREMENT",
      "instruments[3] (BTC-PERP)",
    ],
    [
      "an option in no group without a rule for longs",
      on("CALL", { scenarioGains: {} }),
      "MARKET_NO_REQUIREMENT",
      "instruments[4] (CALL)",
    ],
    ["an empty rule", on("BTC-PERP", { maintenance: {} }), "MARKET_SCHEMA", "(BTC-PERP).maintenance"],
    [
      "an empty rule of one side",
      on("BTC-PERP", { maintenance: { long: {}, short: {} } }),
      "MARKET_SCHEMA",
      "(BTC-PERP).maintenance",
    ],
    [
      "a rounding error that hides something",
      top({ maxRoundingError: "0.0010000001" }),
      "MARKET_SCHEMA",
      "maxRoundingError",
    ],
    ["a rounding error that is none", top({ maxRoundingError: "much" }), "MARKET_SCHEMA", "maxRoundingError"],
    ["a negative asset price", on("BTC", { markPrice: "-1" }), "MARKET_NEGATIVE_PRICE", "(BTC).markPrice"],
    [
      "a haircut on a derivative",
      on("CALL", { haircut: [{ valueFloor: "0", ratio: "1" }] }),
      "MARKET_FIELD_NOT_ALLOWED",
      "(CALL).haircut",
    ],
    ...(
      [
        ["CALL", { tick: "1", multiplier: "2" }, "tick"],
        ["BTC-PERP", { tick: "1" }, "tick"],
        ["BTC-PERP", { inverse: { contract: "1" }, multiplier: "2" }, "multiplier"],
        ["BTC", { multiplier: "2" }, "multiplier"],
        ["USDT-PNL", { multiplier: "2" }, "multiplier"],
        ["CALL", { inverse: { contract: "1" } }, "inverse"],
        ["BTC", { inverse: { contract: "1" } }, "inverse"],
        ["BTC", { settlement: "USDT-PNL" }, "settlement"],
        ["USDT-PNL", { settlement: "USDT-PNL" }, "settlement"],
        ["CALL", { asset: "BTC" }, "asset"],
        ["BTC-PERP", { borrowRate: "0" }, "borrowRate"],
        ["USDT-PNL", { borrowRate: "0" }, "borrowRate"],
        ["USDT-PNL", { haircut: [{ valueFloor: "0", ratio: "1" }] }, "haircut"],
      ] as const
    ).map(([symbol, fields, field]): [string, Change, string, string] => [
      `${field} of ${symbol}, stated ${JSON.stringify(fields)}`,
      on(symbol, fields),
      "MARKET_FIELD_NOT_ALLOWED",
      `(${symbol}).${field}`,
    ]),
    [
      "more parts of a group than fit",
      (m) => void (m.groups = parted(MAX_PARTS + 1, MAX_PARTS)),
      "MARKET_GROUP",
      `(P${MAX_PARTS}).within`,
    ],
    ...["-200.01", "-49.99", "0", "100"].map((markPrice): [string, Change, string, string] => [
      `an inverse contract of 100 that is worth ${markPrice}`,
      inverseAt(markPrice),
      "MARKET_PRICE_MISMATCH",
      "(BTC-PERP).inverse",
    ]),
    [
      "an inverse contract's size where its coin is worth nothing",
      (m) => {
        const worthless = { markPrice: "0", stressGains: ["0"] };
        on("BTC", worthless)(m);
        const step = { quantityStep: "1" } as const;
        m.instruments.push({ symbol: "BTC-PNL", kind: "settlement", asset: "BTC", ...step, ...worthless });
        const inverse = { contract: "100" };
        on("BTC-PERP", { settlement: "BTC-PNL", markPrice: "-100", inverse })(m);
      },
      "MARKET_PRICE_MISMATCH",
      "(BTC-PERP).inverse",
    ],
    [
      "an unknown settlement",
      on("CALL", { settlement: "BTC" }),
      "MARKET_UNKNOWN_SETTLEMENT",
      "(CALL).settlement",
    ],
  ];
  it.each(cases)("%s", (_, change, code, path) => {
    const json = smallMarket();
    change(json);
    const error = errorOf(() => parseMarket(json));
    expect(error.code).toBe(code);
    expect(error.message).toContain(path);
  });

  it("reads the format before as one whose fund is quote currency, held to the rules of this one", () => {
    const old = (insuranceFund: string) =>
      parseMarket({ ...smallMarket(), format: "marginproof/market/1", insuranceFund });
    const now = { ...smallMarket(), insuranceFund: { USDT: "1000" } };
    expect(canonicalMarketDigest(old("1000.0"))).toEqual(canonicalMarketDigest(parseMarket(now)));
    expect(old("0.00").insuranceFund).toEqual({});
    expect(errorOf(() => old("1e3")).message).toContain("insuranceFund.USDT");
    expect(errorOf(() => old("-1")).message).toContain("insuranceFund.USDT");
  });

  const texts: [field: string, write: (text: string) => Change][] = [
    ["exchange", (exchange) => top({ exchange })],
    ["epoch", (epoch) => top({ epoch })],
    ["time", (time) => top({ time })],
    ["quote", (quote) => top({ quote })],
    ["group name", (name) => top({ groups: [{ name, scenarios: ["s"] }] })],
    ["scenario name", (name) => top({ groups: [{ name: "G", scenarios: [name] }] })],
    ["stress name", (name) => top({ stress: [{ name }] })],
    ["symbol", (symbol) => on("CALL", { symbol })],
    ["asset", (asset) => on("USDT-PNL", { asset })],
    ["settlement", (settlement) => on("CALL", { settlement })],
    ["reserve", (asset) => top({ reserves: { [asset]: "1" } })],
    ["group of a gain", (group) => on("CALL", { scenarioGains: { [group]: ["1", "1"] } })],
  ];
  // A line break, terminal colours, C1 controls, right-to-left override, no-break and zero-width space, a look-alike.
  const hidden = ["\n", "\u001b[31m", "\u007f", "\u0085", "\u202e", "\u00a0", "\u200b", "\u0430", "\ud800"];
  it.each(texts)("%s with anything but printable ASCII", (_, write) => {
    for (const text of [...hidden.map((c) => `a${c}b`), "a\n", " a", "a ", ""]) {
      const json = smallMarket();
      write(text)(json);
      expect(errorOf(() => parseMarket(json)).code, JSON.stringify(text)).toBe("MARKET_SCHEMA");
    }
  });

  it.each([null, 3, [], "x", {}])("%j", (json) => {
    expect(errorOf(() => parseMarket(json)).code).toBe("MARKET_SCHEMA");
  });
});

it.each(["-200", "-50"])("accepts an inverse contract of 100 that is worth %s", (markPrice) => {
  const json = smallMarket();
  inverseAt(markPrice)(json);
  expect(parseMarket(json).instruments[3]).toMatchObject({ markPrice, inverse: { contract: "100" } });
});

it("accepts as many parts of each group as fit", () => {
  const json = { ...smallMarket(), groups: parted(MAX_PARTS, MAX_PARTS) };
  expect(parseMarket(json).groups).toHaveLength(2 * MAX_PARTS + 2);
});

it("accepts a rule for both sides, or scenario gains, as a derivative's requirement", () => {
  const json = smallMarket();
  const none = { liquidationFeeRate: "0" };
  Object.assign(instrumentOf(json, "CALL"), { maintenance: { long: none, short: none }, scenarioGains: {} });
  Object.assign(instrumentOf(json, "BTC-PERP"), {
    maintenance: undefined,
    scenarioGains: { G: ["-1", "1"] },
  });
  expect(parseMarket(json).instruments).toHaveLength(5);
});

it("calls margin below 1.2 times the initial requirement unless the market says otherwise", () => {
  expect(parseMarket(smallMarket()).marginCallBp).toBe(12_000);
  for (const marginCallBp of [10_000, 15_000, 20_000])
    expect(parseMarket({ ...smallMarket(), marginCallBp }).marginCallBp).toBe(marginCallBp);
});

it("lets the quote currency leave its stress gains out, beside an instrument of it that states 0", () => {
  for (const symbol of ["USDT", "USDT-PNL"]) {
    const json = smallMarket();
    on(symbol, { stressGains: ["0"] })(json);
    expect(parseMarket(json).instruments).toHaveLength(5);
  }
});

it("needs no stress gains when there is no stress scenario", () => {
  const json = smallMarket();
  json.stress = [];
  for (const i of json.instruments) delete i.stressGains;
  expect(parseMarket(json).stress).toEqual([]);
});

describe("parseMarketText", () => {
  it("reads what JSON.stringify writes", () => {
    expect(parseMarketText(JSON.stringify(smallMarket(), null, 2))).toEqual(parseMarket(smallMarket()));
  });

  it("refuses a key given twice, however it is spelled", () => {
    const text = JSON.stringify(smallMarket());
    const twice = text.replace('"quote":', '"quot\\u0065":"EUR","quote":');
    expect(errorOf(() => parseMarketText(twice)).code).toBe("JSON_DUPLICATE_KEY");
    const deep = text.replace('"symbol":"BTC"', '"markPrice":"1","symbol":"BTC"');
    expect(errorOf(() => parseMarketText(deep)).message).toContain("markPrice");
  });

  it("refuses text that is not JSON", () => {
    const error = errorOf(() => parseMarketText("{"));
    expect(error.code).toBe("JSON_INVALID");
    expect(error.message).toMatch(/^market file: /);
  });
});

describe("canonicalMarketDigest", () => {
  const digest = (json: MarketJson) => Buffer.from(canonicalMarketDigest(parseMarket(json))).toString("hex");

  it("ignores trailing zeros and the order of keys, and parses to itself", () => {
    const json = smallMarket();
    json.insuranceFund = { USDT: "1000" };
    json.reserves = { BTC: "2.000", USDT: "500" };
    expect(digest(json)).toBe(digest(smallMarket()));
    const market = parseMarket(json);
    expect(parseMarket(market)).toEqual(market);
  });

  it("changes with every single field", () => {
    const seen = new Set([digest(smallMarket())]);
    const explicitZeros: Change = (m) => {
      for (const symbol of ["USDT", "USDT-PNL"]) on(symbol, { stressGains: ["0"] })(m);
    };
    const leaves: [string, Change][] = [
      ["exchange", top({ exchange: "Other" })],
      ["epoch", top({ epoch: "e2" })],
      ["time", top({ time: "2026-11-23T08:00:01Z" })],
      [
        "quote",
        (m) => {
          top({ quote: "USD" })(m);
          explicitZeros(m);
        },
      ],
      ["unit", top({ valueUnit: "0.000000001" })],
      ["rounding", top({ maxRoundingError: "0.001" })],
      ["factor", top({ initialFactorBp: 13_001 })],
      ["margin call", top({ marginCallBp: 12_001 })],
      [
        "group name",
        (m) =>
          void Object.assign(
            m.groups[0]!,
            { name: "H" },
            on("CALL", { scenarioGains: { H: ["1", "2"] } })(m),
          ),
      ],
      ["scenario name", (m) => void (m.groups[0]!.scenarios[0] = "left")],
      ["stress name", (m) => void (m.stress[0]!.name = "fall")],
      ["fund", top({ insuranceFund: { USDT: "1001" } })],
      ["fund asset", top({ insuranceFund: { BTC: "1000" } })],
      ["reserves", top({ reserves: { USDT: "500", BTC: "3" } })],
      ["symbol", on("CALL", { symbol: "CALL2" })],
      ["kind", on("BTC-PERP", { kind: "future" })],
      ["settlement", on("CALL", { settlement: "USDT-PNL" })],
      ["step", on("CALL", { quantityStep: "0.2" })],
      ["price", on("CALL", { markPrice: "1234.6" })],
      ["notional price", on("CALL", { notionalPrice: "60001" })],
      ["rate", on("BTC-PERP", brackets(["0", "0.004"], ["50000", "0.005"], ["600000", "0.0066"]))],
      ["floor", on("BTC-PERP", brackets(["0", "0.004"], ["50001", "0.005"], ["600000", "0.0065"]))],
      [
        "by side",
        (m) => {
          const rule = instrumentOf(m, "BTC-PERP").maintenance;
          on("BTC-PERP", { maintenance: { long: rule, short: rule } })(m);
        },
      ],
      ["fee", on("BTC-PERP", { maintenance: { liquidationFeeRate: "0.01" } })],
      ["as initial", (m) => on("BTC-PERP", { initial: instrumentOf(m, "BTC-PERP").maintenance })(m)],
      ["haircut", on("BTC", { haircut: [{ valueFloor: "0", ratio: "0.5" }] })],
      ["borrow", on("BTC", { borrowRate: "0.06" })],
      ["borrow tiers", on("BTC", { borrowRate: [{ valueFloor: "0", rate: "0.05" }] })],
      ["gain", on("CALL", { scenarioGains: { G: ["700.25", "-500.6"] } })],
      ["part", (m) => void m.groups.push({ ...m.groups[0]!, name: "P", within: "G" })],
      ["no part", (m) => void m.groups.push({ ...m.groups[0]!, name: "P" })],
      ["factor of a group", (m) => void (m.groups[0]!.initialFactorBp = 19_999)],
      ["gain by side", on("CALL", { scenarioGains: { G: ["700.25", { long: "-500.5", short: "500.4" }] } })],
      ["gains by side", on("CALL", { scenarioGains: { G: ["700.25", { long: "-500.6", short: "500.4" }] } })],
      ["stress gain", on("CALL", { stressGains: ["1"] })],
      ["explicit zeros", explicitZeros],
      ["order", (m) => void m.instruments.reverse()],
    ];
    for (const [what, change] of leaves) {
      const json = smallMarket();
      change(json);
      const d = digest(json);
      expect(seen.has(d), what).toBe(false);
      seen.add(d);
    }
  });
});
