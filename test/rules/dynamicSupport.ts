import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decimal } from "../../src/decimal/decimal.js";
import { type Market, parseMarket } from "../../src/market/index.js";
import type { DynamicInputs } from "../../src/reference/dynamicReference.js";
import { buildMarket, type PreviousEpoch } from "../../src/rules/index.js";
import { EXAMPLES, edited, rulesOf } from "./support.js";

export const FIRST = rulesOf("dynamic");
export const NEXT = readFileSync(join(EXAMPLES, "next", "dynamic.yaml"), "utf8");
export const NEXT_PATH = join(EXAMPLES, "next", "dynamic.yaml");

/** The rules without their buffers; everything else, and so the unbuffered figures, stays. */
export const withoutBuffers = (rules: string): string => rules.replace(/^buffers:\n(?: .*\n)*/m, "");

/** Totals as a bundle would prove them; units are decimal text. */
export interface Totals {
  readonly openInterest: Readonly<Record<string, string>>;
  readonly maintenance: string;
  readonly positiveEquity: string;
}

/** An epoch that was never proved: for formulas alone. */
export function madeUp(market: Market, totals: Totals): PreviousEpoch {
  return {
    statementDigest: `0x${"5a".repeat(32)}`,
    market,
    instruments: new Map(market.instruments.map((i) => [i.symbol, i])),
    openInterest: new Map(Object.entries(totals.openInterest).map(([s, units]) => [s, decimal(units)])),
    maintenance: BigInt(totals.maintenance),
    positiveEquity: BigInt(totals.positiveEquity),
  };
}

export const firstMarket = parseMarket(buildMarket(FIRST));

const UNDERLYINGS: Readonly<Record<string, string>> = {
  "BTC-PERP": "BTC",
  "ETH-PERP": "ETH",
  "ETH-25DEC26-2800-P": "ETH",
};

/** The same question for the reference. Parameters are those of the example, unless given. */
export function referenceInputs(
  rules: string,
  market: Market,
  totals: Totals,
  parameters: { buffer?: string; maxRise?: string; cap?: string } = {},
): DynamicInputs {
  const { buffer = "0.25", maxRise = "0.1", cap = "1" } = parameters;
  return {
    antiProcyclicality: { buffer, maxRise },
    contagion: {
      cap,
      bounds: (u) => (u === "ETH" ? { low: "400000", high: "800000" } : { low: "1000000", high: "3000000" }),
    },
    unbuffered: parseMarket(buildMarket(withoutBuffers(rules), { previous: madeUp(market, totals) })),
    underlyingOf: (symbol) => UNDERLYINGS[symbol],
    previous: { market, ...totals },
  };
}

/** Rules with other parameters. */
export function withParameters(
  rules: string,
  { buffer, maxRise, cap }: { buffer: string; maxRise: string; cap: string },
): string {
  let text = edited(rules, "buffer: 0.25 ", `buffer: ${buffer} `);
  text = edited(text, "maxRise: 0.1 ", `maxRise: ${maxRise} `);
  return edited(text, "cap: 1 ", `cap: ${cap} `);
}
