import { MarginproofError } from "../errors.js";
import { marginAccountTitle, type PocketId } from "../protocol/pocket.js";
import type { Instrument, Side } from "./instruments.js";

/** Where the positions of one contract, or of one side of it, stand. */
interface Place {
  readonly instruments: Set<Instrument>;
  /** Sides that rows state. */
  readonly legs: Set<Side>;
  /** An instrument has rows of both signs: what is held is their difference. */
  netted: boolean;
}

/** What a pocket holds of an instrument that it has rows of, in steps. */
type HeldOf = (instrument: Instrument) => bigint;

const held = (instruments: ReadonlySet<Instrument>, heldOf: HeldOf): Instrument[] =>
  [...instruments].filter((own) => heldOf(own) !== 0n);

/**
 * Where a pocket's positions stand: in net mode one position of a contract, in hedge mode one of each side. Two legs are
 * never netted unasked. In several leverages they stand apart, each in brackets of its own.
 */
export class Places {
  readonly #places = new Map<string, Place>();
  readonly #signs = new Map<Instrument, Side>();

  /** @param leg the side that the row states, if it does */
  add(instrument: Instrument, steps: bigint, leg: Side | undefined): void {
    const { contract, side } = instrument;
    const key = side === undefined ? contract : `${side}\t${contract}`;
    const place = this.#places.get(key) ?? { instruments: new Set(), legs: new Set(), netted: false };
    this.#places.set(key, place);
    place.instruments.add(instrument);
    if (leg !== undefined) place.legs.add(leg);
    const sign = steps < 0n ? "short" : "long";
    const before = this.#signs.get(instrument);
    if (before !== undefined && before !== sign) place.netted = true;
    this.#signs.set(instrument, sign);
  }

  /** Whether rows of opposite sign came to one position. */
  get netted(): boolean {
    return [...this.#places.values()].some((place) => place.netted);
  }

  /** Whether a contract is held in several leverages. */
  split(heldOf: HeldOf): boolean {
    return [...this.#places.values()].some(({ instruments }) => held(instruments, heldOf).length > 1);
  }

  /**
   * @throws MarginproofError ACCOUNT_POSITION
   */
  assert(id: PocketId, heldOf: HeldOf): void {
    for (const { instruments, legs } of this.#places.values()) {
      const [{ contract }] = [...instruments] as [Instrument];
      if (legs.size > 1) throw this.#refuse(id, `has a long and a short leg of ${contract}`);
      const sides = new Map(
        held(instruments, heldOf).map((own) => [heldOf(own) < 0n ? "short" : "long", own.symbol]),
      );
      if (sides.size < 2) continue;
      const [long, short] = [sides.get("long"), sides.get("short")];
      throw this.#refuse(id, `is long of ${contract} as ${long} and short as ${short}`);
    }
  }

  #refuse(id: PocketId, problem: string): MarginproofError {
    const message = `${marginAccountTitle(id)} ${problem}, and its positions are net`;
    const hint =
      "If both legs are margined, list a long and a short variant of the contract, as positionMode: hedge does in rules. If they are one position, give it in one row, or leave the side out.";
    return new MarginproofError("ACCOUNT_POSITION", message, { kind: "usage", hint });
  }
}
