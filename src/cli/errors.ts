import { MarginproofError } from "../errors.js";
import { fileFault, isSystemError } from "../files/systemError.js";
import { visible } from "../report/visible.js";
import type { Terminal } from "./terminal.js";

/** 0 fine, 1 what was checked is not valid, 2 misuse or I/O, 130 interrupted. */
export const EXIT = { ok: 0, invalid: 1, misuse: 2, interrupted: 130 } as const;

/** Further lines are marked: what a hostile file puts into a message never stands as a line of its own. */
const lines = (text: string): string =>
  text
    .split("\n", 100)
    .map((line) => visible(line.slice(0, 1000)))
    .join("\n  | ");

/** Explains an error to its reader. @returns the exit code */
export function reportError(error: unknown, terminal: Terminal, json = false): number {
  if (process.env.MARGINPROOF_DEBUG === "1" && error instanceof Error) {
    terminal.err(`${error.stack ?? error.message}\n`);
  }
  if (error instanceof MarginproofError) {
    const { code, message, options } = error;
    if (json) terminal.out(errorJson(code, message, options.hint));
    terminal.err(`error ${code}: ${lines(message)}\n`);
    if (options.hint !== undefined) terminal.err(`  next: ${lines(options.hint)}\n`);
    return error.exitCode;
  }
  if (isSystemError(error)) {
    return reportError(fileFault(error.code ?? "", error.message, error), terminal, json);
  }
  const message = error instanceof Error ? error.message : String(error);
  if (json) terminal.out(errorJson("UNEXPECTED", message, undefined));
  terminal.err(`error UNEXPECTED: ${lines(message)}\n`);
  terminal.err("  next: set MARGINPROOF_DEBUG=1 and run the same command to see where it happened.\n");
  return EXIT.misuse;
}

/** What stands on stdout under --json when there is no result. */
export function errorJson(code: string, message: string, hint: string | undefined): string {
  return JSON.stringify({ format: "marginproof/error/1", code, message, hint: hint ?? null }, null, 2);
}
