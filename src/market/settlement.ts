import { isDerivative, type Market, type MarketInstrument } from "./marketFile.js";

/**
 * Symbol of the settlement instrument that a derivative's entry prices are paid into: the one it names, else the only
 * one whose asset is the quote currency. Undefined when there is none or more than one, and for other kinds.
 */
export function settlementOf(market: Market, i: MarketInstrument): string | undefined {
  if (!isDerivative(i)) return undefined;
  if (i.settlement !== undefined) return i.settlement;
  const inQuote = quoteSettlements(market);
  return inQuote.length === 1 ? inQuote[0]! : undefined;
}

function quoteSettlements(market: Market): string[] {
  const own = market.instruments.filter(
    (s) => s.kind === "settlement" && s.asset === market.quote && s.largeOf === undefined,
  );
  return own.map(({ symbol }) => symbol);
}

/** What reading an accounts file needs to know of one instrument: `src/accounts` asks for it. */
export interface ListedInstrument {
  readonly symbol: string;
  readonly kind: MarketInstrument["kind"];
  readonly quantityStep: string;
  /** Of a variant: its contract, the side it is for and its leverage. */
  readonly contract?: string;
  readonly side?: "long" | "short";
  readonly leverage?: string;
  /** Where what is 2^52 steps of it or more is held: see `assertLargeHoldings`. */
  readonly largeSymbol?: string;
  readonly settlementSymbol?: string;
  readonly settlementStep?: string;
  /** What entry prices are measured by: prices in quote currency, size of an inverse contract, multiplier of a linear one, the market's factor. */
  readonly entry?: {
    readonly markPrice: string;
    readonly settlementPrice: string;
    readonly inQuote: boolean;
    readonly notionalPrice?: string;
    readonly size?: string;
    readonly multiplier?: string;
    readonly factor: string;
  };
  /** Of a derivative that names no settlement instrument where there are several in quote currency: their symbols. */
  readonly settlementChoices?: readonly string[];
}

/** All instruments by symbol, in market order: what `src/accounts` asks for. */
export function listedInstruments(market: Market): ReadonlyMap<string, ListedInstrument> {
  const bySymbol = new Map(market.instruments.map((i) => [i.symbol, i]));
  const inQuote = quoteSettlements(market);
  const large = new Map(market.instruments.map((i) => [i.largeOf, i.symbol]));
  return new Map(
    market.instruments.map((i) => {
      const { symbol, kind, quantityStep } = i;
      const settlement = settlementOf(market, i);
      const { contract, side, leverage } = i;
      const own = {
        symbol,
        kind,
        quantityStep,
        ...(contract === undefined ? {} : { contract }),
        ...(side === undefined ? {} : { side }),
        ...(leverage === undefined ? {} : { leverage }),
        ...(large.has(symbol) ? { largeSymbol: large.get(symbol)! } : {}),
      };
      if (settlement === undefined) {
        const open = isDerivative(i) && inQuote.length > 1;
        return [symbol, open ? { ...own, settlementChoices: inQuote } : own];
      }
      const into = bySymbol.get(settlement)!;
      const entry = {
        markPrice: i.markPrice,
        settlementPrice: into.markPrice,
        inQuote: into.asset === market.quote,
        ...(i.notionalPrice === undefined ? {} : { notionalPrice: i.notionalPrice }),
        ...(i.multiplier === undefined ? {} : { multiplier: i.multiplier }),
        ...(i.inverse === undefined ? {} : { size: i.inverse.contract }),
        factor: market.entryPriceFactor,
      };
      return [symbol, { ...own, settlementSymbol: settlement, settlementStep: into.quantityStep, entry }];
    }),
  );
}
