import { contractOf } from "../market/contracts.js";
import type { Market } from "../market/marketFile.js";
import { statedTerms } from "./marketTerms.js";
import { DATE_HOLES, isPattern, namePattern } from "./namePattern.js";
import { patternProblem, type Terms } from "./terms.js";

/**
 * What a market file says that its instruments are, as the terms of a price policy: for an auditor to read, correct and
 * keep. It doesn't say whose price an option's notional is: here it is whatever has that price today.
 */
export function termsOfMarket(market: Market): Terms[] {
  const byPrice = new Map<string | undefined, string[]>();
  for (const i of market.instruments) {
    if (i.kind !== "future" && i.kind !== "asset") continue;
    const names = byPrice.get(i.markPrice) ?? [];
    byPrice.set(i.markPrice, names);
    names.push(i.kind === "asset" ? (i.asset ?? i.symbol) : contractOf(i));
  }
  const own = statedTerms(market).map((stated, k): Terms => {
    if (stated.kind !== "option") return stated as Terms;
    const { instrument, settlement } = stated;
    const underlyings = byPrice.get(market.instruments[k]!.notionalPrice);
    return {
      instrument,
      kind: "option",
      settlement: settlement!,
      underlyings: [...new Set(underlyings)].slice(0, 4),
    };
  });
  // Variants have one entry, their contract's.
  return [...new Map(own.map((entry) => [entry.instrument, entry])).values()];
}

/**
 * One line for a chain that is listed anew every week: dated futures and options whose names differ in date, strike and
 * side alone, and that are otherwise the same, become one pattern. All others stay as they are.
 */
export function withPatterns(terms: readonly Terms[]): Terms[] {
  const day = terms.some(({ instrument }) => SINGLE_DIGIT.test(instrument)) ? "DMMMYY" : "DDMMMYY";
  const groups = new Map<string, Group>();
  for (const entry of terms) {
    const pattern = patternOf(entry, day) ?? entry;
    const group = groups.get(pattern.instrument) ?? { alike: new Set(), own: [], dated: [] };
    groups.set(pattern.instrument, group);
    group.alike.add(JSON.stringify({ ...pattern, underlyings: undefined }));
    group.own.push(entry);
    group.dated.push(pattern);
  }
  return [...groups.values()].flatMap(({ alike, own, dated }) => (alike.size > 1 ? own : [merged(dated)]));
}

/** Terms whose names are of one pattern. */
interface Group {
  /** What they say besides: one text when they are all the same. */
  readonly alike: Set<string>;
  readonly own: Terms[];
  readonly dated: Terms[];
}

/** One entry for all: of options, with every underlying that any of them has. */
function merged(dated: readonly Terms[]): Terms {
  const [first] = dated;
  if (first!.kind !== "option") return first!;
  const all = new Set(dated.flatMap((t) => (t.kind === "option" ? t.underlyings : [])));
  // What has the chain's own date first: the price of its future, where there is one.
  const rank = (name: string): number => (isPattern(name) ? 0 : 1);
  return { ...first!, underlyings: [...all].sort((a, b) => rank(a) - rank(b)) };
}

const SINGLE_DIGIT = new RegExp(`(?<![0-9A-Za-z])${DATE_HOLES.DMMMYY.replace("?", "{0}")}(?![0-9A-Za-z])`);

const STRIKE_AND_SIDE = /-(?:0|[1-9]\d*)(?:\.\d*[1-9])?-[CP](?![0-9A-Za-z])/;
const HOLES = "-{strike}-{side}";

/** The pattern of a dated future's or option's name; undefined for one that has none. */
function patternOf(entry: Terms, day: "DMMMYY" | "DDMMMYY"): Terms | undefined {
  if (entry.kind !== "future" && entry.kind !== "option") return undefined;
  for (const hole of [day, "YYYYMMDD", "YYMMDD"] as const) {
    const date = new RegExp(`(?<![0-9A-Za-z])${DATE_HOLES[hole]}(?![0-9A-Za-z])`).exec(entry.instrument)?.[0];
    if (date === undefined) continue;
    const dated = (name: string): string => name.replace(date, `{${hole}}`);
    const instrument = dated(entry.instrument).replace(
      STRIKE_AND_SIDE,
      entry.kind === "option" ? HOLES : "$&",
    );
    const pattern =
      entry.kind === "future"
        ? { ...entry, instrument }
        : { ...entry, instrument, underlyings: entry.underlyings.map(dated) };
    const reads = patternProblem(pattern) === undefined;
    return reads && namePattern(instrument)?.match(entry.instrument) !== undefined ? pattern : undefined;
  }
  return undefined;
}
