import { type Decimal, decimal, decimalText, integer, multiply } from "../decimal/decimal.js";

/** Exact decimal text of an integer number of units. */
export function unitsText(units: bigint, unit: string): string {
  return decimalText(multiply(integer(units), decimal(unit)));
}

/** Initial requirements count 1/10000 of a value unit. */
export function initialText(initial: bigint, valueUnit: string): string {
  const { coefficient, scale }: Decimal = multiply(integer(initial), decimal(valueUnit));
  return decimalText({ coefficient, scale: scale + 4 });
}

/** Thousands separators in the whole part of decimal text. */
export function grouped(text: string): string {
  const [whole, fraction] = text.split(".") as [string, string | undefined];
  const separated = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? separated : `${separated}.${fraction}`;
}

/** part / whole in percent with two places, rounded up so that what there is never shows as 0%. */
export function percentUp(part: bigint, whole: bigint): string {
  return percent(part, whole, whole - 1n);
}

/** part / whole in percent with two places, rounded down so that 100% is all of it. */
export function percentDown(part: bigint, whole: bigint): string {
  return percent(part, whole, 0n);
}

function percent(part: bigint, whole: bigint, roundUp: bigint): string {
  if (whole <= 0n || part < 0n) throw new RangeError("a percentage needs part >= 0 and whole > 0");
  const hundredths = (part * 10_000n + roundUp) / whole;
  return `${decimalText({ coefficient: hundredths, scale: 2 })}%`;
}
