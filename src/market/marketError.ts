import { MarginproofError } from "../errors.js";

/** A market file that is well-formed but says something impossible: error with the path of the field. */
export function marketError(code: string, path: string, problem: string, hint?: string): MarginproofError {
  return new MarginproofError(code, `market file, ${path}: ${problem}`, hint === undefined ? {} : { hint });
}

/** `instruments[3] (BTC-PERP)`. */
export function instrumentPath(index: number, symbol: unknown): string {
  return `instruments[${index}]${typeof symbol === "string" ? ` (${symbol.slice(0, 64)})` : ""}`;
}
