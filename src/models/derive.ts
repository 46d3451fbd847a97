import { optionValue } from "./black76.js";
import {
  type DeriveParameters,
  type DeriveScenario,
  skewFactor,
  staticDiscounts,
} from "./deriveParameters.js";
import {
  daysOf,
  expiryOf,
  type ModelInstrument,
  notionalOf,
  type OptionInstrument,
  termsOf,
} from "./instrument.js";
import {
  type ExactFigures,
  type ExactGain,
  type ExactGroup,
  type ModelTable,
  modelTable,
  rateText,
} from "./modelTable.js";
import {
  type Amount,
  type Decimal,
  modelError,
  nonNegativeAmount,
  ofInstrument,
  ofModel,
  Precise,
  positiveAmount,
  unnamed,
} from "./precise.js";
import { revalue } from "./revalue.js";
import { groupBy } from "./scanGroups.js";
import { percent, shiftedVolatility } from "./scenarioGrid.js";

/** What one unit gains in one scenario: in its group, and in the part of its expiry, which counts where that loses. */
interface Cell {
  readonly own: ExactGain;
  readonly part: Decimal;
}

const ZERO = new Precise(0);
const SKEWS = ["linear", "abs"] as const;

/**
 * A portfolio margin by expiry, after Derive's PM2. Per underlying, with V[e][s] the value of an expiry's options in scenario s
 * and M[e] their value now:
 *
 *     MM = mmFactor * max(0, -min over scenarios) + contingencies
 *     scenario s      sum over linear contracts of gain + sum_e (disc(V[e][s]) - M[e]), times its dampening
 *     two skews       sum_e -|disc(V[e]) - M[e]|
 *     forward         sum_e min(0, V[e][up] - M[e], V[e][down] - M[e]) * (add + mult * years)
 *
 * where disc(V) is V times one share if it is positive and times another if not. The scan is exact: disc is min(p V, n V), a
 * part of the group for every expiry. Skew and forward contingency are conservative: see docs/models/derive.md.
 */
export function deriveTable(p: DeriveParameters, instruments: readonly ModelInstrument[]): ModelTable {
  const factor = positiveAmount(p.mmFactor, ofModel("mmFactor"));
  const initial = positiveAmount(p.imFactor, ofModel("imFactor")).times(10_000).div(factor);
  if (!initial.isInteger())
    throw modelError(
      "MODEL_INPUT",
      ofModel("imFactor", "10000 * imFactor / mmFactor must be a whole number"),
    );
  const groups = [...groupBy(instruments, (i) => i.underlying)].flatMap(([underlying, members]) =>
    groupsOf(p, underlying, members, factor),
  );
  const figures = instruments.map((i): ExactFigures => {
    const own = { symbol: i.symbol, notional: notionalOf(i) };
    return i.kind === "linear" && i.spot ? own : { ...own, ...contingencies(p, i) };
  });
  return modelTable(groups, figures, initial.toNumber());
}

/** The group of an underlying, and a part of it for each expiry that has options. */
function groupsOf(
  p: DeriveParameters,
  underlying: string,
  members: readonly ModelInstrument[],
  factor: Decimal,
): ExactGroup[] {
  const name = `${underlying} portfolio`;
  const scenarios = [...p.scenarios.map(scenarioName), "skew linear", "skew abs", "forward"];
  const cells = new Map(members.map((i) => [i.symbol, cellsOf(p, i)]));
  const scaled = (gain: ExactGain): ExactGain =>
    "long" in gain ? { long: gain.long.times(factor), short: gain.short.times(factor) } : gain.times(factor);
  const group: ExactGroup = {
    name,
    scenarios,
    gains: new Map([...cells].map(([symbol, own]) => [symbol, own.map((cell) => scaled(cell.own))])),
  };
  if (p.netting === "holding") return [group];
  const expiries = groupBy(
    members.filter((i) => i.kind === "option"),
    expiryOf,
  );
  assertOneRate(p, members);
  const parts = [...expiries].map(
    ([expiry, options]): ExactGroup => ({
      name: `${underlying} ${expiry}`,
      within: name,
      scenarios,
      gains: new Map(
        options.map((i) => [i.symbol, cells.get(i.symbol)!.map(({ part }) => part.times(factor))]),
      ),
    }),
  );
  return [group, ...parts];
}

/** An expiry nets before it is discounted, so its options have one rate. */
function assertOneRate(p: DeriveParameters, members: readonly ModelInstrument[]): void {
  const rates = new Map<string, { readonly rate: Decimal; readonly of: string }>();
  for (const i of members) {
    if (i.kind !== "option") continue;
    const rate = new Precise(i.rate ?? p.rate);
    const first = rates.get(expiryOf(i));
    if (first === undefined) rates.set(expiryOf(i), { rate, of: i.symbol });
    else if (!rate.eq(first.rate))
      throw modelError(
        "MODEL_INPUT",
        ofInstrument(
          i.symbol,
          `: its rate ${rate.toFixed()} is not that of ${first.of}, ${first.rate.toFixed()}`,
        ),
        "options of one expiry are discounted together: give them one rate",
      );
  }
}

const scenarioName = ({ move, volatility }: DeriveScenario): string => `${percent(move)} vol ${volatility}`;

function cellsOf(p: DeriveParameters, i: ModelInstrument): Cell[] {
  if (i.kind !== "option") {
    const gains = p.scenarios.map((s) =>
      revalue(i, { name: scenarioName(s), priceMove: s.move, weight: s.dampening ?? "1" }),
    );
    return [...gains, ZERO, ZERO, ZERO].map((own) => ({ own, part: ZERO }));
  }
  if (i.index !== undefined)
    throw modelError(
      "MODEL_INPUT",
      ofInstrument(i.symbol, ": options of this model are settled in quote currency"),
    );
  const cells = new OptionCells(p, i);
  return [
    ...p.scenarios.map((s) => cells.scan(s)),
    ...SKEWS.map((kind) => cells.skew(kind)),
    cells.forward(),
  ];
}

/** One option's part in every scenario. */
class OptionCells {
  private readonly days: Decimal;
  private readonly terms: ReturnType<typeof termsOf>;
  private readonly discount: Decimal;
  private readonly now: Decimal;
  private readonly positive: Decimal;
  private readonly negative: Decimal;

  constructor(
    private readonly p: DeriveParameters,
    i: OptionInstrument,
  ) {
    this.days = daysOf(i);
    this.terms = termsOf(i);
    const { years, volatility } = this.terms;
    const rate =
      i.rate === undefined
        ? nonNegativeAmount(p.rate, ofModel("rate"))
        : nonNegativeAmount(i.rate, ofInstrument(i.symbol, ": rate"));
    this.discount = rate.times(years).negated().exp();
    this.now = this.value("0", volatility);
    const shares = staticDiscounts(p, years, rate);
    if (shares.positive.gt(shares.negative)) {
      const problem = `the static discount of a positive value at ${this.days.toFixed()} days, ${shares.positive.toFixed(6)}, is above that of a negative one, ${shares.negative.toFixed(6)}`;
      throw modelError("MODEL_INPUT", ofModel("longBaseStaticDiscount", problem));
    }
    this.positive = shares.positive;
    this.negative = shares.negative;
  }

  /** min(p V, n V) - M = p V - M + min(0, (n - p) V), times the dampening. */
  scan({ move, volatility, dampening }: DeriveScenario): Cell {
    const value = this.value(move, this.shocked(volatility));
    const weight = nonNegativeAmount(dampening ?? "1", unnamed("dampening"));
    const gain = (share: Decimal) => value.times(share).minus(this.now).times(weight);
    if (this.p.netting === "holding")
      return { own: { long: gain(this.positive), short: gain(this.negative).negated() }, part: ZERO };
    return {
      own: gain(this.positive),
      part: value.times(this.negative.minus(this.positive)).times(weight),
    };
  }

  /**
   * At least -|disc(V) - M|: -|V - M| of each holding by itself, less V - disc(V), which an expiry's discount takes of all of it,
   * the more of (1 - p) V and (1 - n) V. Where a share makes V more, not less, what it moves of each holding is taken, and |V - M| nets.
   */
  skew(kind: (typeof SKEWS)[number]): Cell {
    const { years, strike, forward, volatility } = this.terms;
    const factor = skewFactor(this.p.skew, kind, years, strike.div(forward));
    const value = this.value("0", volatility.times(factor));
    const gain = value.minus(this.now);
    if (this.p.netting === "holding" || this.positive.gt(1) || this.negative.lt(1))
      return this.absolute(
        gain,
        value.times(this.positive.minus(1).abs()),
        value.times(this.negative.minus(1).abs()),
      );
    const loss = gain.abs().negated();
    const discount = value.times(this.positive.minus(1));
    return {
      own: { long: loss.plus(discount), short: loss.minus(discount) },
      part: value.times(this.negative.minus(this.positive)),
    };
  }

  /** At least min(0, up, down) by expiry: -|(up - down) / 2|, and (up + down) / 2 of each holding that loses by it. */
  forward(): Cell {
    const { volatility, years } = this.terms;
    const up = this.value(this.p.scenarioSpotUp, volatility).minus(this.now);
    const down = this.value(this.p.scenarioSpotDown, volatility).minus(this.now);
    const add = nonNegativeAmount(this.p.basisContAddFactor, ofModel("basisContAddFactor"));
    const factor = nonNegativeAmount(this.p.basisContMultFactor, ofModel("basisContMultFactor"))
      .times(years)
      .plus(add);
    const both = up.plus(down).div(2).times(factor);
    const lost = (side: Decimal) => Precise.max(0, side);
    return this.absolute(up.minus(down).div(2).times(factor), lost(both.negated()), lost(both));
  }

  /** -|sum of gains| by expiry, or of each holding by itself, less what a long and a short unit lose besides. */
  private absolute(gain: Decimal, long: Decimal, short: Decimal): Cell {
    if (this.p.netting === "holding") {
      const loss = gain.abs().negated();
      return { own: { long: loss.minus(long), short: loss.minus(short) }, part: ZERO };
    }
    return {
      own: { long: gain.minus(long), short: gain.negated().minus(short) },
      part: gain.times(-2),
    };
  }

  private shocked(kind: DeriveScenario["volatility"]): Decimal {
    const { volatility } = this.terms;
    if (kind === "static") return volatility;
    const { shortTermPower, longTermPower, dteFloor, volRangeUp, volRangeDown, minVolUpShock } = this.p;
    const powers = { shortPower: shortTermPower, longPower: longTermPower };
    const factor = kind === "up" ? volRangeUp : new Precise(volRangeDown).negated();
    const shift = { kind: "byExpiry" as const, factor, referenceDays: "30", floorDays: dteFloor, ...powers };
    const shifted = shiftedVolatility(volatility, this.days, shift);
    return kind === "up" ? Precise.max(shifted, minVolUpShock) : shifted;
  }

  private value(move: Amount, volatility: Decimal): Decimal {
    const forward = this.terms.forward.times(new Precise(move).plus(1));
    return optionValue({ ...this.terms, forward, volatility }).times(this.discount);
  }
}

/** Rates on the notional: of either side of a contract, of short options alone. */
function contingencies(p: DeriveParameters, i: ModelInstrument) {
  const rates = (first: Amount, more: Amount) => {
    const mm = nonNegativeAmount(first, ofModel("mmPerpPercent"));
    const bracket = (rate: Decimal) => ({
      brackets: [{ notionalFloor: "0", rate: rateText(rate, ofInstrument(i.symbol)) }],
    });
    return [bracket(mm), bracket(mm.plus(nonNegativeAmount(more, ofModel("imPerpPercent"))))] as const;
  };
  if (i.kind !== "option") {
    const [maintenance, initial] = rates(p.mmPerpPercent, p.imPerpPercent);
    return { maintenance, initial };
  }
  const none = { brackets: [{ notionalFloor: "0", rate: "0" }] };
  const [maintenance, initial] = rates(p.mmOptionPercent, p.imOptionPercent);
  return { maintenance: { long: none, short: maintenance }, initial: { long: none, short: initial } };
}
