import {
  absolute,
  compare,
  type Decimal,
  decimal,
  decimalText,
  larger,
  multiply,
  negate,
  ONE,
  quotientUp,
  ZERO,
} from "../decimal/decimal.js";
import type { Gain } from "../market/gain.js";
import type { MarketInstrument } from "../market/index.js";
import { FIGURE_DECIMALS } from "../models/modelTable.js";
import { buffered, bufferedTiers } from "./antiProcyclicality.js";
import { type Crowding, contagion, systemLeverage } from "./contagion.js";
import { groupRate } from "./groupRate.js";
import type { InstrumentJson, Listing } from "./listing.js";
import { listedBefore, type PreviousEpoch } from "./previousEpoch.js";
import type { RuleBook } from "./readRules.js";
import type { BufferRules } from "./rulesFile.js";
import { hasPrivateRates, SAME_RATES } from "./tiered.js";

type Requirement = NonNullable<InstrumentJson["maintenance"]>;
export type MarginFields = Pick<InstrumentJson, "maintenance" | "initial" | "scenarioGains">;

/** What buffers came to: for people, and all of it recomputable from the rules and the previous epoch's bundle. */
export interface BufferReport {
  /** Undefined in the first epoch. */
  readonly previous?: {
    readonly epoch: string;
    readonly statementDigest: string;
    readonly leverage: string;
    /** Derivatives with open interest that the rules no longer list: nothing counts it any more. */
    readonly dropped: readonly string[];
  };
  readonly underlyings: readonly { readonly [field in keyof Crowding]: string }[];
  /** What every gain of the group was multiplied by. */
  readonly groups: readonly { readonly group: string; readonly factor: string }[];
}

/**
 * Applies the rules' buffers to what the models require. Rates become buffered rates; a scenario group's gains are all
 * multiplied by one factor, at least 1, so every account's worst loss is, and no hedge outgrows what it hedges.
 * Formulas: docs/models/dynamic.md.
 * @throws MarginproofError RULES_BUFFERS, RULES_REFERENCE
 */
export function bufferMargins(
  book: RuleBook,
  fields: ReadonlyMap<Listing, MarginFields>,
  previous: PreviousEpoch | undefined,
): { readonly fields: ReadonlyMap<Listing, MarginFields>; readonly report?: BufferReport } {
  const rules = book.rules.buffers;
  if (rules === undefined) return { fields };
  assertBuffers(book, rules);
  assertOpenRates(book, fields.keys());
  const crowded =
    rules.contagion === undefined || previous === undefined
      ? new Map<string, Crowding>()
      : contagion(rules.contagion, [...fields.keys()], previous);
  const buffers = new Buffers(rules, fields, crowded, previous);
  const report: BufferReport = {
    ...(previous === undefined
      ? {}
      : {
          previous: {
            epoch: previous.market.epoch,
            statementDigest: previous.statementDigest,
            leverage: decimalText(systemLeverage(previous)),
            dropped: droppedOf(previous, [...fields.keys()]),
          },
        }),
    underlyings: [...crowded.values()].map((c) => ({
      underlying: c.underlying,
      openInterest: decimalText(c.openInterest),
      sameSided: decimalText(c.sameSided),
      crowding: decimalText(c.crowding),
      factor: decimalText(c.factor),
    })),
    groups: [...buffers.groups].map(([group, factor]) => ({ group, factor: decimalText(factor) })),
  };
  return { fields: new Map([...fields].map(([l, own]) => [l, buffers.apply(l, own)])), report };
}

class Buffers {
  readonly groups: ReadonlyMap<string, Decimal>;

  constructor(
    private readonly rules: BufferRules,
    fields: ReadonlyMap<Listing, MarginFields>,
    private readonly crowded: ReadonlyMap<string, Crowding>,
    private readonly previous: PreviousEpoch | undefined,
  ) {
    const members = new Map<string, Listing[]>();
    for (const [listing, { scenarioGains }] of fields)
      for (const group of Object.keys(scenarioGains ?? {})) {
        if (!members.has(group)) members.set(group, []);
        members.get(group)!.push(listing);
      }
    this.groups = new Map([...members].map(([group, own]) => [group, this.groupFactor(group, own, fields)]));
  }

  apply(listing: Listing, { scenarioGains, maintenance, initial }: MarginFields): MarginFields {
    const before = this.before(listing);
    const factor = this.contagionOf(listing);
    const rates = (rule: Requirement, old: Requirement | undefined): Requirement =>
      this.requirement(rule, factor, old);
    return {
      ...(scenarioGains === undefined ? {} : { scenarioGains: this.gains(scenarioGains) }),
      ...(maintenance === undefined ? {} : { maintenance: rates(maintenance, before?.maintenance) }),
      ...(initial === undefined ? {} : { initial: rates(initial, before?.initial ?? before?.maintenance) }),
    };
  }

  private before({ json }: Listing): MarketInstrument | undefined {
    return this.previous && listedBefore(this.previous, json.symbol);
  }

  private contagionOf({ underlying }: Listing): Decimal {
    return (underlying === undefined ? undefined : this.crowded.get(underlying)?.factor) ?? ONE;
  }

  /** One factor for all members. Of several underlyings the most crowded counts. */
  private groupFactor(
    group: string,
    members: readonly Listing[],
    fields: ReadonlyMap<Listing, MarginFields>,
  ): Decimal {
    const own = members.map((listing) => this.contagionOf(listing)).reduce(larger);
    const both = members.flatMap((listing) => {
      const { json } = listing;
      const [before, units] = [this.before(listing), this.previous?.openInterest.get(json.symbol)];
      if (units === undefined || before?.scenarioGains?.[group] === undefined) return [];
      return [{ listing, before, units }];
    });
    const now = groupRate(
      group,
      both.map(({ listing, units }) => [{ ...listing.json, ...fields.get(listing) }, units]),
    );
    const then = groupRate(
      group,
      both.map(({ before, units }) => [before, units]),
    );
    const divisor = multiply(then.notional, now.charge);
    const p =
      compare(divisor, ZERO) === 0
        ? undefined
        : quotientUp(multiply(then.charge, now.notional), divisor, FIGURE_DECIMALS);
    return quotientUp(buffered(this.rules.antiProcyclicality, own, p), ONE, FIGURE_DECIMALS);
  }

  /** Rounded away from 0, as every gain is: against whoever loses by it. A side's own gain is rounded down. */
  private gains(rows: NonNullable<MarginFields["scenarioGains"]>): Record<string, Gain[]> {
    return Object.fromEntries(
      Object.entries(rows).map(([group, row]) => {
        const factor = this.groups.get(group)!;
        const own = (gain: string) => decimalText(down(multiply(factor, decimal(gain))));
        const buffered = (gain: Gain): Gain =>
          typeof gain === "string"
            ? decimalText(awayFromZero(multiply(factor, decimal(gain))))
            : { long: own(gain.long), short: own(gain.short) };
        return [group, row.map(buffered)];
      }),
    );
  }

  private requirement(rule: Requirement, factor: Decimal, before: Requirement | undefined): Requirement {
    const side = <T extends Pick<Requirement, "brackets">>(own: T, old: typeof before): T =>
      own.brackets === undefined
        ? own
        : {
            ...own,
            brackets: bufferedTiers(this.rules.antiProcyclicality, own.brackets, factor, old?.brackets),
          };
    const sided = (r: typeof before): boolean => r?.long !== undefined || r?.short !== undefined;
    if (!sided(rule) && !sided(before)) return side(rule, before);
    const of = (r: Requirement, name: "long" | "short") => (sided(r) ? r[name] : r);
    const both = (["long", "short"] as const).flatMap((name) => {
      const own = of(rule, name);
      return own === undefined ? [] : [[name, side(own, before && of(before, name))] as const];
    });
    return Object.fromEntries(both);
  }
}

function droppedOf({ openInterest }: PreviousEpoch, listings: readonly Listing[]): string[] {
  const listed = new Set(listings.map(({ json }) => json.symbol));
  return [...openInterest].flatMap(([s, units]) => (units.coefficient === 0n || listed.has(s) ? [] : [s]));
}

function awayFromZero(x: Decimal): Decimal {
  const size = quotientUp(absolute(x), ONE, FIGURE_DECIMALS);
  return x.coefficient < 0n ? negate(size) : size;
}

function down(x: Decimal): Decimal {
  return negate(quotientUp(negate(x), ONE, FIGURE_DECIMALS));
}

/** Private rates can't be buffered: nobody could recompute them. */
function assertOpenRates(book: RuleBook, listings: Iterable<Listing>): void {
  for (const listing of listings) {
    if (!hasPrivateRates(book, listing)) continue;
    throw book.error("RULES_BUFFERS", listing.path, SAME_RATES, "leave out the buffers, or private: true");
  }
}

function assertBuffers(book: RuleBook, { contagion: rule }: BufferRules): void {
  if (rule === undefined) return;
  const assertOrder = ({ low, high }: { low: string; high: string }, path: (string | number)[]): void => {
    if (compare(decimal(low), decimal(high)) < 0) return;
    throw book.error(
      "RULES_BUFFERS",
      [...path, "high"],
      `high ${high} is not above low ${low}`,
      "let high be above low",
    );
  };
  const path = ["buffers", "contagion"];
  assertOrder(rule, path);
  for (const [name, bounds] of Object.entries(rule.underlyings)) {
    const at = [...path, "underlyings", name];
    if (!Object.hasOwn(book.rules.underlyings, name))
      throw book.error("RULES_REFERENCE", at, `"${name}" is not one of the file's underlyings`);
    assertOrder(bounds, at);
  }
}
