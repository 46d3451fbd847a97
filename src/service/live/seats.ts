import type { ServerResponse } from "node:http";
import { MarginproofError } from "../../errors.js";

/** Streams that one token's owner may have open: a few windows. */
const SEATS_EACH = 4;
/** Streams of all holders together: after every tick each looks at every event. */
const HOLDER_SEATS = 256;

/** Counts the streams that are open. Holders take no seat from the operator. */
export class Seats {
  readonly #taken = new Map<string, number>();

  /** A seat as long as the answer lasts. @throws MarginproofError SERVICE_RATE */
  takeOperator(name: string, response: ServerResponse): void {
    this.#take([[`operator ${name}`, SEATS_EACH]], response);
  }

  /** As `takeOperator`, for a holder. @throws MarginproofError SERVICE_RATE */
  takeHolder(account: string, response: ServerResponse): void {
    const seats = [
      [`holder ${account}`, SEATS_EACH],
      ["holders", HOLDER_SEATS],
    ] as const;
    this.#take(seats, response);
  }

  #take(seats: readonly (readonly [who: string, most: number])[], response: ServerResponse): void {
    // Who has left already sends no other word of it.
    if (response.destroyed) return;
    if (seats.some(([who, most]) => (this.#taken.get(who) ?? 0) >= most)) {
      throw new MarginproofError("SERVICE_RATE", "too many streams are open", {
        kind: "usage",
        hint: "Close one, or come back later.",
      });
    }
    for (const [who] of seats) this.#taken.set(who, (this.#taken.get(who) ?? 0) + 1);
    response.once("close", () => {
      for (const [who] of seats) this.#leave(who);
    });
  }

  #leave(who: string): void {
    const left = this.#taken.get(who)! - 1;
    if (left > 0) this.#taken.set(who, left);
    else this.#taken.delete(who);
  }
}
