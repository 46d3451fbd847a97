import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";

export interface Measurement {
  readonly rows: number;
  readonly accounts: number;
  /** Sum of all holdings, decimal text. */
  readonly steps: string;
  readonly readSeconds: number;
  readonly totalSeconds: number;
  readonly peakRssMegabytes: number;
}

/** Runs measure.ts in a child node process with a bounded heap. Rejects if it runs out of memory. */
export async function measure(file: string, scratch: string, heapMegabytes: number): Promise<Measurement> {
  const outfile = `${scratch}/measure.mjs`;
  await build({
    entryPoints: [fileURLToPath(new URL("measure.ts", import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
  });
  const args = [`--max-old-space-size=${heapMegabytes}`, outfile, file, scratch];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Measurement;
}
