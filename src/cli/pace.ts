const SAMPLES = 24;
/** Samples closer together than this add nothing. */
const APART_MS = 250;

/** Time left, from the pace of the last while: work that a resumed run finds done must not count as speed for long. */
export class Pace {
  private begun: number | undefined;
  private readonly samples: { readonly time: number; readonly done: number }[] = [];

  add(time: number, done: number): void {
    this.begun ??= time;
    // What is there in the first moment was not done now: it only moves the starting point.
    if (time - this.begun < APART_MS) this.samples.length = 0;
    const last = this.samples.at(-1);
    if (last !== undefined && time - last.time < APART_MS) return;
    this.samples.push({ time, done });
    if (this.samples.length > SAMPLES) this.samples.shift();
  }

  /** Undefined until there is something to go by. */
  secondsLeft(total: number): number | undefined {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    if (last.done <= first.done || last.time <= first.time) return undefined;
    return (((total - last.done) / (last.done - first.done)) * (last.time - first.time)) / 1000;
  }
}
