import { type Decimal, decimalProblem, exactSteps, parseDecimal } from "../decimal/decimalText.js";
import { MarginproofError } from "../errors.js";

export type InstrumentKind = "asset" | "perpetual" | "future" | "option" | "settlement" | "orders";

export type Side = "long" | "short";

/** What an entry price of a derivative is measured by: canonical decimal text, money in quote currency. */
export interface EntryTerms {
  readonly markPrice: string;
  /** Price of what it settles in: entry prices are in units of that. */
  readonly settlementPrice: string;
  /** True when that is the quote currency. */
  readonly inQuote: boolean;
  /** Of an option: price that its notional counts at. */
  readonly notionalPrice?: string;
  /** Of an inverse contract: its size in quote currency. */
  readonly size?: string;
  /** Of others: what one contract gains in its settlement asset when its price rises by 1; default 1. */
  readonly multiplier?: string;
  /** An entry price is at most this many times the mark price, and at least the mark price over it. */
  readonly factor: string;
}

/** What reading accounts needs to know of one instrument, as the market lists it. */
export interface ListedInstrument {
  readonly symbol: string;
  readonly kind: InstrumentKind;
  /** Quantity of one step, canonical decimal text, > 0. */
  readonly quantityStep: string;
  /** Variants: the contract, by default the symbol; the only side that is held in it; the leverage chosen. */
  readonly contract?: string;
  readonly side?: Side;
  readonly leverage?: string;
  /** Where what is 2^52 steps of it or more is held: an instrument of larger steps, each a whole number of its own. */
  readonly largeSymbol?: string;
  /** Derivatives: the instrument that entry prices settle into. Without it entry_price is refused. */
  readonly settlementSymbol?: string;
  /** Quantity step of the settlement instrument, if given it must equal that instrument's own. */
  readonly settlementStep?: string;
  /** Derivatives with one: what entry prices are measured by. Without it none is taken for absurd. */
  readonly entry?: EntryTerms;
  /** Derivatives without `settlementSymbol`: what it could be, when there are several. */
  readonly settlementChoices?: readonly string[];
}

/** The instruments by symbol; their order is the order of holdings in a portfolio. */
export type ListedInstruments = ReadonlyMap<string, ListedInstrument>;

/** A listed instrument with its step parsed and its settlement instrument found. */
export interface Instrument {
  /** Position in market order. */
  readonly index: number;
  readonly symbol: string;
  readonly kind: InstrumentKind;
  readonly derivative: boolean;
  readonly contract: string;
  readonly side: Side | undefined;
  readonly leverage: string | undefined;
  readonly step: Decimal;
  readonly stepText: string;
  /** Position of the settlement instrument; undefined when entry prices can't be settled. */
  readonly settlement: number | undefined;
  readonly entry: EntryTerms | undefined;
  /** Position of the instrument of larger steps that takes what it can't, and how many of its steps are one of those. */
  readonly large: { readonly index: number; readonly steps: bigint } | undefined;
  /** What `settlement` could be, when the market doesn't say which. */
  readonly settlementChoices: readonly string[];
}

export interface InstrumentTable {
  readonly list: readonly Instrument[];
  readonly bySymbol: ReadonlyMap<string, Instrument>;
  /** Derivatives by contract, in market order. */
  readonly byContract: ReadonlyMap<string, readonly Instrument[]>;
}

function invalid(symbol: string, what: string): MarginproofError {
  return new MarginproofError("ACCOUNTS_MARKET_INVALID", `instrument ${JSON.stringify(symbol)} ${what}`, {
    kind: "usage",
    hint: "Correct the market file.",
  });
}

function parseStep(symbol: string, text: string): Decimal {
  const step = decimalProblem(text) === undefined ? parseDecimal(text) : undefined;
  if (step === undefined || step.units <= 0n) {
    throw invalid(symbol, `has quantity step ${JSON.stringify(text)}, not a decimal above 0`);
  }
  return step;
}

/**
 * Parses the list once, before any row is read.
 * @throws MarginproofError ACCOUNTS_MARKET_INVALID for a step that is not a positive decimal, or a settlement instrument
 * that doesn't exist or has another step than stated.
 */
export function compileInstruments(listed: ListedInstruments): InstrumentTable {
  const positions = new Map([...listed.keys()].map((symbol, index) => [symbol, index]));
  const largeOf = (symbol: string, step: Decimal, large: string | undefined): Instrument["large"] => {
    const target = large === undefined ? undefined : listed.get(large);
    if (large === undefined || target === undefined) return undefined;
    const steps = exactSteps(parseStep(large, target.quantityStep), step);
    if (steps === undefined)
      throw invalid(symbol, `is split into ${large}, whose step is no multiple of its own`);
    return { index: positions.get(large)!, steps };
  };
  const list = [...listed.entries()].map(([symbol, own], index): Instrument => {
    const derivative = own.kind === "perpetual" || own.kind === "future" || own.kind === "option";
    let settlement: number | undefined;
    if (derivative && own.settlementSymbol !== undefined) {
      const target = listed.get(own.settlementSymbol);
      if (target === undefined) throw invalid(symbol, "settles into an instrument the market doesn't have");
      if (own.settlementStep !== undefined && own.settlementStep !== target.quantityStep) {
        throw invalid(symbol, `states settlement step ${own.settlementStep}, not ${target.quantityStep}`);
      }
      settlement = positions.get(own.settlementSymbol);
    }
    const step = parseStep(symbol, own.quantityStep);
    const { kind, quantityStep: stepText, settlementChoices = [] } = own;
    const { contract = symbol, side, leverage, entry } = own;
    const variant = { contract, side, leverage, entry, large: largeOf(symbol, step, own.largeSymbol) };
    return { index, symbol, kind, derivative, ...variant, step, stepText, settlement, settlementChoices };
  });
  const byContract = new Map<string, Instrument[]>();
  for (const instrument of list) {
    if (!instrument.derivative) continue;
    byContract.set(instrument.contract, [...(byContract.get(instrument.contract) ?? []), instrument]);
  }
  return {
    list,
    bySymbol: new Map(list.map((instrument) => [instrument.symbol, instrument])),
    byContract,
  };
}
