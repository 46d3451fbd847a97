import type { Market, MarketInstrument } from "./marketFile.js";

/**
 * Symbol of the settlement instrument that a derivative's entry prices are paid into: the one it names, else the only
 * one whose asset is the quote currency. Undefined when there is none or more than one, and for other kinds.
 */
export function settlementOf(market: Market, i: MarketInstrument): string | undefined {
  if (i.kind === "asset" || i.kind === "settlement") return undefined;
  if (i.settlement !== undefined) return i.settlement;
  const inQuote = market.instruments.filter((s) => s.kind === "settlement" && s.asset === market.quote);
  return inQuote.length === 1 ? inQuote[0]!.symbol : undefined;
}

/** What reading an accounts file needs to know of one instrument. */
export interface AccountRules {
  readonly symbol: string;
  readonly kind: MarketInstrument["kind"];
  readonly quantityStep: string;
  readonly settlementSymbol?: string;
  readonly settlementStep?: string;
}

/** The rules of all instruments by symbol, in market order: what `src/accounts` asks for. */
export function accountRules(market: Market): ReadonlyMap<string, AccountRules> {
  const steps = new Map(market.instruments.map((i) => [i.symbol, i.quantityStep]));
  return new Map(
    market.instruments.map((i) => {
      const { symbol, kind, quantityStep } = i;
      const settlement = settlementOf(market, i);
      const own = { symbol, kind, quantityStep };
      if (settlement === undefined) return [symbol, own];
      return [symbol, { ...own, settlementSymbol: settlement, settlementStep: steps.get(settlement)! }];
    }),
  );
}
