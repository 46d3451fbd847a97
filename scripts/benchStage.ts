/** Seconds of one stage, and the largest resident memory seen during it. */
export interface StageFigures {
  readonly stage: string;
  readonly seconds: number;
  readonly peakMiB: number;
}

/** Runs work and says how many seconds it took. */
export async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const started = performance.now();
  const result = await work();
  return [result, (performance.now() - started) / 1000];
}

/** Runs a stage; the stage calls the given function now and then to have its memory sampled. */
export async function measureStage<T>(
  stage: string,
  work: (sampleMemory: () => void) => Promise<T>,
): Promise<[T, StageFigures]> {
  let peak = 0;
  const sampleMemory = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  sampleMemory();
  const [result, seconds] = await timed(() => work(sampleMemory));
  sampleMemory();
  const figures = { stage, seconds: Number(seconds.toFixed(2)), peakMiB: Math.round(peak / 2 ** 20) };
  console.log(`${stage}: ${figures.seconds} s, ${figures.peakMiB} MiB`);
  return [result, figures];
}
