import { decimalText } from "../decimal/decimal.js";
import type { PocketId } from "../protocol/pocket.js";
import type { RawRow } from "./accountRow.js";
import { SETTLED } from "./entryPrice.js";
import type { Instrument, InstrumentTable } from "./instruments.js";

/** A margin account, its holdings by symbol in signed steps. */
export interface HeldBy extends PocketId {
  readonly holdings: Iterable<readonly [symbol: string, steps: bigint]>;
}

/**
 * The rows of an accounts file that read back as this margin account: positions are settled, one that holds nothing has a row of
 * quantity 0.
 */
export function portfolioRows({ account, pocket, holdings }: HeldBy, market: InstrumentTable): RawRow[] {
  const id = { account, ...(pocket === "" ? {} : { pocket }) };
  const rows = [...holdings].map(([symbol, steps]) => ({
    ...id,
    ...heldAs(market.bySymbol.get(symbol)!, steps),
  }));
  return rows.length > 0 ? rows : [{ ...id, ...heldAs(market.list[0]!, 0n) }];
}

/** A variant by its contract and leverage: a contract's name alone may be that of several. */
function heldAs({ symbol, derivative, contract, leverage, step }: Instrument, steps: bigint): RawRow {
  const quantity = decimalText({ coefficient: steps * step.units, scale: step.scale });
  if (!derivative) return { instrument: symbol, quantity };
  return {
    ...{ instrument: contract, quantity, entry_price: SETTLED },
    ...(leverage === undefined ? {} : { leverage }),
  };
}
