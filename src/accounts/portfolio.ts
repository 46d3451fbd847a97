import { add, type Decimal, floorSteps } from "../decimal/decimalText.js";
import { MarginproofError } from "../errors.js";
import { MAX_QUANTITY } from "../protocol/constants.js";
import { marginAccountTitle, type PocketId } from "../protocol/pocket.js";
import { entryCash } from "./entryPrice.js";
import type { Instrument, InstrumentTable, Side } from "./instruments.js";
import { Places } from "./places.js";

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
  readonly #places = new Places();

  constructor(
    readonly id: PocketId,
    readonly market: InstrumentTable,
  ) {}

  /**
   * Adds a row: `steps` of an instrument and, with an entry price, `entryCash` in its settlement instrument; the
   * leg is the side that the row states.
   */
  add(instrument: Instrument, steps: bigint, entryPrice?: string, leg?: Side): void {
    if (instrument.derivative && steps !== 0n) this.#places.add(instrument, steps, leg);
    this.#steps.set(instrument.index, (this.#steps.get(instrument.index) ?? 0n) + steps);
    if (entryPrice === undefined || instrument.settlement === undefined) return;
    const cash = entryCash(instrument, steps, entryPrice);
    this.#cash ??= new Map();
    const before = this.#cash.get(instrument.settlement) ?? { units: 0n, scale: 0 };
    this.#cash.set(instrument.settlement, add(before, cash));
  }

  /** Whether rows of opposite sign came to one position. */
  get netted(): boolean {
    return this.#places.netted;
  }

  /** Whether a contract is held in several leverages. */
  get split(): boolean {
    return this.#places.split(this.#heldOf);
  }

  readonly #heldOf = ({ index }: Instrument): bigint => this.#steps.get(index)!;

  /**
   * The net portfolio. Cash from entry prices is rounded once, against the holder: down to a whole step.
   * @throws MarginproofError ACCOUNT_QUANTITY_TOO_LARGE when a holding is 2^52 steps or more, ACCOUNT_POSITION (`Places`)
   */
  build(): Portfolio {
    this.#places.assert(this.id, this.#heldOf);
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
