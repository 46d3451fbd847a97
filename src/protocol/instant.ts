/**
 * Moments as RFC 3339 text in UTC, exact to the nanosecond: of market, statement, rules and prices. Never `Date.parse`,
 * which takes in one engine what another refuses; `Date.UTC` is arithmetic on whole numbers, the same in all. Canonical text has no trailing zeros in the fraction
 * and no empty one.
 */
const INSTANT_PATTERN = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/;

/** What a schema says of a text that is no instant. */
export const INSTANT_RULE = "must be a real moment, RFC 3339 in UTC, for example 2026-11-23T08:00:00Z";

export const NANOSECONDS = 1_000_000_000n;

/**
 * Nanoseconds since 1970, or undefined when the text is no real moment between 1970 and 2^64 ns (July 2554): no
 * 30 February, hour 24 or second 60.
 */
export function instantOf(text: string): bigint | undefined {
  const parts = INSTANT_PATTERN.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as FixedDate;
  const days = daysSince1970(year, month, day);
  if (days === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  const seconds = BigInt(days) * 86_400n + BigInt(hour * 3600 + minute * 60 + second);
  const instant = seconds * NANOSECONDS + BigInt((parts[7] ?? "").padEnd(9, "0"));
  return instant < 1n << 64n ? instant : undefined;
}

type FixedDate = [number, number, number, number, number, number];

/** Days from 1970-01-01 to a date of the Gregorian calendar; undefined for one that is not, or before 1970. */
export function daysSince1970(year: number, month: number, day: number): number | undefined {
  // Days and months that are too many run over into another month: at most 99 of them, never into the same one.
  const date = new Date(Date.UTC(year, month - 1, day));
  const real = year >= 1970 && date.getUTCMonth() === month - 1;
  return real ? date.getTime() / 86_400_000 : undefined;
}

/** Text of the same moment without trailing zeros. The text must be a valid instant. */
export function canonicalInstant(text: string): string {
  const fraction = text.slice(20, -1).replace(/0+$/, "");
  return `${text.slice(0, 19)}${fraction === "" ? "" : `.${fraction}`}Z`;
}
