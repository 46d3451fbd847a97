const SAMPLES = 64;
/** Samples closer together than this add nothing. */
const APART_MS = 250;

/** Time left, from the pace of the last while: work found done in a resumed run must not count as speed. */
export class Pace {
  private readonly samples: { readonly time: number; readonly done: number }[] = [];

  add(time: number, done: number): void {
    const last = this.samples.at(-1);
    if (last !== undefined && time - last.time < APART_MS) {
      // The start of a burst is replaced, so that work found done becomes the starting point.
      if (this.samples.length === 1) this.samples[0] = { time, done };
      return;
    }
    this.samples.push({ time, done });
    if (this.samples.length > SAMPLES) this.samples.shift();
  }

  /** Undefined until there is something to go by. */
  secondsLeft(total: number): number | undefined {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (first === undefined || last === undefined || last.done <= first.done || last.time <= first.time) return undefined;
    return (((total - last.done) / (last.done - first.done)) * (last.time - first.time)) / 1000;
  }
}
