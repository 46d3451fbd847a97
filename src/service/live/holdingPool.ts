const FIRST = 1024;

/**
 * What many accounts hold, in a few arrays: a million accounts as objects of their own would be gigabytes. Instruments are their
 * positions in the market, quantities signed steps, below 2^52 in size.
 */
export class HoldingPool {
  #instruments = new Uint32Array(FIRST);
  #steps = new BigInt64Array(FIRST);
  #end = 0;
  #wasted = 0;
  /** By slot. */
  readonly #start: number[] = [];
  readonly #count: number[] = [];
  readonly #room: number[] = [];

  get slots(): number {
    return this.#start.length;
  }

  /** A slot that holds nothing yet. */
  add(): number {
    this.#room.push(0);
    this.#count.push(0);
    return this.#start.push(0) - 1;
  }

  count(slot: number): number {
    return this.#count[slot]!;
  }

  instrument(slot: number, k: number): number {
    return this.#instruments[this.#start[slot]! + k]!;
  }

  steps(slot: number, k: number): bigint {
    return this.#steps[this.#start[slot]! + k]!;
  }

  holds(slot: number, instrument: number): boolean {
    for (let k = 0; k < this.#count[slot]!; k++) if (this.instrument(slot, k) === instrument) return true;
    return false;
  }

  /** Puts these holdings in the place of what the slot held. */
  set(slot: number, holdings: readonly (readonly [instrument: number, steps: bigint])[]): void {
    if (holdings.length > this.#room[slot]!) {
      this.#wasted += this.#room[slot]!;
      this.#start[slot] = this.#take(holdings.length);
      this.#room[slot] = holdings.length;
    }
    const start = this.#start[slot]!;
    holdings.forEach(([instrument, steps], k) => {
      this.#instruments[start + k] = instrument;
      this.#steps[start + k] = steps;
    });
    this.#count[slot] = holdings.length;
    if (this.#wasted > FIRST && 2 * this.#wasted > this.#end) this.#compact();
  }

  #take(count: number): number {
    const needed = this.#end + count;
    if (needed > this.#instruments.length) {
      const size = Math.max(needed, Math.ceil(1.5 * this.#instruments.length));
      this.#instruments = grown(this.#instruments, new Uint32Array(size));
      this.#steps = grown(this.#steps, new BigInt64Array(size));
    }
    const start = this.#end;
    this.#end = needed;
    return start;
  }

  #compact(): void {
    const [instruments, steps] = [this.#instruments, this.#steps];
    this.#instruments = new Uint32Array(instruments.length);
    this.#steps = new BigInt64Array(steps.length);
    let end = 0;
    for (let slot = 0; slot < this.slots; slot++) {
      const [from, count] = [this.#start[slot]!, this.#count[slot]!];
      this.#instruments.set(instruments.subarray(from, from + count), end);
      this.#steps.set(steps.subarray(from, from + count), end);
      this.#start[slot] = end;
      this.#room[slot] = count;
      end += count;
    }
    this.#end = end;
    this.#wasted = 0;
  }
}

function grown<T extends Uint32Array | BigInt64Array>(from: T, to: T): T {
  (to as Uint32Array).set(from as Uint32Array);
  return to;
}
