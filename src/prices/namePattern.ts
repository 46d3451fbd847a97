import { daysSince1970 } from "../protocol/instant.js";

/**
 * Names with holes, by which one line of a policy stands for a chain that is listed anew every week:
 *
 *     {DDMMMYY} 05DEC26    {DMMMYY} 5DEC26    {YYMMDD} 261205    {YYYYMMDD} 20261205    an expiry, a real date
 *     {strike}             64000, 0.5: no zeros that could be left out
 *     {side}               C or P
 *
 * Each hole takes a value in one spelling only: two spellings of one option would be two instruments, one of which is
 * signed and the other priced by the exchange.
 */
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const MONTH = `(?:${MONTHS.join("|")})`;
export const DATE_HOLES = {
  DDMMMYY: `\\d\\d${MONTH}\\d\\d`,
  DMMMYY: `[1-9]\\d?${MONTH}\\d\\d`,
  YYMMDD: "\\d{6}",
  YYYYMMDD: "\\d{8}",
} as const;
type DateHole = keyof typeof DATE_HOLES;

const HOLES: Readonly<Record<string, string>> = {
  ...DATE_HOLES,
  strike: "(?:0|[1-9]\\d*)(?:\\.\\d*[1-9])?",
  side: "[CP]",
};

export interface NamePattern {
  /** How often it has each kind of hole. */
  readonly holes: { readonly date: number; readonly strike: number; readonly side: number };
  /** What a name fills the holes with, or undefined when it is not of this pattern. */
  readonly match: (name: string) => Filling | undefined;
}

/** The text of each hole, and the expiry as days since 1970. */
export interface Filling {
  readonly texts: Readonly<Record<string, string>>;
  readonly expiryDay?: number;
}

export const isPattern = (name: string): boolean => /[{}]/.test(name);

/** Reads a name with holes. Undefined when one is unknown or stands twice, or when a brace is out of place. */
export function namePattern(text: string): NamePattern | undefined {
  const found = [...text.matchAll(/\{(\w+)\}/g)].map(([, hole]) => hole!);
  const known = found.every((hole) => Object.hasOwn(HOLES, hole)) && new Set(found).size === found.length;
  if (!known || isPattern(text.replace(/\{\w+\}/g, ""))) return undefined;
  const dates = found.filter((hole): hole is DateHole => Object.hasOwn(DATE_HOLES, hole));
  const source = text
    .split(/(\{\w+\})/)
    .map((part) => (isPattern(part) ? `(${HOLES[part.slice(1, -1)]!})` : part.replace(/[^\w]/g, "\\$&")))
    .join("");
  const regex = new RegExp(`^${source}$`);
  return {
    holes: {
      date: dates.length,
      strike: Number(found.includes("strike")),
      side: Number(found.includes("side")),
    },
    match: (name) => {
      const values = regex.exec(name)?.slice(1);
      if (values === undefined) return undefined;
      const texts = Object.fromEntries(found.map((hole, i) => [hole, values[i]!]));
      if (dates.length === 0) return { texts };
      const expiryDay = dayOf(dates[0]!, texts[dates[0]!]!);
      return expiryDay === undefined ? undefined : { texts, expiryDay };
    },
  };
}

/** A name whose holes are filled with the same texts. */
export function filled(name: string, { texts }: Filling): string {
  return name.replace(/\{(\w+)\}/g, (whole, hole: string) => texts[hole] ?? whole);
}

function dayOf(hole: DateHole, text: string): number | undefined {
  if (hole === "YYMMDD" || hole === "YYYYMMDD") {
    const full = text.length === 6 ? `20${text}` : text;
    return daysSince1970(Number(full.slice(0, 4)), Number(full.slice(4, 6)), Number(full.slice(6)));
  }
  const year = 2000 + Number(text.slice(-2));
  return daysSince1970(year, MONTHS.indexOf(text.slice(-5, -2)) + 1, Number(text.slice(0, -5)));
}
