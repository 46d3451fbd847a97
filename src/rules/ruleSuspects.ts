import { compare, DECIMAL_PATTERN, decimal } from "../decimal/decimal.js";
import { percentText } from "../market/suspects.js";
import { type RulePath, readRules } from "./readRules.js";

/** Shares by the part of the file and the field that states them, and the largest that anybody means. */
const SHARES: readonly (readonly [part: string, field: RegExp, most: string])[] = [
  ["brackets", /^(maintenance|initial)$/, "1"],
  ["borrow", /^rate$/, "1"],
  ["orders", /^rate$/, "1"],
  ["liquidationFee", /^liquidationFee$/, "0.1"],
  ["underlyings", /^volatility$/, "5"],
  ["options", /^volatility$/, "5"],
  ["options", /^rate$/, "1"],
  ["stress", /^(alts|volatility|moves)$/, "10"],
  ["models", /^(rate|\w+Rate|\w+Share|priceScan|gammaMove|price_range|moves|extremeMove|price)$/, "1"],
];

/**
 * What looks wrong in rules that can be built: a percentage where a share is meant, each with its line.
 * @throws MarginproofError those of `readRules`
 */
export function ruleSuspects(rulesText: string): string[] {
  const book = readRules(rulesText);
  const found: string[] = [];
  const visit = (value: unknown, path: RulePath, field: string): void => {
    if (typeof value === "object" && value !== null) {
      const list = Array.isArray(value);
      for (const [key, inner] of Object.entries(value)) {
        const own = list ? Number(key) : key;
        // Moves are stated per underlying, or one after the other.
        visit(inner, [...path, own], list || field === "moves" ? field : key);
      }
      return;
    }
    if (typeof value !== "string" || !DECIMAL_PATTERN.test(value)) return;
    const share = SHARES.find(([part, fields]) => part === path[0] && fields.test(field));
    if (share === undefined || compare(decimal(value), decimal(share[2])) <= 0) return;
    found.push(`rules, line ${book.line(path)}: ${field}: ${percentText(value)}`);
  };
  visit(book.rules, [], "");
  return found;
}
