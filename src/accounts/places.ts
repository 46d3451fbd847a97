import { MarginproofError } from "../errors.js";
import { marginAccountTitle, type PocketId } from "../protocol/pocket.js";
import type { Instrument, Side } from "./instruments.js";

/**
 * Where a pocket's positions stand: one of a contract, or in hedge mode one of each side, in one leverage. Two legs are
 * never netted unasked, and no position is split into two that stay in lower brackets.
 */
export class Places {
  readonly #seen = new Map<string, { readonly instrument: Instrument; readonly legs: Set<Side> }>();
  #fault: { readonly problem: string; readonly hint: string } | undefined;

  /** @param leg the side that the row states, if it does */
  add(instrument: Instrument, steps: bigint, leg: Side | undefined): void {
    const { contract, side } = instrument;
    const key = side === undefined ? contract : `${side}\t${contract}`;
    const place = this.#seen.get(key) ?? { instrument, legs: new Set() };
    this.#seen.set(key, place);
    if (place.instrument !== instrument) {
      const problem = `holds ${contract} both as ${place.instrument.symbol} and as ${instrument.symbol}`;
      const hint =
        "One position has one leverage; positions that are margined apart belong in pockets of their own.";
      this.#fault ??= { problem, hint };
    }
    if (leg === undefined) return;
    place.legs.add(steps < 0n ? "short" : "long");
    if (place.legs.size < 2) return;
    const problem = `has a long and a short leg of ${contract}, and the market's position mode is net`;
    const hint =
      "If both legs are margined, build the market with positionMode: hedge. If they are one position, give it in one row, or leave the side out.";
    this.#fault ??= { problem, hint };
  }

  /** @throws MarginproofError ACCOUNT_POSITION */
  assert(id: PocketId): void {
    if (this.#fault === undefined) return;
    const { problem, hint } = this.#fault;
    throw new MarginproofError("ACCOUNT_POSITION", `${marginAccountTitle(id)} ${problem}`, {
      kind: "usage",
      hint,
    });
  }
}
