import type { PocketId } from "../../protocol/pocket.js";
import type { HeldBook, NumberedHoldings } from "./heldBook.js";
import { HoldingPool } from "./holdingPool.js";

/**
 * A whole book that is to take the place of another: only what differs is kept, as tightly as what is held, until all of it was read.
 * What is held must not change meanwhile.
 */
export class StagedBook {
  readonly #pool = new HoldingPool();
  /** By slot of the pool. */
  readonly #ids: PocketId[] = [];
  /** By slot of the book before: whether the pocket is in this one too. */
  readonly #stays: Uint8Array;

  constructor(private readonly held: HeldBook) {
    this.#stays = new Uint8Array(held.slots);
  }

  /** @param id comes once */
  add({ account, pocket }: PocketId, holdings: NumberedHoldings): void {
    const slot = this.held.slotOf({ account, pocket });
    if (slot !== undefined) {
      this.#stays[slot] = 1;
      if (this.held.holdsAll(slot, holdings)) return;
    }
    this.#pool.set(this.#pool.add(), holdings);
    this.#ids.push({ account, pocket });
  }

  /** Slots whose pockets are not in this book. */
  *gone(): Generator<number> {
    for (const [slot, stays] of this.#stays.entries())
      if (stays === 0 && this.held.idOf(slot) !== undefined) yield slot;
  }

  /** Pockets that are new, or hold something else than before. */
  *changed(): Generator<readonly [PocketId, NumberedHoldings]> {
    for (const [k, id] of this.#ids.entries()) {
      const holdings = Array.from(
        { length: this.#pool.count(k) },
        (_, own) => [this.#pool.instrument(k, own), this.#pool.steps(k, own)] as const,
      );
      yield [id, holdings];
    }
  }
}
