import { describe, expect, it } from "vitest";
import { type MarketJson, parseMarket } from "../../src/market/index.js";
import { type InstrumentJson, instrumentOf, smallMarket } from "./smallMarket.js";

type Change = (market: MarketJson) => void;
const flat = (rate: string) => ({ brackets: [{ notionalFloor: "0", rate }] });

/** The small market with a coin to settle in and signed prices, and its perpetual in these variants alone. */
function variantsOf(
  symbol: "BTC-PERP" | "CALL",
  variants: Readonly<Record<string, Partial<InstrumentJson>>>,
  ...changes: Change[]
): () => unknown {
  const json = smallMarket();
  const model = instrumentOf(json, symbol);
  json.priceEvidence = `0x${"ab".repeat(32)}`;
  json.groups.push({ name: "H", scenarios: ["x"] });
  json.instruments = json.instruments.filter((i) => i !== model);
  json.instruments.push({
    ...{ symbol: "BTC-PNL", kind: "settlement", asset: "BTC", quantityStep: "0.00000001" },
    ...{ markPrice: "60000", stressGains: ["-18000"] },
  });
  for (const [name, fields] of Object.entries(variants))
    json.instruments.push({ ...model, symbol: `${symbol}${name}`, contract: symbol, ...fields });
  if (Object.values(variants).some(({ side }) => side !== undefined)) json.positionMode = "hedge";
  for (const change of changes) change(json);
  return () => parseMarket(json);
}
const refused = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) });

describe("contract, side and leverage", () => {
  it.each(["contract", "side", "leverage"] as const)("are a derivative's: %s", (field) => {
    const stated = { contract: "BTC", side: "long", leverage: "1" } as const;
    for (const symbol of ["BTC", "USDT-PNL"]) {
      const json = smallMarket();
      Object.assign(instrumentOf(json, symbol), { [field]: stated[field] });
      expect(() => parseMarket(json)).toThrow(refused("MARKET_FIELD_NOT_ALLOWED", `(${symbol}).${field}: `));
    }
  });
});

describe("variants of one contract", () => {
  const both = { maintenance: flat("0.2") };

  it.each<[string, Partial<InstrumentJson>, Partial<InstrumentJson>, string]>([
    ["one kind", {}, { kind: "future" }, "kind"],
    ["one settlement", {}, { settlement: "BTC-PNL" }, "settlement"],
    ["one price", {}, { markPrice: "60007.8" }, "markPrice"],
    [
      "one inverse size",
      { settlement: "BTC-PNL", inverse: { contract: "10" } },
      { settlement: "BTC-PNL", inverse: { contract: "100" } },
      "inverse",
    ],
    [
      "one inverse tick",
      { settlement: "BTC-PNL", inverse: { contract: "10", tick: "1" } },
      { settlement: "BTC-PNL", inverse: { contract: "10", tick: "2" } },
      "inverse",
    ],
    ["one multiplier", { multiplier: "2" }, { multiplier: "3" }, "multiplier"],
    ["one tick", { multiplier: "2", tick: "0.1" }, { multiplier: "2", tick: "0.2" }, "multiplier"],
    ["one set of stress gains", {}, { stressGains: ["-18002.32"] }, "stressGains"],
    ["one set of scenario gains", {}, { scenarioGains: { G: ["1", "-1"] } }, "scenarioGains"],
    [
      "one gain in each scenario",
      { scenarioGains: { G: ["1", "-1"], H: ["-1"] } },
      { scenarioGains: { H: ["-2"], G: ["1", "-1"] } },
      "scenarioGains",
    ],
    ["one maintenance", both, { maintenance: flat("0.21") }, "maintenance"],
    [
      "one floor of each tier",
      { maintenance: { brackets: [...flat("0.2").brackets, { notionalFloor: "5", rate: "0.3" }] } },
      { maintenance: { brackets: [...flat("0.2").brackets, { notionalFloor: "6", rate: "0.3" }] } },
      "maintenance",
    ],
    [
      "one liquidation fee",
      { maintenance: { ...flat("0.2"), liquidationFeeRate: "0.01" } },
      { maintenance: { ...flat("0.2"), liquidationFeeRate: "0.02" } },
      "maintenance",
    ],
    [
      "one maintenance of longs",
      { maintenance: { long: flat("0.2"), short: flat("0.2") } },
      { maintenance: { long: flat("0.3"), short: flat("0.2") } },
      "maintenance",
    ],
    [
      "one maintenance of shorts",
      { maintenance: { long: flat("0.2"), short: flat("0.2") } },
      { maintenance: { long: flat("0.2"), short: flat("0.3") } },
      "maintenance",
    ],
  ])("have %s", (_, one, other, field) => {
    expect(
      variantsOf("BTC-PERP", { ".a": { ...one, leverage: "1", initial: flat("1") }, ".b": one }),
    ).not.toThrow();
    expect(
      variantsOf("BTC-PERP", { ".a": one, ".b": { ...one, ...other, leverage: "1", initial: flat("1") } }),
    ).toThrow(refused("MARKET_CONTRACT", `(BTC-PERP.b).${field}: not that of BTC-PERP.a`));
  });

  it("have one notional price", () => {
    const one = { leverage: "1", initial: flat("1") };
    expect(variantsOf("CALL", { ".a": {}, ".b": one })).not.toThrow();
    expect(variantsOf("CALL", { ".a": {}, ".b": { ...one, notionalPrice: "60001" } })).toThrow(
      refused("MARKET_CONTRACT", "(CALL.b).notionalPrice: not that of CALL.a"),
    );
  });

  it("are all compared, not the second alone", () => {
    const five = { leverage: "5", initial: flat("0.2") };
    const other = { leverage: "4", initial: flat("0.25"), markPrice: "60008" };
    expect(variantsOf("BTC-PERP", { ".a": {}, ".b": five, ".c": other })).toThrow(
      refused("MARKET_CONTRACT", "(BTC-PERP.c).markPrice: not that of BTC-PERP.a"),
    );
  });

  it("may have neither maintenance nor inverse terms", () => {
    const grouped = { maintenance: undefined, scenarioGains: { G: ["-60007.7", "60007.7"] } };
    const two = { ".a": grouped, ".b": { ...grouped, leverage: "1", initial: flat("1") } };
    expect(variantsOf("BTC-PERP", two)).not.toThrow();
  });

  it("may list their risk groups in any order, and differ in step, initial requirement, side and leverage", () => {
    const gains = { G: ["1", "-1"], H: ["-1"] };
    const { G, H } = gains;
    for (const scenarioGains of [
      [
        { G, H },
        { H, G },
      ],
      [
        { H, G },
        { G, H },
      ],
    ] as const)
      expect(
        variantsOf("BTC-PERP", {
          ".L": { scenarioGains: scenarioGains[0], side: "long", leverage: "2", initial: flat("0.5") },
          ".S": {
            scenarioGains: scenarioGains[1],
            side: "short",
            leverage: "2",
            initial: flat("0.6"),
            quantityStep: "1",
          },
        }),
      ).not.toThrow();
  });
});

describe("a position of a contract", () => {
  const [long, short] = [{ side: "long" }, { side: "short" }] as const;
  const five = { leverage: "5", initial: flat("0.2") } as const;

  it.each<[string, Readonly<Record<string, Partial<InstrumentJson>>>, string]>([
    [
      "two places",
      { ".a": {}, ".b": {} },
      "(BTC-PERP.b): the same side and leverage of BTC-PERP as BTC-PERP.a",
    ],
    [
      "two places of one leverage",
      { ".a": five, ".b": {}, ".c": five },
      "(BTC-PERP.c): the same side and leverage",
    ],
    ["two places of one side", { ".a": long, ".b": short, ".c": long }, "(BTC-PERP.c): the same side"],
    [
      "a place of either side beside sides",
      { ".a": long, ".b": short, ".c": {} },
      "(BTC-PERP.c): some variants",
    ],
    [
      "a side beside places of either",
      { ".a": {}, ".b": { ...long, ...five } },
      "(BTC-PERP.b): some variants",
    ],
    ["no place for shorts", { ".a": long }, "(BTC-PERP.a): BTC-PERP has no short side beside it"],
    ["no place for longs", { ".a": short }, "(BTC-PERP.a): BTC-PERP has no long side beside it"],
    [
      "no place for shorts of a leverage",
      { ".a": long, ".b": short, ".c": { ...long, ...five } },
      "(BTC-PERP.c): BTC-PERP has no short side of leverage 5 beside it",
    ],
  ])("has not %s", (_, variants, text) => {
    expect(variantsOf("BTC-PERP", variants)).toThrow(refused("MARKET_CONTRACT", text));
  });

  it("has one place a side and leverage", () => {
    const sides = { ".L": long, ".S": short, ".L.5x": { ...long, ...five }, ".S.5x": { ...short, ...five } };
    expect(variantsOf("BTC-PERP", sides)).not.toThrow();
    expect(variantsOf("BTC-PERP", { ".a": {}, ".b": five })).not.toThrow();
  });
});

describe("a leverage", () => {
  const tiers = (...rates: string[]) => ({
    brackets: rates.map((rate, k) => ({ notionalFloor: `${k}`, rate })),
  });
  const of = (fields: Partial<InstrumentJson>) =>
    variantsOf("BTC-PERP", { ".5x": { leverage: "5", ...fields } });

  it.each<[string, Partial<InstrumentJson>]>([
    ["maintenance alone", { maintenance: flat("0.19") }],
    ["an initial rate for both sides", { initial: flat("0.199999999999999999") }],
    ["a first tier, whatever follows", { initial: tiers("0.19", "0.5") }],
    ["an initial rate of longs", { initial: { long: flat("0.19"), short: flat("0.2") } }],
    ["an initial rate of shorts", { initial: { long: flat("0.2"), short: flat("0.19") } }],
    ["no initial rate of shorts", { initial: { long: flat("0.2") } }],
    ["no initial rate of longs", { initial: { short: flat("0.2") } }],
    ["a fee, which is no margin", { initial: { liquidationFeeRate: "1" } }],
    ["initial rates below maintenance", { initial: flat("0.19"), maintenance: flat("0.2") }],
  ])("is refused below 1 / leverage: %s", (_, fields) => {
    expect(of(fields)).toThrow(
      refused("MARKET_CONTRACT", "(BTC-PERP.5x).leverage: its initial rate is below 1 / 5"),
    );
  });

  it.each<[string, Partial<InstrumentJson>]>([
    ["maintenance alone", { maintenance: flat("0.2") }],
    ["an initial rate for both sides", { initial: flat("0.2") }],
    ["one a side", { initial: { long: flat("0.2"), short: flat("0.3") } }],
    ["any rate of a notional of 0, which charges nothing", { markPrice: "0", maintenance: flat("0") }],
  ])("is what its rates are at: %s", (_, fields) => {
    expect(of(fields)).not.toThrow();
  });
});

describe("hedge mode", () => {
  const first: Change = (m) => void m.instruments.unshift(...m.instruments.splice(-2));

  it("is said of the first instrument as of the last", () => {
    const sides = { ".L": { side: "long" }, ".S": { side: "short" } } as const;
    expect(variantsOf("BTC-PERP", sides, first)).not.toThrow();
    expect(variantsOf("BTC-PERP", sides, first, (m) => void (m.positionMode = "net"))).toThrow(
      refused("MARKET_POSITION_MODE", "instruments[0] (BTC-PERP.L).side: only in hedge mode"),
    );
  });

  it("is said where there are sides, and only there", () => {
    expect(variantsOf("BTC-PERP", { "": {} }, (m) => void (m.positionMode = "hedge"))).toThrow(
      refused("MARKET_POSITION_MODE", "positionMode: hedge, and no instrument has a side"),
    );
    const sides = { ".L": { side: "long" }, ".S": { side: "short" } } as const;
    expect(variantsOf("BTC-PERP", sides, (m) => void (m.positionMode = "net"))).toThrow(
      refused("MARKET_POSITION_MODE", "(BTC-PERP.L).side: only in hedge mode"),
    );
  });
});

describe("a contract's name", () => {
  const sides = (contract: string): Readonly<Record<string, Partial<InstrumentJson>>> =>
    Object.fromEntries(
      ["long", "short"].flatMap((side) =>
        [2, 3, 4, 5, 6].map((times) => [
          `${side}${times}`,
          {
            ...{ symbol: `${contract}.${side[0]}.${times}x`, contract, side: side as "long" | "short" },
            ...{ leverage: `${times}`, initial: flat("0.5") },
          },
        ]),
      ),
    );

  it("is what its variants are called after", () => {
    const named = (symbol: string) => variantsOf("BTC-PERP", { "": { symbol } });
    for (const symbol of ["BTC-PERP", "BTC-PERP.x", "BTC-PERP.Long", "BTC-PERP-x.y"])
      expect(named(symbol), symbol).not.toThrow();
    for (const symbol of [
      "BTC-PERPx.y",
      "BTC-PERP.x5",
      "BTC-PERQ.x",
      "x.BTC-PERP",
      "BTC-PERPx",
      "BTC-PERP.5x",
    ])
      expect(named(symbol), symbol).toThrow(
        refused("MARKET_CONTRACT", "is not called like a variant of BTC-PERP"),
      );
  });

  it("is no asset's", () => {
    expect(variantsOf("BTC-PERP", { "": { symbol: "BTC.x", contract: "BTC" } })).toThrow(
      refused("MARKET_CONTRACT", '(BTC.x).contract: "BTC" reads as the asset BTC'),
    );
  });

  it("may be apart from another's by spelling alone, however many variants both have", () => {
    const many = { ...sides("0G-PERP"), ...renamed(sides("OG-PERP")) };
    expect(variantsOf("BTC-PERP", many)).not.toThrow();
    expect(variantsOf("BTC-PERP", { ...sides("BTC-PERP"), ...renamed(sides("BTC-PERP_")) })).toThrow(
      refused("MARKET_NAME_ALIKE", 'contract: "BTC-PERP_" looks like "BTC-PERP"'),
    );
  });

  it("may be its own variant's, though eight of one look are listed", () => {
    const symbols = ["rnrnrn", "mrnrn", "rnmrn", "rnrnm", "mmrn", "mrnm", "rnmm", "mmm"];
    const alike = symbols.map((symbol, n): [string, Partial<InstrumentJson>] => [
      symbol,
      { symbol, contract: n === 0 ? symbol : undefined },
    ]);
    expect(variantsOf("BTC-PERP", Object.fromEntries(alike))).not.toThrow();
  });

  /** The same under other keys. */
  const renamed = (variants: Readonly<Record<string, Partial<InstrumentJson>>>) =>
    Object.fromEntries(Object.entries(variants).map(([key, fields]) => [`other ${key}`, fields]));
});
