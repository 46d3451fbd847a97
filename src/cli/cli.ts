import type { Command } from "commander";
import { reportError } from "./errors.js";
import type { Terminal } from "./terminal.js";

/** What every command gets: where to write, and how it ends. */
export interface Cli {
  readonly terminal: Terminal;
  exitCode: number;
}

/** Adds one command to the program. */
export type AddCommand = (program: Command, cli: Cli) => void;

/** Runs a command's body and turns its outcome into the exit code. */
export async function finish(
  cli: Cli,
  json: boolean | undefined,
  body: () => Promise<number>,
): Promise<void> {
  try {
    cli.exitCode = await body();
  } catch (error) {
    cli.exitCode = reportError(error, cli.terminal, json);
  }
}
