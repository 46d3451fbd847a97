/**
 * Moments as RFC 3339 text in UTC, exact to the nanosecond. Canonical text has no trailing zeros in the fraction
 * and no empty one.
 */
const INSTANT_PATTERN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

export const NANOSECONDS = 1_000_000_000n;

/** Nanoseconds since 1970, or undefined when the text is no real moment between 1970 and 2^64 ns (July 2554). */
export function instantOf(text: string): bigint | undefined {
  if (!INSTANT_PATTERN.test(text)) return undefined;
  const seconds = text.slice(0, 19);
  const milliseconds = Date.parse(`${seconds}Z`);
  // The round trip refuses 30 February, hour 24 and second 60.
  if (Number.isNaN(milliseconds) || new Date(milliseconds).toISOString().slice(0, 19) !== seconds)
    return undefined;
  const fraction = text.slice(20, -1).padEnd(9, "0");
  const instant = BigInt(milliseconds / 1000) * NANOSECONDS + BigInt(fraction);
  return instant >= 0n && instant < 1n << 64n ? instant : undefined;
}

/** Text of the same moment without trailing zeros. The text must be a valid instant. */
export function canonicalInstant(text: string): string {
  const fraction = text.slice(20, -1).replace(/0+$/, "");
  return `${text.slice(0, 19)}${fraction === "" ? "" : `.${fraction}`}Z`;
}
