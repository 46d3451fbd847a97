import { describe, expect, it } from "vitest";
import { decimal, decimalText, integer, multiply } from "../../src/decimal/decimal.js";
import { MarginproofError } from "../../src/errors.js";
import { compileTable, type MarketJson, parseMarket } from "../../src/market/index.js";
import type { Market, MarketInstrument } from "../../src/market/marketFile.js";
import { roundingChoices, unitChoices } from "../../src/market/unitChoices.js";
import { fitsUnits, unitTick } from "../../src/market/unitTick.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { assertInRange } from "../../src/protocol/fitShape.js";
import { instrumentOf, smallMarket } from "./smallMarket.js";

/** Cash and a coin in steps of 0.00000001 at a mark of 8 decimals, in a value unit, with any of its figures changed. */
function eightDecimals(valueUnit: string, btc: object = {}): MarketJson {
  const market = { ...smallMarket(), valueUnit, groups: [] };
  market.instruments = market.instruments.filter(({ symbol }) => symbol === "USDT" || symbol === "BTC");
  instrumentOf(market, "USDT").quantityStep = "0.00000001";
  const fields = {
    quantityStep: "0.00000001",
    markPrice: "60012.53471234",
    haircut: undefined,
    borrowRate: undefined,
  };
  Object.assign(instrumentOf(market, "BTC"), fields, btc);
  return market;
}
const compile = (market: MarketJson) => compileTable(parseMarket(market));

/** Code and next step of a refusal, undefined when there is none. */
function refusalOf(run: () => unknown): { code: string; hint: string } | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (!(error instanceof MarginproofError)) throw error;
    return { code: error.code, hint: error.options.hint! };
  }
}

const worth = (market: MarketJson, usdt: bigint) => {
  const table = compile(market);
  const evaluation = new Evaluator(table).evaluate(new Map([["USDT", usdt]]));
  assertInRange({ account: "whale", pocket: "" }, evaluation, table);
};

describe("a price that is no whole number of value units", () => {
  const market = eightDecimals("0.0000000001");

  it("is refused with all that can be chosen, figures included", () => {
    expect(refusalOf(() => compile(market))).toEqual({
      code: "VALUE_UNIT_TOO_COARSE",
      hint:
        "choose one: a mark price that is a multiple of 0.01; a quantityStep of 0.01; valueUnit 0.0000000000000001, " +
        "in which no account may be worth more than 472236 USDT",
    });
  });

  it.each([
    ["a rounder mark price", eightDecimals("0.0000000001", { markPrice: "60012.53" })],
    ["a larger step", eightDecimals("0.0000000001", { quantityStep: "0.01" })],
    ["a finer unit", eightDecimals("0.0000000000000001")],
  ])("each of the choices does: %s", (_, chosen) => {
    expect(refusalOf(() => compile(chosen))).toBeUndefined();
  });

  it("names no figure that is none", () => {
    const third = eightDecimals("0.0000000001", {
      quantityStep: "0.00000003",
      markPrice: "60012.534712345678901",
    });
    expect(refusalOf(() => compile(third))!.hint).toBe("choose one: a quantityStep of 300000");
  });
});

describe("a rate or gain that rounding moves too far", () => {
  /** Dollars at 0.9998 in steps of 0.000001, which a stress scenario takes 10% of. */
  const dollars = (fields: object = {}): MarketJson => {
    const market = { ...eightDecimals("0.0000000001", { markPrice: "60012.53" }) };
    const usdc = { symbol: "USDC", kind: "asset", quantityStep: "0.000001", markPrice: "0.9998" } as const;
    market.instruments.push({ ...usdc, stressGains: ["-0.09998"] });
    return Object.assign(market, fields);
  };

  it("is refused with all that can be chosen, and each of the choices does", () => {
    expect(refusalOf(() => compile(dollars()))).toEqual({
      code: "VALUE_UNIT_TOO_COARSE",
      hint:
        "choose one: a quantityStep of 0.0001; valueUnit 0.000000000001, in which no account may be worth more than " +
        "4722366482 USDT; a larger maxRoundingError, up to 0.001",
    });
    expect(refusalOf(() => compile(dollars({ valueUnit: "0.000000000001" })))).toBeUndefined();
    expect(refusalOf(() => compile(dollars({ maxRoundingError: "0.001" })))).toBeUndefined();
    const larger = dollars();
    instrumentOf(larger, "USDC").quantityStep = "0.0001";
    expect(refusalOf(() => compile(larger))).toBeUndefined();
  });
});

describe("what cannot be chosen", () => {
  const choicesOf = (market: MarketJson, of: (m: Market, i: MarketInstrument) => string): string => {
    const parsed = parseMarket(market);
    return of(parsed, parsed.instruments.find(({ symbol }) => symbol === "BTC")!);
  };

  it("is not named: no tick, step or unit takes a price of seven parts and 23 decimals", () => {
    const odd = { quantityStep: "0.00000003", markPrice: "60012.534712345678901" };
    expect(choicesOf(eightDecimals("0.7", odd), unitChoices)).toBe("give the price fewer decimals");
    // Fewer decimals: a unit. A multiple of seven: a step. A step of nothing but tens: a tick.
    const unit = "valueUnit 0.00000000000001, in which no account may be worth more than 47223664 USDT";
    expect(choicesOf(eightDecimals("0.7", { ...odd, markPrice: "60012.534713" }), unitChoices)).toBe(
      `choose one: ${unit}`,
    );
    expect(
      choicesOf(
        eightDecimals("0.7", { ...odd, quantityStep: "0.00000007", markPrice: "60012.53471234567" }),
        unitChoices,
      ),
    ).toBe("choose one: a mark price that is a multiple of 10000000; a quantityStep of 70000000000");
  });

  it("is not named: a unit in which an account may be worth less than where a tier begins, wherever there are tiers", () => {
    const odd = { quantityStep: "0.00000003", markPrice: "60012.534713" };
    const parsed = parseMarket(eightDecimals("0.7", odd));
    const coin = parsed.instruments.find(({ symbol }) => symbol === "BTC")!;
    const beside = (change: object): string =>
      unitChoices(
        { ...parsed, instruments: [...parsed.instruments, { ...coin, symbol: "X", ...change }] },
        coin,
      );
    const brackets = (notionalFloor: string) => ({ brackets: [{ notionalFloor: "0" }, { notionalFloor }] });
    const places: ((floor: string) => object)[] = [
      (floor) => ({ maintenance: brackets(floor) }),
      (floor) => ({ maintenance: { long: brackets(floor) } }),
      (floor) => ({ maintenance: { short: brackets(floor) } }),
      (floor) => ({ initial: brackets(floor) }),
      (floor) => ({ initial: { long: brackets(floor) } }),
      (floor) => ({ initial: { short: brackets(floor) } }),
      (floor) => ({ haircut: [{ valueFloor: floor, ratio: "0.5" }] }),
      (floor) => ({ borrowRate: [{ valueFloor: floor, rate: "0.5" }] }),
    ];
    for (const at of places) {
      expect(beside(at("47223664"))).toContain("no account may be worth more than 47223664 USDT");
      expect(beside(at("47223665"))).toBe("give the price fewer decimals");
    }
    expect(beside({ borrowRate: "0.5" })).toContain("47223664");
  });

  it("is not named: no step or unit is fine enough where nothing may be rounded", () => {
    const exact = {
      ...eightDecimals("0.0000000001", { markPrice: "60012.53", stressGains: ["-18000.333"] }),
      maxRoundingError: "0",
    };
    expect(choicesOf(exact, roundingChoices)).toBe("choose one: a larger maxRoundingError, up to 0.001");
  });

  it("is a unit for every rate that is rounded, and none that is not", () => {
    /** A coin whose steps are worth 0.0000007 and charged at a rate, beside one of larger steps with a gain. */
    const charged = (borrowRate: string, maintenance: string) => {
      const market = {
        ...eightDecimals("0.0000000001", { markPrice: "70", borrowRate }),
        maxRoundingError: "0.001",
      };
      market.instruments.push({
        ...{
          symbol: "PERP",
          kind: "perpetual",
          quantityStep: "0.01",
          markPrice: "0.0007",
          stressGains: ["0"],
        },
        maintenance: { brackets: [{ notionalFloor: "0", rate: maintenance }] },
      });
      instrumentOf(market, "BTC").stressGains = ["-10"];
      return market;
    };
    const hint = (decimals: number) => expect.stringContaining(`valueUnit 0.${"0".repeat(decimals - 1)}1, `);
    // 0.001 of 0.0000007 is 0.0000000007, and of 0.000007 ten times as much: prices need 8 decimals.
    expect(choicesOf(charged("0.00001", "0"), roundingChoices)).toEqual(hint(10));
    expect(choicesOf(charged("0", "0.000001"), roundingChoices)).toEqual(hint(9));
    expect(choicesOf(charged("0", "0"), roundingChoices)).toEqual(hint(8));
  });
});

describe("a computed price", () => {
  it("is taken where a step is worth a whole number of units, of a price of 18 decimals at most", () => {
    const price = (scale: number) => ({ coefficient: 1n, scale });
    expect(fitsUnits(price(18), "0.000000001", "1000000000")).toBe(true);
    expect(fitsUnits(price(19), "0.0000000001", "1000000000")).toBe(false);
    expect(fitsUnits(price(1), "0.2", "1")).toBe(false);
    expect(fitsUnits(price(1), "0.2", "4")).toBe(true);
  });

  it("is a whole number of ticks of 18 decimals at most", () => {
    expect(unitTick("0.000000000000000001", "1")).toBe("0.000000000000000001");
    expect(unitTick("0.000000000000000001", "10")).toBeUndefined();
    expect([unitTick("0.1", "0.4"), unitTick("0.1", "0.3")]).toEqual(["0.25", undefined]);
  });
});

describe("the unit that is fine enough", () => {
  /** Choices for the coin at 70, in steps of 0.00000001, with these figures, beside a contract. */
  const choicesOf = (btc: object, contract: object, fields: object = {}): string => {
    const json = { ...eightDecimals("0.0000000001", { markPrice: "70", ...btc }), ...fields };
    json.stress = [];
    for (const i of json.instruments) delete i.stressGains;
    json.groups = [{ name: "G", scenarios: ["up"] }];
    const terms = { symbol: "CALL", kind: "option", quantityStep: "1", markPrice: "0.5" } as const;
    json.instruments.push({ ...terms, maintenance: { liquidationFeeRate: "0" }, ...contract });
    const market = parseMarket(json);
    return roundingChoices(market, market.instruments.find(({ symbol }) => symbol === "BTC")!);
  };
  const unitOf = (choices: string): string | undefined => /valueUnit (\S+),/.exec(choices)?.[1];
  /** A step is worth 0.0000007, and 0.00001 of it 0.000000000007: a unit of 12 decimals rounds by less. */
  const twelve = "0.000000000001";
  const rate = "0.000012345";

  it("is so for either side of every instrument", () => {
    expect(unitOf(choicesOf({ borrowRate: rate }, {}))).toBe(twelve);
    expect(unitOf(choicesOf({ haircut: [{ valueFloor: "0", ratio: "0.999987655" }] }, {}))).toBe(twelve);
    expect(unitOf(choicesOf({ borrowRate: rate, markPrice: "1" }, {}))).toBe("0.0000000000001");
    expect(unitOf(choicesOf({}, {}))).toBe("0.00000001");
  });

  it("is so for every instrument and bracket, not for the first alone", () => {
    const coarse = { maintenance: { liquidationFeeRate: "0.0000000000123" } };
    expect(unitOf(choicesOf({}, coarse))).toBe("0.00000001");
    expect(unitOf(choicesOf({ borrowRate: rate }, coarse))).toBe(twelve);
    const later = [
      { valueFloor: "0", rate: "0" },
      { valueFloor: "700", rate },
    ];
    expect(unitOf(choicesOf({ borrowRate: later }, {}))).toBe(twelve);
  });

  it("is so for gains in scenarios alone", () => {
    const tiny = { quantityStep: "0.00000001", markPrice: "70", scenarioGains: { G: ["-0.012345"] } };
    expect(unitOf(choicesOf({}, tiny))).toBe(twelve);
  });

  it("is a whole one where every step is worth a whole number", () => {
    const fields = { valueUnit: "0.7", maxRoundingError: "0.001" };
    const whole = { quantityStep: "1", markPrice: "60012" };
    const json = eightDecimals("0.7", whole);
    for (const i of json.instruments) i.quantityStep = "1";
    const market = parseMarket({ ...json, ...fields });
    const choices = unitChoices(market, market.instruments.find(({ symbol }) => symbol === "BTC")!);
    expect(unitOf(choices)).toBe("1");
  });

  it("rounds by as much as is allowed, at most", () => {
    // A step is worth 0.000001, and a thousandth of that is a unit of 9 decimals exactly.
    const exact = { borrowRate: rate, markPrice: "100" };
    expect(unitOf(choicesOf(exact, {}, { maxRoundingError: "0.001" }))).toBe("0.000000001");
    expect(unitOf(choicesOf(exact, {}, { maxRoundingError: "0.000999" }))).toBe("0.0000000001");
    const step = (maxRoundingError: string): string | undefined =>
      /quantityStep of ([^;]+)/.exec(choicesOf(exact, {}, { maxRoundingError }))?.[1];
    expect([step("0.001"), step("0.00001"), step("0.0000099")]).toEqual([
      "0.0000001",
      "0.0000001",
      "0.000001",
    ]);
  });

  it("leaves out what has no notional, of which no unit is fine enough", () => {
    const worthless = { markPrice: "0", scenarioGains: { G: ["-0.00000000001"] } };
    expect(unitOf(choicesOf({ borrowRate: rate }, worthless))).toBe(twelve);
  });

  it("has 18 decimals at most", () => {
    const priced = (markPrice: string): string =>
      choicesOf({ markPrice }, {}, { valueUnit: "0.000000000000000001" });
    expect(unitOf(priced("70.0000000001"))).toBe("0.000000000000000001");
    expect(unitOf(priced("70.00000000001"))).toBeUndefined();
  });
});

describe("10,000 BTC in steps of 0.00000001 at a mark of 8 decimals", () => {
  /** What the account is worth, in USDT; refused like any other. */
  const whale = (market: MarketJson): string => {
    const table = compile(market);
    const evaluation = new Evaluator(table).evaluate(new Map([["BTC", 1_000_000_000_000n]]));
    assertInRange({ account: "whale", pocket: "" }, evaluation, table);
    return decimalText(multiply(integer(evaluation.equity), decimal(market.valueUnit)));
  };
  const charged = {
    haircut: [
      { valueFloor: "0", ratio: "0.95" },
      { valueFloor: "100000000", ratio: "0.9" },
    ],
    borrowRate: "0.05",
  };

  it("goes in at a mark rounded as the refusal says, haircut and all", () => {
    const refused = refusalOf(() => whale(eightDecimals("0.0000000001", charged)));
    expect(refused).toMatchObject({
      code: "VALUE_UNIT_TOO_COARSE",
      hint: expect.stringContaining("a mark price that is a multiple of 0.01;"),
    });
    const rounded = { ...charged, markPrice: "60012.53" };
    expect(whale(eightDecimals("0.0000000001", rounded))).toBe("600125300");
  });

  it("or at one of four decimals, in the finest unit that has room for it", () => {
    const coarser = refusalOf(() => whale(eightDecimals("0.000000000001", charged)));
    expect(coarser!.hint).toContain("a mark price that is a multiple of 0.0001;");
    const rounded = { ...charged, markPrice: "60012.5347" };
    expect(whale(eightDecimals("0.000000000001", rounded))).toBe("600125347");
  });

  it("does not in a unit fine enough for all 8: that is offered to nobody whose tiers reach beyond it", () => {
    const hintOf = (fields: object) => refusalOf(() => compile(eightDecimals("0.0000000001", fields)))!.hint;
    const offered =
      /; valueUnit 0\.0000000000000001, in which no account may be worth more than 472236 USDT$/;
    expect(hintOf(charged)).toBe(
      "choose one: a mark price that is a multiple of 0.01; a quantityStep of 0.01",
    );
    const upTo = (floor: string) => [...charged.haircut.slice(0, 1), { valueFloor: floor, ratio: "0.9" }];
    expect(hintOf({ haircut: upTo("472236") })).toMatch(offered);
    expect(hintOf({ haircut: upTo("472237") })).not.toMatch(offered);
    const tiers = (floor: string) => [
      { valueFloor: "0", rate: "0.05" },
      { valueFloor: floor, rate: "0.1" },
    ];
    expect(hintOf({ borrowRate: tiers("472236") })).toMatch(offered);
    expect(hintOf({ borrowRate: tiers("472237") })).not.toMatch(offered);
    const brackets = (notionalFloor: string) => ({
      long: {
        brackets: [
          { notionalFloor: "0", rate: "0.01" },
          { notionalFloor, rate: "0.02" },
        ],
      },
      short: { brackets: [{ notionalFloor: "0", rate: "0.01" }] },
    });
    const perpetual = (notionalFloor: string) => {
      const market = eightDecimals("0.0000000001");
      market.instruments.push(
        { symbol: "USDT-PNL", kind: "settlement", asset: "USDT", quantityStep: "0.000001", markPrice: "1" },
        {
          ...{ symbol: "BTC-PERP", kind: "perpetual", quantityStep: "0.001", markPrice: "60000" },
          ...{ stressGains: ["-18000"], maintenance: brackets(notionalFloor) },
        },
      );
      return refusalOf(() => compile(market))!.hint;
    };
    expect(perpetual("472236")).toMatch(offered);
    expect(perpetual("472237")).not.toMatch(offered);
  });
});

describe("an account that is worth too much for a value unit", () => {
  const steps = 48_000_000_000_000n;

  it("is told what to choose once, never to turn back", () => {
    const fine = eightDecimals("0.0000000000000001");
    expect(refusalOf(() => worth(fine, steps - 1_000_000_000_000n))).toBeUndefined();
    expect(refusalOf(() => worth(fine, steps))).toEqual({
      code: "ACCOUNT_VALUE_RANGE",
      hint:
        "No valueUnit has room for this account and the prices of BTC. Give these fewer decimals or larger quantity steps, so that " +
        "a step is worth a multiple of 10 value units, and use a valueUnit 10 times coarser.",
    });
    const rounder = eightDecimals("0.000000000000001", { markPrice: "60012.5347123" });
    expect(refusalOf(() => worth(rounder, steps))).toBeUndefined();
  });

  it("is told the unit where prices allow it", () => {
    const plain = eightDecimals("0.0000000000000001", { markPrice: "60012.53" });
    const hint =
      "In the rules or the market file, use a valueUnit 10 times coarser: every price of it allows that.";
    expect(refusalOf(() => worth(plain, steps))).toEqual({ code: "ACCOUNT_VALUE_RANGE", hint });
    expect(refusalOf(() => worth({ ...plain, valueUnit: "0.000000000000001" }, steps))).toBeUndefined();
  });
});
