import { describe, expect, it } from "vitest";
import { type MarketJson, parseMarket } from "../../src/market/index.js";
import { type InstrumentJson, instrumentOf, smallMarket } from "./smallMarket.js";

type Change = (market: MarketJson) => void;
const market = (...changes: Change[]) => {
  const json = smallMarket();
  for (const change of changes) change(json);
  return () => parseMarket(json);
};
const on =
  (symbol: string, fields: Partial<InstrumentJson>): Change =>
  (m) =>
    void Object.assign(instrumentOf(m, symbol), fields);
const refused = (code: string, place: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(`${place}: `) });
const rated = (rate: string) => ({ brackets: [{ notionalFloor: "0", rate }] });

describe("a field that means nothing for its kind", () => {
  const inverse = { contract: "100", tick: "0.01" };
  it.each<[string, Partial<InstrumentJson>, string]>([
    ["BTC-PERP", { asset: "BTC" }, "asset"],
    ["CALL", { asset: "BTC" }, "asset"],
    ["BTC", { settlement: "USDT-PNL" }, "settlement"],
    ["USDT-PNL", { settlement: "USDT-PNL" }, "settlement"],
    ["BTC-PERP", { notionalPrice: "1" }, "notionalPrice"],
    ["BTC", { notionalPrice: "1" }, "notionalPrice"],
    ["CALL", { inverse }, "inverse"],
    ["BTC", { inverse }, "inverse"],
    ["USDT-PNL", { inverse }, "inverse"],
    ["BTC-PERP", { haircut: [{ valueFloor: "0", ratio: "1" }] }, "haircut"],
    ["USDT-PNL", { haircut: [{ valueFloor: "0", ratio: "1" }] }, "haircut"],
    ["BTC-PERP", { borrowRate: "0.1" }, "borrowRate"],
    ["USDT-PNL", { borrowRate: "0" }, "borrowRate"],
  ])("%s with %j is refused", (symbol, fields, field) => {
    const index = smallMarket().instruments.findIndex((i) => i.symbol === symbol);
    const place = `instruments[${index}] (${symbol}).${field}`;
    expect(market(on(symbol, fields))).toThrow(refused("MARKET_FIELD_NOT_ALLOWED", place));
  });

  it("a settlement instrument names its asset, and no asset is worth less than nothing", () => {
    expect(market(on("USDT-PNL", { asset: undefined }))).toThrow(
      refused("MARKET_UNKNOWN_ASSET", "instruments[2] (USDT-PNL).asset"),
    );
    for (const symbol of ["BTC", "USDT-PNL"])
      expect(market(on(symbol, { markPrice: "-1" }))).toThrow(
        refused("MARKET_NEGATIVE_PRICE", `(${symbol}).markPrice`),
      );
    expect(market(on("CALL", { markPrice: "-1" }))()).toBeDefined();
  });
});

describe("a derivative requires something of each side", () => {
  const bare = { maintenance: undefined, scenarioGains: undefined };
  const none = refused("MARKET_NO_REQUIREMENT", "instruments[4] (CALL)");
  it("by scenario gains, or by a rule for both sides", () => {
    expect(market(on("CALL", bare))).toThrow(none);
    expect(market(on("CALL", { ...bare, scenarioGains: {} }))).toThrow(none);
    for (const side of ["long", "short"])
      expect(market(on("CALL", { ...bare, maintenance: { [side]: rated("0.1") } }))).toThrow(none);
    const both = { long: rated("0.1"), short: rated("0.1") };
    for (const maintenance of [both, rated("0.1"), { liquidationFeeRate: "0.1" }])
      expect(market(on("CALL", { ...bare, maintenance }))()).toBeDefined();
    expect(market(on("CALL", { maintenance: undefined }))()).toBeDefined();
  });

  const worthless = { markPrice: "0", notionalPrice: undefined };
  it.each(["maintenance", "initial"] as const)("and not by a %s rate on a notional of 0", (field) => {
    const place = refused("MARKET_NO_REQUIREMENT", `instruments[4] (CALL).${field}`);
    const zero = { liquidationFeeRate: "0", ...rated("0") };
    const charging: InstrumentJson["maintenance"][] = [
      rated("0.1"),
      { liquidationFeeRate: "0.1" },
      { ...zero, liquidationFeeRate: "0.1" },
      {
        brackets: [
          { notionalFloor: "0", rate: "0" },
          { notionalFloor: "5", rate: "0.1" },
        ],
      },
      { long: rated("0.1"), short: zero },
      { long: zero, short: rated("0.1") },
      { long: { liquidationFeeRate: "0.1" }, short: zero },
      { long: zero, short: { liquidationFeeRate: "0.1" } },
    ];
    const other = field === "initial" ? { maintenance: zero } : {};
    for (const rule of charging)
      for (const price of [worthless, { notionalPrice: "0" }])
        expect(market(on("CALL", { ...other, ...price, [field]: rule })), JSON.stringify(rule)).toThrow(
          place,
        );
    expect(market(on("CALL", { ...other, ...worthless, [field]: zero }))()).toBeDefined();
    expect(
      market(on("CALL", { ...other, ...worthless, [field]: { long: zero, short: zero } }))(),
    ).toBeDefined();
    // A notional of its underlying's price is one.
    expect(market(on("CALL", { ...other, markPrice: "0", [field]: rated("0.1") }))()).toBeDefined();
  });
});

it("an asset may be worth nothing, and then its rates charge nothing", () => {
  const worthless = { markPrice: "0", stressGains: ["0"], maintenance: rated("0.1") };
  expect(market(on("BTC", worthless))()).toBeDefined();
});

describe("gains", () => {
  it("are as many as there are scenarios, in groups that exist", () => {
    expect(market(on("CALL", { scenarioGains: { H: ["1", "1"] } }))).toThrow(
      refused("MARKET_UNKNOWN_GROUP", '(CALL).scenarioGains["H"]'),
    );
    for (const gains of [[], ["1"], ["1", "1", "1"]]) {
      expect(market(on("CALL", { scenarioGains: { G: gains } }))).toThrow(
        refused("MARKET_SCENARIO_COUNT", '(CALL).scenarioGains["G"]'),
      );
      if (gains.length !== 1)
        expect(market(on("CALL", { stressGains: gains }))).toThrow(
          refused("MARKET_SCENARIO_COUNT", "(CALL).stressGains"),
        );
    }
    const two: Change = (m) => void m.groups.push({ name: "H", scenarios: ["up"] });
    expect(market(two, on("CALL", { scenarioGains: { G: ["1", "1"], H: ["1", "1"] } }))).toThrow(
      refused("MARKET_SCENARIO_COUNT", '(CALL).scenarioGains["H"]'),
    );
    expect(market(on("CALL", { stressGains: undefined }))).toThrow(
      refused("MARKET_STRESS_MISSING", "(CALL).stressGains"),
    );
  });
});

it("the first stress scenario moves something, like any other", () => {
  const still: Change = (m) => {
    m.stress.push({ name: "boom" });
    for (const i of m.instruments) if (i.stressGains) i.stressGains = ["0", "1"];
  };
  expect(market(still)).toThrow(refused("MARKET_STRESS_NOTHING", "stress[0]"));
});

describe("one asset is one thing", () => {
  const second = (fields: Partial<InstrumentJson>): Change => {
    return (m) => m.instruments.push({ ...instrumentOf(m, "BTC"), symbol: "BTC-2", asset: "BTC", ...fields });
  };
  const two: Change = (m) => {
    m.stress.push({ name: "boom" });
    for (const i of m.instruments) if (i.stressGains) i.stressGains = [i.stressGains[0]!, "100"];
  };

  it("of one price and the same gains under every scenario", () => {
    expect(market(two, second({}))()).toBeDefined();
    expect(market(two, second({ markPrice: "60001" }))).toThrow(
      refused("MARKET_PRICE_MISMATCH", "(BTC-2).markPrice"),
    );
    expect(market(two, second({ stressGains: ["-18001", "100"] }))).toThrow(
      refused("MARKET_PRICE_MISMATCH", "(BTC-2).stressGains[0]"),
    );
    expect(market(two, second({ stressGains: ["-18000", "101"] }))).toThrow(
      refused("MARKET_PRICE_MISMATCH", "(BTC-2).stressGains[1]"),
    );
  });

  it("that an instrument of kind asset stands for", () => {
    expect(market(on("USDT-PNL", { asset: "EUR", stressGains: ["0"] }))).toThrow(
      refused("MARKET_UNKNOWN_ASSET", "(USDT-PNL).asset"),
    );
    for (const field of ["reserves", "insuranceFund"] as const)
      expect(market((m) => void (m[field] = { USDT: "1", EUR: "1" }))).toThrow(
        refused("MARKET_UNKNOWN_ASSET", `${field}["EUR"]`),
      );
  });

  it("and the quote currency is worth 1 of itself, in every scenario", () => {
    const wrong = (field: string) => refused("MARKET_PRICE_MISMATCH", `instruments[0] (USDT).${field}`);
    expect(market(on("USDT", { stressGains: ["0"], scenarioGains: { G: ["0", "0"] } }))()).toBeDefined();
    expect(market(on("USDT-PNL", { stressGains: ["0"] }))()).toBeDefined();
    expect(market(on("USDT", { markPrice: "1.01" }))).toThrow(wrong("markPrice"));
    expect(market(on("USDT", { stressGains: ["0.1"] }))).toThrow(wrong("stressGains"));
    expect(market(on("USDT", { scenarioGains: { G: ["0", "0.1"] } }))).toThrow(wrong("scenarioGains"));
  });
});

describe("a settlement instrument", () => {
  const coin: Change = (m) =>
    m.instruments.push({
      ...{ symbol: "BTC-PNL", kind: "settlement", asset: "BTC", quantityStep: "0.00000001" },
      ...{ markPrice: "60000", stressGains: ["-18000"] },
    });
  const inverse = { contract: "100", tick: "0.01" };

  it("is one that the market lists", () => {
    expect(market(on("BTC-PERP", { settlement: "BTC-PNL" }))).toThrow(
      refused("MARKET_UNKNOWN_SETTLEMENT", "(BTC-PERP).settlement"),
    );
    expect(market(on("BTC-PERP", { settlement: "USDT" }))).toThrow(
      refused("MARKET_UNKNOWN_SETTLEMENT", "(BTC-PERP).settlement"),
    );
    expect(market(coin, on("BTC-PERP", { settlement: "BTC-PNL" }))()).toBeDefined();
  });

  it("of an inverse contract is in a coin", () => {
    const wrong = refused("MARKET_FIELD_NOT_ALLOWED", "(BTC-PERP).inverse");
    const own = { inverse, settlement: "BTC-PNL", markPrice: "-99.99" };
    expect(market(coin, on("BTC-PERP", own))()).toBeDefined();
    for (const markPrice of ["-49.99", "-200.01", "99.99"])
      expect(market(coin, on("BTC-PERP", { ...own, markPrice }))).toThrow(
        refused("MARKET_PRICE_MISMATCH", "(BTC-PERP).inverse"),
      );
    expect(market(coin, on("BTC-PERP", { inverse }))).toThrow(wrong);
    expect(market(coin, on("BTC-PERP", { inverse, settlement: "USDT-PNL" }))).toThrow(wrong);
    expect(market(coin, on("CALL", { inverse, settlement: "BTC-PNL" }))).toThrow(
      refused("MARKET_FIELD_NOT_ALLOWED", "(CALL).inverse"),
    );
  });
});
