import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../build/dist/cli/main.js", import.meta.url));

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built command line in a process of its own. */
export function run(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Run {
  const { MARGINPROOF_DEBUG: _, ...env } = process.env;
  const result = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: "utf8",
    cwd: options.cwd,
    env: { ...env, ...options.env },
  });
  return { code: result.status, out: result.stdout, err: result.stderr };
}

/** The same, while this process goes on: it has a server to listen to. */
export function runMeanwhile(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Run> {
  const { MARGINPROOF_DEBUG: _, ...env } = process.env;
  const settings = { maxBuffer: 1 << 26, ...options, env: { ...env, ...options.env } };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], settings, (_error, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
  });
}
