import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Move } from "./shard.js";

/** Events kept for who comes back. */
const KEPT_EVENTS = 1 << 16;

/** A move, and when it was. */
export interface LiveEvent extends Move {
  /** From 1. */
  readonly number: number;
  readonly tick: number;
  /** Of the prices. */
  readonly time: string;
}

/** The last moves, as many as are kept. */
export class EventRing {
  readonly #events: LiveEvent[] = [];
  #last = 0;

  /** Number of the last event. */
  get last(): number {
    return this.#last;
  }

  add(moves: readonly Move[], tick: number, time: string): void {
    for (const move of moves) {
      const number = ++this.#last;
      this.#events[number % KEPT_EVENTS] = { ...move, number, tick, time };
    }
  }

  /** Whether every event after this number is still there. */
  reaches(number: number): boolean {
    return number <= this.#last && number >= this.#last - KEPT_EVENTS;
  }

  at(number: number): LiveEvent {
    return this.#events[number % KEPT_EVENTS]!;
  }
}

/**
 * What streams call events by: their numbers, enciphered, so that a holder does not learn how many others were called in between. Of one
 * book alone: no other's ids open.
 */
export class EventIds {
  readonly #key = randomBytes(16);

  idOf(number: number): string {
    const block = Buffer.alloc(16);
    block.writeBigUInt64BE(BigInt(number), 8);
    const cipher = createCipheriv("aes-128-ecb", this.#key, null).setAutoPadding(false);
    return Buffer.concat([cipher.update(block), cipher.final()]).toString("hex");
  }

  /** @returns undefined for what is no id of this book */
  numberOf(id: string): number | undefined {
    if (!/^[0-9a-f]{32}$/.test(id)) return undefined;
    const cipher = createDecipheriv("aes-128-ecb", this.#key, null).setAutoPadding(false);
    const block = Buffer.concat([cipher.update(Buffer.from(id, "hex")), cipher.final()]);
    const number = block.readBigUInt64BE(8);
    return block.readBigUInt64BE(0) === 0n && number <= 2n ** 52n ? Number(number) : undefined;
  }
}
