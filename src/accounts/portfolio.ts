import { type Decimal, floorSteps, multiply, parseDecimal, subtract } from "../decimal/decimalText.js";
import { MarginproofError } from "../errors.js";
import { MAX_QUANTITY } from "../protocol/constants.js";
import { marginAccountTitle, type PocketId } from "../protocol/pocket.js";
import type { Instrument, InstrumentTable } from "./instruments.js";

/** Net holdings of one margin account: a pocket of an account. */
export interface Portfolio extends PocketId {
  /** Signed quantity in steps by symbol, never 0, in market order. Empty for a pocket that holds nothing. */
  readonly holdings: ReadonlyMap<string, bigint>;
}

/**
 * Nets the rows of one pocket of an account, in any order. Entry prices settle inside it: no row of another pocket
 * ever comes in.
 */
export class PortfolioBuilder {
  /** Steps by instrument position. */
  readonly #steps = new Map<number, bigint>();
  /** Exact cash from entry prices, in units of the settlement instrument, by its position. */
  #cash: Map<number, Decimal> | undefined;

  constructor(
    readonly id: PocketId,
    readonly market: InstrumentTable,
  ) {}

  /** Adds a row: `steps` of an instrument and, with an entry price e, -q*e of cash in its settlement instrument. */
  add(instrument: Instrument, steps: bigint, entryPrice?: string): void {
    this.#steps.set(instrument.index, (this.#steps.get(instrument.index) ?? 0n) + steps);
    if (entryPrice === undefined || instrument.settlement === undefined) return;
    const { units, scale } = instrument.step;
    const paid = multiply({ units: steps * units, scale }, parseDecimal(entryPrice));
    this.#cash ??= new Map();
    const before = this.#cash.get(instrument.settlement) ?? { units: 0n, scale: 0 };
    this.#cash.set(instrument.settlement, subtract(before, paid));
  }

  /**
   * The net portfolio. Cash from entry prices is rounded once, against the holder: down to a whole step.
   * @throws MarginproofError ACCOUNT_QUANTITY_TOO_LARGE when a holding is 2^52 steps or more
   */
  build(): Portfolio {
    const totals = new Map(this.#steps);
    for (const [index, cash] of this.#cash ?? []) {
      totals.set(index, (totals.get(index) ?? 0n) + floorSteps(cash, this.market.list[index]!.step));
    }
    const holdings = new Map<string, bigint>();
    for (const index of [...totals.keys()].sort((a, b) => a - b)) {
      const steps = totals.get(index)!;
      if (steps === 0n) continue;
      const instrument = this.market.list[index]!;
      if (steps > MAX_QUANTITY || steps < -MAX_QUANTITY) this.#refuse(instrument, steps);
      holdings.set(instrument.symbol, steps);
    }
    return { account: this.id.account, pocket: this.id.pocket, holdings };
  }

  #refuse({ symbol, stepText }: Instrument, steps: bigint): never {
    throw new MarginproofError(
      "ACCOUNT_QUANTITY_TOO_LARGE",
      `${marginAccountTitle(this.id)} holds ${steps} steps of ${symbol}; the limit is 2^52 - 1 steps of ${stepText}`,
      { kind: "usage", hint: `Use a coarser quantity step for ${symbol} in the market file.` },
    );
  }
}
