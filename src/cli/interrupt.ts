import type { Terminal } from "./terminal.js";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives the signals their usual meaning back. */
  release(): void;
}

/**
 * The first Ctrl-C (or SIGTERM) asks for a clean stop. The next one, with the handlers gone, ends the process as
 * it would any other: every file is written whole, so even that costs only the proofs in hand.
 */
export function onInterrupt(terminal: Terminal, message: string): Interrupt {
  const controller = new AbortController();
  const release = (): void => {
    for (const name of SIGNALS) process.off(name, stop);
  };
  const stop = (): void => {
    release();
    terminal.err(`\n${message}\n`);
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, stop);
  return { signal: controller.signal, release };
}
