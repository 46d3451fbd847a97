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

/**
 * Runs measure.ts in a child node process with a bounded heap. Rejects if it runs out of memory.
 * @param mapping the mapping file, where `file` is the folder of an export
 */
export async function measure(
  file: string,
  scratch: string,
  heapMegabytes: number,
  mapping?: string,
): Promise<Measurement> {
  const outfile = `${scratch}/measure.mjs`;
  await build({
    entryPoints: [fileURLToPath(new URL("measure.ts", import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
    // The YAML parser is CommonJS, and asks for modules of Node's.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  const args = [
    `--max-old-space-size=${heapMegabytes}`,
    outfile,
    file,
    scratch,
    ...(mapping === undefined ? [] : [mapping]),
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Measurement;
}
