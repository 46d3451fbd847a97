import type { Progress } from "../src/files/progress.js";
import { cpuSeconds } from "./bench/cpuSeconds.js";

/** Seconds of one stage, and the largest resident memory seen during it. */
export interface StageFigures {
  readonly stage: string;
  readonly seconds: number;
  /** Of this process, its threads and children; undefined where there is no /proc. */
  readonly cpuSeconds: number | undefined;
  readonly peakMiB: number;
}

/** Runs work and says how many seconds it took. */
export async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const started = performance.now();
  const result = await work();
  return [result, (performance.now() - started) / 1000];
}

/** Measures the stages that the prover's phases tell of; every update samples the memory. */
export class StageMeter implements Progress {
  readonly figures: StageFigures[] = [];
  private current:
    | { readonly title: string; readonly started: number; readonly cpu: number | undefined; peak: number }
    | undefined;

  stage(_id: string, title: string): void {
    this.end();
    this.current = { title, started: performance.now(), cpu: cpuSeconds(), peak: 0 };
    this.update();
  }

  update(): void {
    if (this.current !== undefined)
      this.current.peak = Math.max(this.current.peak, process.memoryUsage.rss());
  }

  note(text: string): void {
    console.log(text);
  }

  /** Ends the stage in progress. */
  end(): void {
    if (this.current === undefined) return;
    this.update();
    const { title, started, cpu: before, peak } = this.current;
    const seconds = Number(((performance.now() - started) / 1000).toFixed(2));
    const after = cpuSeconds();
    const cpu = before === undefined || after === undefined ? undefined : Number((after - before).toFixed(1));
    const peakMiB = Math.round(peak / 2 ** 20);
    this.figures.push({ stage: title, seconds, cpuSeconds: cpu, peakMiB });
    console.log(`${title}: ${seconds} s, ${cpu ?? "?"} of CPU, ${peakMiB} MiB`);
    this.current = undefined;
  }
}
