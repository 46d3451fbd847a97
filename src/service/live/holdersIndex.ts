/** Stale entries that a list may have before it is looked through. */
const SLACK = 1024;

/** Which slots hold an instrument. A list may name slots that hold it no longer; it is shortened when half of it is such. */
export class HoldersIndex {
  readonly #lists: number[][];
  readonly #holding: number[];
  /** By slot: the last round in which it was met. */
  #met = new Uint32Array(SLACK);
  #round = 0;

  constructor(
    instruments: number,
    private readonly holds: (slot: number, instrument: number) => boolean,
  ) {
    this.#lists = Array.from({ length: instruments }, () => []);
    this.#holding = new Array<number>(instruments).fill(0);
  }

  /** @param slot holds it now */
  began(slot: number, instrument: number): void {
    // Also of an instrument whose price never moves: pockets that come and go would make its list longer for ever.
    this.#shorten(instrument);
    this.#lists[instrument]!.push(slot);
    this.#holding[instrument]!++;
  }

  ended(instrument: number): void {
    this.#holding[instrument]!--;
  }

  /** Calls `use` once for every slot that holds one of these. */
  forEach(instruments: Iterable<number>, slots: number, use: (slot: number) => void): void {
    if (this.#met.length < slots) this.#met = new Uint32Array(Math.max(slots, 2 * this.#met.length));
    if (++this.#round > 0xffff_fff0) this.#forget();
    for (const instrument of instruments) {
      this.#shorten(instrument);
      for (const slot of this.#lists[instrument]!) {
        if (this.#met[slot] === this.#round || !this.holds(slot, instrument)) continue;
        this.#met[slot] = this.#round;
        use(slot);
      }
    }
  }

  #forget(): void {
    this.#met.fill(0);
    this.#round = 1;
  }

  #shorten(instrument: number): void {
    const list = this.#lists[instrument]!;
    if (list.length <= 2 * this.#holding[instrument]! + SLACK) return;
    this.#lists[instrument] = [...new Set(list)].filter((slot) => this.holds(slot, instrument));
  }
}
