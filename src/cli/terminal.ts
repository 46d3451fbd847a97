/** Where a command writes. Results go to `out`, everything about the work itself to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** `err` is a screen: a line can be drawn over itself. */
  readonly errIsScreen: boolean;
}

/** The process's own streams. A reader that went away (`| head`) is no error. */
export function processTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(text),
    errIsScreen: process.stderr.isTTY === true,
  };
}

/** Resolves once everything written to stdout has left the process. */
export function drained(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write("", () => resolve());
  });
}
