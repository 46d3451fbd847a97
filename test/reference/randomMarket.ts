import fc from "fast-check";
import { add, decimal, decimalText, multiply, negate } from "../../src/decimal/decimal.js";
import type { MarketJson } from "../../src/market/schema.js";

type InstrumentJson = MarketJson["instruments"][number];

/** A decimal of up to `digits` before and `places` after the point. */
const amount = (digits: number, places: number, negative = false) =>
  fc
    .tuple(fc.bigInt({ min: 1n, max: 10n ** BigInt(digits + places) - 1n }), fc.boolean())
    .map(([n, minus]) => {
      const text = n.toString().padStart(places + 1, "0");
      return `${negative && minus ? "-" : ""}${text.slice(0, -places)}.${text.slice(-places)}`;
    });

interface Unit {
  readonly text: string;
  readonly digits: bigint;
  readonly decimals: number;
}
const UNITS: readonly Unit[] = [
  { text: "0.0000000001", digits: 1n, decimals: 10 },
  { text: "0.00000007", digits: 7n, decimals: 8 },
  { text: "0.000001", digits: 1n, decimals: 6 },
];
const STEPS = [
  { text: "0.00001", decimals: 5 },
  { text: "0.001", decimals: 3 },
  { text: "0.03", decimals: 2 },
  { text: "1", decimals: 0 },
  { text: "7", decimals: 0 },
  { text: "1000", decimals: -3 },
];

/** 4 to 12 digits, so that a step is worth enough value units for one of them to be an allowed rounding error. */
const multiple = fc
  .integer({ min: 3, max: 11 })
  .chain((zeros) => fc.bigInt({ min: 10n ** BigInt(zeros), max: 10n ** BigInt(zeros + 1) - 1n }));

/** A step, and prices at which it is worth a whole number of value units. */
const priced = (unit: Unit) =>
  fc.tuple(fc.constantFrom(...STEPS), multiple, multiple).map(([step, mark, notional]) => {
    const price = (n: bigint) =>
      decimalText({ coefficient: n * unit.digits, scale: unit.decimals - step.decimals });
    return { quantityStep: step.text, markPrice: price(mark), notionalPrice: price(notional) };
  });

/** Rising tiers: floors from 0 up, rates from `rates` sorted. */
function tiers(values: readonly string[], floors: readonly number[]): [string, string][] {
  const sorted = [...values].sort((a, b) => Number(a) - Number(b));
  const edges = [...new Set(floors)].sort((a, b) => a - b);
  return edges.slice(0, sorted.length).map((floor, k) => [String(floor), sorted[k]!]);
}

const rate = fc.integer({ min: 0, max: 9999 }).map((n) => `0.${n.toString().padStart(4, "0")}`);
const floors = fc.array(fc.integer({ min: 1, max: 5_000_000 }), { maxLength: 5 }).map((list) => [0, ...list]);
const brackets = fc.tuple(fc.array(rate, { minLength: 1, maxLength: 6 }), floors).map(([rates, at]) => ({
  brackets: tiers(rates, at).map(([notionalFloor, r]) => ({ notionalFloor, rate: r })),
}));
const rule = fc.oneof(
  brackets,
  fc.tuple(brackets, rate).map(([b, liquidationFeeRate]) => ({ ...b, liquidationFeeRate })),
  fc.tuple(brackets, brackets).map(([long, short]) => ({ long, short })),
);

interface SideRule {
  readonly brackets: { notionalFloor: string; rate: string }[];
  readonly liquidationFeeRate?: string;
}
type Rule = SideRule | { readonly long: SideRule; readonly short: SideRule };
const sideOf = (r: Rule, side: "long" | "short"): SideRule => ("long" in r ? r[side] : r);
const plus = (x: string, y: string): string => (Number(x) + Number(y)).toFixed(4);

/** An initial requirement of at least `least`: its rates raised, or rates of its own above its largest. */
const initialAbove = (least: Rule) =>
  fc.tuple(rate, fc.option(rule, { nil: undefined })).map(([lift, own]) => {
    const side = (s: "long" | "short"): SideRule => {
      const below = sideOf(least, s);
      if (own === undefined)
        return { ...below, brackets: below.brackets.map((b) => ({ ...b, rate: plus(b.rate, lift) })) };
      const most = plus(below.brackets.at(-1)!.rate, below.liquidationFeeRate ?? "0");
      const mine = sideOf(own, s);
      return { ...mine, brackets: mine.brackets.map((b) => ({ ...b, rate: plus(b.rate, most) })) };
    };
    return { initial: { long: side("long"), short: side("short") } };
  });

const GROUPS = [
  { name: "alpha", scenarios: ["down", "flat", "up"] },
  { name: "beta", scenarios: ["+1", "-1"], initialFactorBp: 25_000 },
  { name: "alpha near", within: "alpha", scenarios: ["down", "flat", "up"] },
  { name: "alpha far", within: "alpha", scenarios: ["down", "flat", "up"] },
  { name: "beta near", within: "beta", scenarios: ["+1", "-1"] },
];

const gains = (count: number) => fc.array(amount(3, 7, true), { minLength: count, maxLength: count });

/** Gains of which some are by side: a short then gains at most what a long loses. */
const sidedGains = (count: number) =>
  fc
    .array(fc.tuple(amount(3, 7, true), fc.option(amount(3, 7))), { minLength: count, maxLength: count })
    .map((list) =>
      list.map(([long, loss]) =>
        loss === null ? long : { long, short: decimalText(negate(add(decimal(long), decimal(loss)))) },
      ),
    );

const maintenance = rule.chain((least) =>
  fc.oneof(
    fc.constant({ maintenance: least }),
    initialAbove(least).map((initial) => ({ maintenance: least, ...initial })),
  ),
);
const scenarioGains = fc
  .oneof(
    sidedGains(3).map((alpha) => ({ alpha })),
    fc.record({ alpha: sidedGains(3), beta: gains(2) }),
    fc.record({ alpha: gains(3), "alpha near": gains(3) }),
    fc.record({ alpha: sidedGains(3), "alpha far": sidedGains(3), "beta near": gains(2) }),
  )
  .map((scenarioGains) => ({ scenarioGains }));
const nothing = fc.constant({});
const charges = fc.oneof(
  fc.tuple(maintenance, fc.oneof(nothing, scenarioGains)),
  fc.tuple(
    fc.oneof(
      nothing,
      rule.map((initial) => ({ initial })),
    ),
    scenarioGains,
  ),
);

const derivative = (unit: Unit) =>
  fc
    .tuple(
      fc.constantFrom("perpetual" as const, "future" as const, "option" as const),
      priced(unit),
      fc.record({ negative: fc.boolean(), notional: fc.boolean() }),
      charges,
      gains(2),
    )
    .map(([kind, prices, { negative, notional }, charged, stressGains]) => {
      const { notionalPrice, markPrice, quantityStep } = prices;
      const price = { markPrice: negative ? `-${markPrice}` : markPrice };
      const counted = kind === "option" && notional ? { notionalPrice } : {};
      return {
        kind,
        quantityStep,
        ...price,
        ...counted,
        ...charged[0],
        ...charged[1],
        stressGains,
      };
    });

/** How far the price of an asset moves under stress: not below 0, and never not at all. */
const share = fc
  .tuple(rate, fc.boolean())
  .map(([r, minus]) => (Number(r) === 0 || minus ? `-${r}1` : `${r}1`));

const asset = (unit: Unit) =>
  fc
    .record({
      prices: priced(unit),
      ratios: fc.tuple(fc.array(rate, { minLength: 1, maxLength: 6 }), floors),
      borrow: fc.oneof(rate, fc.tuple(fc.array(rate, { minLength: 1, maxLength: 4 }), floors)),
      moves: fc.tuple(share, share),
    })
    .map(({ prices: { quantityStep, markPrice }, ratios, borrow, moves }) => {
      const stressGains = moves.map((move) => decimalText(multiply(decimal(markPrice), decimal(move))));
      const uncounted = tiers(...ratios);
      const haircut = uncounted.map(([valueFloor, r]) => ({ valueFloor, ratio: (1 - Number(r)).toFixed(4) }));
      const borrowRate =
        typeof borrow === "string"
          ? borrow
          : tiers(...borrow).map(([valueFloor, r]) => ({ valueFloor, rate: r }));
      return { kind: "asset" as const, quantityStep, markPrice, haircut, borrowRate, stressGains };
    });

/** Random markets of 1 to 6 instruments whose requirements and gains rarely are whole value units. */
export const randomMarket: fc.Arbitrary<MarketJson> = fc
  .constantFrom(...UNITS)
  .chain((unit) => {
    const instrument: fc.Arbitrary<Omit<InstrumentJson, "symbol">> = fc.oneof(derivative(unit), asset(unit));
    return fc.tuple(
      fc.constant(unit.text),
      fc.array(instrument, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 10_000, max: 20_000 }),
      fc.integer({ min: 10_000, max: 20_000 }),
    );
  })
  .map(([valueUnit, instruments, initialFactorBp, marginCallBp]) => ({
    format: "marginproof/market/2",
    exchange: "Random",
    epoch: "e1",
    time: "2026-01-01T00:00:00Z",
    quote: "Q",
    valueUnit,
    maxRoundingError: "0.001",
    initialFactorBp,
    marginCallBp,
    groups: GROUPS,
    stress: [{ name: "s0" }, { name: "s1" }],
    insuranceFund: {},
    reserves: {},
    instruments: instruments.map((i, k) => ({ ...i, symbol: `I${k}` })),
  }));
