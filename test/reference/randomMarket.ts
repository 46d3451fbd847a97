import fc from "fast-check";
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

const step = fc.constantFrom("0.00001", "0.001", "0.03", "1", "7", "1000");

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

const GROUPS = [
  { name: "alpha", scenarios: ["down", "flat", "up"] },
  { name: "beta", scenarios: ["+1", "-1"] },
];

const gains = (count: number) => fc.array(amount(3, 7, true), { minLength: count, maxLength: count });

function optional<T, K extends string>(key: K, value: fc.Arbitrary<T>) {
  return fc
    .option(value, { nil: undefined })
    .map((v) => (v === undefined ? {} : { [key]: v }) as { [P in K]?: T });
}

const derivative = fc
  .record({
    kind: fc.constantFrom("perpetual" as const, "future" as const, "option" as const),
    quantityStep: step,
    markPrice: amount(4, 9, true),
    more: fc.tuple(
      optional("maintenance", rule),
      optional("initial", rule),
      optional("notionalPrice", amount(4, 5)),
      optional("stressGains", gains(2)),
      optional(
        "scenarioGains",
        fc.oneof(
          gains(3).map((alpha) => ({ alpha })),
          fc.record({ alpha: gains(3), beta: gains(2) }),
        ),
      ),
    ),
  })
  .map(({ more, ...rest }) => Object.assign({}, rest, ...more) as Omit<InstrumentJson, "symbol">);

const asset = fc
  .record({
    quantityStep: step,
    markPrice: amount(4, 9),
    ratios: fc.tuple(fc.array(rate, { minLength: 1, maxLength: 6 }), floors),
    borrow: fc.oneof(rate, fc.tuple(fc.array(rate, { minLength: 1, maxLength: 4 }), floors)),
    more: fc.tuple(optional("stressGains", gains(2))),
  })
  .map(({ ratios, borrow, more, ...rest }) => {
    const uncounted = tiers(...ratios);
    const haircut = uncounted.map(([valueFloor, r]) => ({ valueFloor, ratio: (1 - Number(r)).toFixed(4) }));
    const borrowRate =
      typeof borrow === "string"
        ? borrow
        : tiers(...borrow).map(([valueFloor, r]) => ({ valueFloor, rate: r }));
    return Object.assign({ kind: "asset" as const, ...rest, haircut, borrowRate }, ...more) as Omit<
      InstrumentJson,
      "symbol"
    >;
  });

/** Random markets of 1 to 6 instruments whose prices rarely are whole value units. */
export const randomMarket: fc.Arbitrary<MarketJson> = fc
  .tuple(
    fc.array(fc.oneof(derivative, asset), { minLength: 1, maxLength: 6 }),
    fc.constantFrom("0.0000000001", "0.00000007", "0.000001"),
    fc.integer({ min: 0, max: 20_000 }),
  )
  .map(([instruments, valueUnit, initialFactorBp]) => ({
    format: "marginproof/market/1",
    exchange: "Random",
    epoch: "e1",
    time: "2026-01-01T00:00:00Z",
    quote: "Q",
    valueUnit,
    // Rounding is what these markets are for: let it be as coarse as it likes.
    maxRoundingError: "1000000000000",
    initialFactorBp,
    groups: GROUPS,
    stress: [{ name: "s0" }, { name: "s1" }],
    insuranceFund: "0",
    reserves: {},
    instruments: instruments.map((i, k) => ({ ...i, symbol: `I${k}` })),
  }));
