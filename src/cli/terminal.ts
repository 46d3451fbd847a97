/** Where a command writes. Results go to `out`, everything about the work itself to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** `err` is a screen: a line can be drawn over itself. */
  readonly errIsScreen: boolean;
}

export interface ProcessTerminal extends Terminal {
  /** Resolves once everything written has left the process, with the error if not all of the results could. */
  drained(): Promise<NodeJS.ErrnoException | undefined>;
}

/** The process's own streams. What can't be shown on stderr is lost; that results are lost is for `drained` to say. */
export function processTerminal(): ProcessTerminal {
  let lost: NodeJS.ErrnoException | undefined;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    lost ??= error;
  });
  process.stderr.on("error", () => {});
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(text),
    errIsScreen: process.stderr.isTTY === true,
    async drained() {
      // A failing stream says so before or right after its callback.
      await new Promise<void>((resolve) => process.stdout.write("", () => setImmediate(resolve)));
      await new Promise<void>((resolve) => process.stderr.write("", () => resolve()));
      return lost;
    },
  };
}
