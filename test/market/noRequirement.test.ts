import { describe, expect, it } from "vitest";
import { type MarketJson, parseMarket } from "../../src/market/index.js";
import { withoutRequirement, worthNothing } from "../../src/market/noRequirement.js";
import { type InstrumentJson, instrumentOf, smallMarket } from "./smallMarket.js";

const rate = (of: string) => ({ brackets: [{ notionalFloor: "0", rate: of }] });
function parsed(edit: (m: MarketJson) => void) {
  const json = smallMarket();
  edit(json);
  return parseMarket(json);
}
/** Sides of an instrument that require nothing, when it has these fields. */
function freeSides(
  symbol: string,
  fields: Partial<InstrumentJson>,
  edit: (m: MarketJson) => void = () => {},
) {
  const found = withoutRequirement(
    parsed((m) => {
      edit(m);
      Object.assign(instrumentOf(m, symbol), fields);
    }),
  );
  expect(found.every((own) => own.symbol === symbol)).toBe(true);
  return found.flatMap(({ sides }) => sides);
}

describe("contracts that are held without margin", () => {
  it("are none where every side requires something", () => {
    expect(withoutRequirement(parseMarket(smallMarket()))).toEqual([]);
  });

  it.each<[string, Partial<InstrumentJson>, string[]]>([
    ["a rate of 0", { maintenance: rate("0") }, ["long", "short"]],
    ["a rate of 0 for longs", { maintenance: { long: rate("0"), short: rate("0.01") } }, ["long"]],
    ["a rate of 0 for shorts", { maintenance: { long: rate("0.01"), short: rate("0") } }, ["short"]],
    ["less than 0.01%", { maintenance: rate("0.000099999999") }, ["long", "short"]],
    ["0.01%", { maintenance: rate("0.0001") }, []],
    [
      "less than 0.01% of a price below 0",
      { markPrice: "-5", maintenance: rate("0.000099999999") },
      ["long", "short"],
    ],
    ["0.01% of a price below 0", { markPrice: "-5", maintenance: rate("0.0001") }, []],
    [
      "a rate that a later tier alone has",
      { maintenance: { brackets: [...rate("0").brackets, { notionalFloor: "9", rate: "1" }] } },
      ["long", "short"],
    ],
    ["a rate of 0 at a price of 0", { markPrice: "0", maintenance: rate("0") }, ["long", "short"]],
  ])("a perpetual at %s", (_, fields, sides) => {
    expect(freeSides("BTC-PERP", fields)).toEqual(sides);
  });

  it.each<[string, Partial<InstrumentJson>, string[]]>([
    ["losses of longs alone", { scenarioGains: { G: ["-500.5", "0"] } }, ["short"]],
    ["losses of shorts alone", { scenarioGains: { G: ["500.5", "0"] } }, ["long"]],
    ["losses of a side each", { scenarioGains: { G: ["0", { long: "-1", short: "-1" }] } }, []],
    ["losses of less than 0.01%", { scenarioGains: { G: ["0.12344", "-0.12344"] } }, ["long", "short"]],
    ["losses of 0.01%", { scenarioGains: { G: ["0.12345", "-0.12345"] } }, []],
    ["losses in two groups", { scenarioGains: { G: ["0.1", "-0.1"], H: ["-0.1", "0.1"] } }, []],
    [
      "the largest of a group's losses",
      { scenarioGains: { G: ["0.1", "-0.1"], H: ["0", "0"] } },
      ["long", "short"],
    ],
    ["gains alone, of longs", { scenarioGains: { G: ["5", "5"] } }, ["long"]],
  ])("an option with %s", (_, fields, sides) => {
    const second = (m: MarketJson) => void m.groups.push({ name: "H", scenarios: ["a", "b"] });
    expect(freeSides("CALL", { maintenance: undefined, ...fields }, second)).toEqual(sides);
  });

  it("an option whose losses in a part its group's gains outweigh, not the reverse", () => {
    const parts = (m: MarketJson) => {
      const { scenarios } = m.groups[0]!;
      m.groups.push({ name: "P", within: "G", scenarios }, { name: "Q", within: "G", scenarios });
    };
    const free = (scenarioGains: InstrumentJson["scenarioGains"]) =>
      freeSides("CALL", { maintenance: undefined, scenarioGains }, parts);
    expect(free({ G: ["10", "10"], P: ["-10", "-10"] })).toEqual(["long"]);
    expect(free({ G: ["10", "10"], P: ["-10", "-11"] })).toEqual([]);
    // What a part gains counts for nothing.
    expect(free({ G: ["-10", "-10"], P: ["10", "10"] })).toEqual(["short"]);
    expect(free({ G: ["20", "20"], P: ["-10", "-10"], Q: ["-10", "-10"] })).toEqual(["long"]);
    expect(free({ P: ["-10", "-10"], G: ["10", "10"] })).toEqual(["long"]);
    expect(free({ P: ["-10", "-10"], G: ["5", "5"] })).toEqual([]);
    expect(free({ P: ["5", "5"] })).toEqual(["long"]);
    // Of a part alone: a long loses nothing, a short what it gains.
    expect(free({ P: ["5", "5"], Q: ["-5", "-5"] })).toEqual([]);
  });

  it("no option that is worth nothing, for who is long of it", () => {
    const worthless = {
      markPrice: "0",
      scenarioGains: { G: ["0", "0"] },
      maintenance: undefined,
      stressGains: ["0"],
    };
    expect(freeSides("CALL", worthless)).toEqual(["short"]);
    expect(freeSides("CALL", { ...worthless, markPrice: "1" })).toEqual(["long", "short"]);
    expect(freeSides("CALL", { ...worthless, kind: "future", notionalPrice: undefined })).toEqual([
      "long",
      "short",
    ]);
  });

  it("none whose rates are secret", () => {
    const secret = (m: MarketJson) =>
      void (m.privateRules = { rowsPerStep: 16, commitments: [`0x${"0".repeat(64)}`] });
    const fields = { maintenance: undefined, scenarioGains: undefined, privateBrackets: ["0"] };
    expect(freeSides("CALL", fields, secret)).toEqual([]);
  });
});

describe("assets that are worth nothing", () => {
  it("are named once, and no contract is", () => {
    expect(worthNothing(parseMarket(smallMarket()))).toEqual([]);
    const found = worthNothing(
      parsed((m) => {
        const worthless = { markPrice: "0", stressGains: ["0"] };
        Object.assign(instrumentOf(m, "BTC"), worthless);
        Object.assign(instrumentOf(m, "BTC-PERP"), { ...worthless, maintenance: rate("0") });
        const coin = instrumentOf(m, "BTC");
        m.instruments.push(
          { ...coin, symbol: "BTC-2", asset: "BTC" },
          { symbol: "BTC-PNL", kind: "settlement", asset: "BTC", quantityStep: "1", ...worthless },
        );
      }),
    );
    expect(found).toEqual(["BTC"]);
  });
});
