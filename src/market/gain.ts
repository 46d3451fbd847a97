import { decimal, decimalText, negate } from "../decimal/decimal.js";

/**
 * Gain in a scenario, quote currency: of one long unit, where a short loses what a long gains; or of one unit held long and
 * of one unit held short, for what both sides may lose by.
 */
export type Gain = string | { readonly long: string; readonly short: string };

/** A short loses exactly what a long gains: one number says it. */
export function isLinear({ long, short }: Exclude<Gain, string>): boolean {
  return decimalText(negate(decimal(short))) === decimalText(decimal(long));
}

/** Gain of one unit held on a side. */
export function gainOfSide(gain: Gain, side: "long" | "short"): string {
  if (typeof gain !== "string") return gain[side];
  return side === "long" ? gain : decimalText(negate(decimal(gain)));
}

/** Gain per long unit of a side's lane, where a short holding counts as a negative quantity. */
export function gainOfLong(gain: Gain, side: "long" | "short"): string {
  if (typeof gain === "string") return gain;
  return side === "long" ? gain.long : decimalText(negate(decimal(gain.short)));
}
