import { spawnSync } from "node:child_process";
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
