import type { PocketId } from "../../protocol/pocket.js";
import { HoldersIndex } from "./holdersIndex.js";
import { HoldingPool } from "./holdingPool.js";

/** Holdings by the instruments' positions in the market, in steps. */
export type NumberedHoldings = readonly (readonly [instrument: number, steps: bigint])[];

/** Margin accounts and what each holds, in a slot of its own. Who is taken out leaves the slot to the next who comes. */
export class HeldBook {
  readonly #symbols: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #pool = new HoldingPool();
  readonly #index: HoldersIndex;
  /** By account: the slots of its pockets; of most the one slot. */
  readonly #slots = new Map<string, number | number[]>();
  /** By slot; undefined: nobody has it. */
  readonly #ids: (PocketId | undefined)[] = [];
  readonly #free: number[] = [];

  /** @param symbols in the order of the market */
  constructor(symbols: readonly string[]) {
    this.#symbols = symbols;
    this.#numbers = new Map(symbols.map((symbol, k) => [symbol, k]));
    this.#index = new HoldersIndex(symbols.length, (slot, own) => this.#pool.holds(slot, own));
  }

  /** How many there are, taken or not. */
  get slots(): number {
    return this.#pool.slots;
  }

  idOf(slot: number): PocketId | undefined {
    return this.#ids[slot];
  }

  slotsOf(account: string): readonly number[] {
    const found = this.#slots.get(account);
    return found === undefined ? [] : typeof found === "number" ? [found] : found;
  }

  slotOf({ account, pocket }: PocketId): number | undefined {
    return this.slotsOf(account).find((slot) => this.#ids[slot]!.pocket === pocket);
  }

  *holdings(slot: number): Generator<readonly [symbol: string, steps: bigint]> {
    for (let k = 0; k < this.#pool.count(slot); k++)
      yield [this.#symbols[this.#pool.instrument(slot, k)]!, this.#pool.steps(slot, k)];
  }

  numbered(holdings: readonly (readonly [symbol: string, steps: bigint])[]): NumberedHoldings {
    return holdings.map(([symbol, steps]) => [this.#numbers.get(symbol)!, steps]);
  }

  /** Whether a slot holds this and nothing else, in this order. */
  holdsAll(slot: number, holdings: NumberedHoldings): boolean {
    return (
      this.#pool.count(slot) === holdings.length &&
      holdings.every(
        ([instrument, steps], k) =>
          this.#pool.instrument(slot, k) === instrument && this.#pool.steps(slot, k) === steps,
      )
    );
  }

  /** Puts these holdings in the place of what the pocket held, if it was there. @returns its slot */
  put(id: PocketId, holdings: NumberedHoldings): number {
    const slot = this.slotOf(id) ?? this.#newSlot(id);
    const after = new Set(holdings.map(([instrument]) => instrument));
    const before = new Set<number>();
    for (let k = 0; k < this.#pool.count(slot); k++) before.add(this.#pool.instrument(slot, k));
    this.#pool.set(slot, holdings);
    for (const instrument of after) if (!before.has(instrument)) this.#index.began(slot, instrument);
    for (const instrument of before) if (!after.has(instrument)) this.#index.ended(instrument);
    return slot;
  }

  /** Takes the pocket of a slot out. */
  remove(slot: number): void {
    const id = this.#ids[slot]!;
    this.put(id, []);
    const others = this.slotsOf(id.account).filter((own) => own !== slot);
    if (others.length === 0) this.#slots.delete(id.account);
    else this.#slots.set(id.account, others.length === 1 ? others[0]! : others);
    this.#ids[slot] = undefined;
    this.#free.push(slot);
  }

  /** Calls `use` once for every slot that holds one of these. */
  forEachHolder(symbols: readonly string[], use: (slot: number) => void): void {
    this.#index.forEach(
      symbols.map((symbol) => this.#numbers.get(symbol)!),
      this.slots,
      use,
    );
  }

  #newSlot(id: PocketId): number {
    const slot = this.#free.pop() ?? this.#pool.add();
    const others = this.slotsOf(id.account);
    this.#slots.set(id.account, others.length === 0 ? slot : [...others, slot]);
    this.#ids[slot] = id;
    return slot;
  }
}
