import { z } from "zod";
import { instrumentName, signedDecimal } from "./fields.js";
import { type Filling, filled, isPattern, type NamePattern, namePattern } from "./namePattern.js";
import { priceError } from "./priceError.js";

/**
 * What a policy says an instrument is. The exchange writes the market file, and so names kinds, assets and contracts: by
 * these they are not its choice. Everything is stated, nothing has a default.
 */
const instrument = instrumentName;
/** Asset that it settles in: the quote currency, or a coin. */
const settlement = instrumentName;
const positive = signedDecimal.refine(
  (text) => text !== "0" && !text.startsWith("-"),
  "must be positive: the size of one contract",
);
const contract = {
  settlement,
  /** Size in quote currency of an inverse contract; left out, it is linear. */
  contract: positive.optional(),
  /** Of a linear contract whose price is in units of its settlement asset: how many of them one contract is worth. */
  multiplier: positive.optional(),
};
/** Most prices that an option may name as its notional's. */
const MAX_UNDERLYINGS = 4;

export const terms = z.discriminatedUnion("kind", [
  z.strictObject({ instrument, kind: z.literal("asset"), asset: instrumentName }),
  z.strictObject({ instrument, kind: z.literal("settlement"), asset: instrumentName }),
  z.strictObject({ instrument, kind: z.literal("orders"), asset: instrumentName }),
  z.strictObject({ instrument, kind: z.literal("perpetual"), ...contract }),
  z.strictObject({ instrument, kind: z.literal("future"), ...contract }),
  z.strictObject({
    instrument,
    kind: z.literal("option"),
    settlement,
    /** Whose signed price its notional counts at: the first of these that any price file gives. */
    underlyings: z
      .array(instrumentName)
      .min(1, "must name whose signed price the notional counts at")
      .max(MAX_UNDERLYINGS),
  }),
]);
export type Terms = z.output<typeof terms>;

/** What is wrong with the names of an entry, if anything: a pattern that can't be read, or where none may stand. */
export function patternProblem(entry: Terms | { readonly instrument: string }): string | undefined {
  const { instrument: name } = entry;
  const kind = "kind" in entry ? entry.kind : undefined;
  if (isPattern(name)) {
    const pattern = namePattern(name);
    if (pattern === undefined) return HOLES;
    if (kind !== undefined && kind !== "future" && kind !== "option")
      return `a ${kind} is named, not described`;
    if (pattern.holes.date !== 1) return "needs one date among its holes";
    if (kind === "future" && pattern.holes.strike + pattern.holes.side > 0)
      return "a future has no strike and no side";
    if (kind === "option" && (pattern.holes.strike !== 1 || pattern.holes.side !== 1))
      return "needs {strike} and {side}: what has none is no option";
  }
  if (!("kind" in entry) || entry.kind !== "option") return undefined;
  const own = new Set(name.match(/\{\w+\}/g) ?? []);
  const foreign = entry.underlyings.find((underlying) =>
    isPattern(underlying.replace(/\{\w+\}/g, (hole) => (own.has(hole) ? "" : hole))),
  );
  return foreign === undefined
    ? undefined
    : `its underlying ${foreign} has a hole that the option's own name has not`;
}

const HOLES = "has an unknown hole: there are {DDMMMYY}, {DMMMYY}, {YYMMDD}, {YYYYMMDD}, {strike} and {side}";

/** An entry that speaks of a name, and what the name fills its holes with. */
export interface Found<T> {
  readonly entry: T;
  readonly filling: Filling;
}

/** Entries by name: the one that states the name itself, else the one whose pattern it has. */
export class NameTable<T extends { readonly instrument: string }> {
  private readonly exact = new Map<string, T>();
  private readonly patterns: { readonly entry: T; readonly pattern: NamePattern }[] = [];

  constructor(entries: readonly T[]) {
    for (const entry of entries) {
      const pattern = isPattern(entry.instrument) ? namePattern(entry.instrument) : undefined;
      if (pattern === undefined) this.exact.set(entry.instrument, entry);
      else this.patterns.push({ entry, pattern });
    }
  }

  /** @throws MarginproofError PRICES_POLICY when two patterns speak of one name */
  find(name: string): Found<T> | undefined {
    const entry = this.exact.get(name);
    if (entry !== undefined) return { entry, filling: { texts: {} } };
    const [found, other] = this.patterns.flatMap(({ entry, pattern }) => {
      const filling = pattern.match(name);
      return filling === undefined ? [] : [{ entry, filling }];
    });
    if (other === undefined) return found;
    throw priceError(
      "PRICES_POLICY",
      `price policy, ${name}`,
      `both ${found!.entry.instrument} and ${other.entry.instrument} speak of it`,
      "name the instrument itself in the policy, or make one of the two narrower",
    );
  }
}

/** The names an option's notional may be priced by, in order. */
export function underlyingsOf(entry: Terms & { readonly kind: "option" }, filling: Filling): string[] {
  return entry.underlyings.map((name) => filled(name, filling));
}
