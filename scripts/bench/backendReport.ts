/** What `npm run bench:backends` measured of one engine and one step. */
export interface BackendFigures {
  readonly shape: string;
  /** Places of the step; absent where it holds no accounts. */
  readonly accounts: number | undefined;
  readonly backend: string;
  readonly cpuSeconds: number | undefined;
  readonly seconds: number;
  /** Of the first proof, which loads the key. */
  readonly firstCpuSeconds: number | undefined;
  /** How many times faster than WebAssembly, by CPU seconds where they are known. */
  readonly timesWasm: number | undefined;
  /** Most memory in use, Node and key included. */
  readonly peakMiB: number | undefined;
  /** With as many at a time as there are cores: 1, 2 and so on. */
  readonly proofsPerSecond: readonly number[];
}

export interface BackendReport {
  readonly machine: { readonly cpu: string | undefined; readonly cores: number; readonly node: string };
  readonly profile: string;
  readonly rounds: number;
  readonly figures: readonly BackendFigures[];
}
