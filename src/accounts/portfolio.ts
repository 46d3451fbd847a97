import { decimalText } from "../decimal/decimal.js";
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
    for (const [index, steps] of [...totals]) this.#split(totals, index, steps);
    const holdings = new Map<string, bigint>();
    for (const index of [...totals.keys()].sort((a, b) => a - b)) {
      const steps = totals.get(index)!;
      if (steps === 0n) continue;
      const instrument = this.market.list[index]!;
      if (!isProvable(steps)) this.#refuse(instrument, steps);
      holdings.set(instrument.symbol, steps);
    }
    return { account: this.id.account, pocket: this.id.pocket, holdings };
  }

  /** Moves what an instrument has no room for, in whole larger steps, to the one that takes it. */
  #split(totals: Map<number, bigint>, index: number, steps: bigint): void {
    const { large } = this.market.list[index]!;
    if (large === undefined || isProvable(steps)) return;
    totals.set(index, steps % large.steps);
    totals.set(large.index, (totals.get(large.index) ?? 0n) + steps / large.steps);
  }

  #refuse(instrument: Instrument, steps: bigint): never {
    const { symbol, stepText } = instrument;
    throw new MarginproofError(
      "ACCOUNT_QUANTITY_TOO_LARGE",
      `${marginAccountTitle(this.id)} holds ${steps} steps of ${symbol}; the limit is 2^52 - 1 steps of ${stepText}`,
      { kind: "usage", hint: hintFor(instrument, steps) },
    );
  }
}

const isProvable = (steps: bigint): boolean => steps <= MAX_QUANTITY && steps >= -MAX_QUANTITY;

/** The one figure to change: the smallest decimal multiple of the step that has room for ten times as much. */
function hintFor({ symbol, kind, step, large }: Instrument, steps: bigint): string {
  let room = 10n;
  while (!isProvable((10n * steps) / room)) room *= 10n;
  const text = decimalText({ coefficient: step.units * room, scale: step.scale });
  if (large !== undefined)
    return `Give the instrument that takes what ${symbol} can't larger quantity steps.`;
  const coarser = `give ${symbol} a quantity step of ${text}`;
  if (kind !== "asset" && kind !== "settlement") return `In the rules or the market file, ${coarser}.`;
  return `State largeStep: ${text} for ${symbol} in the rules (largeOf in a market file), and holdings are split by themselves; or ${coarser}.`;
}
