import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { TEST_KEYS } from "../support/circuit.js";

const MAIN = fileURLToPath(new URL("../../build/dist/cli/main.js", import.meta.url));

export interface LogLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** A process of the service, as the command line starts it. */
export class ServiceProcess {
  /** All that it wrote, on stdout and stderr. */
  text = "";
  readonly lines: LogLine[] = [];
  readonly #child: ChildProcess;
  #wake: (() => void)[] = [];

  constructor(
    command: "serve" | "worker",
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.#child = spawn(process.execPath, [MAIN, command, "--keys", TEST_KEYS, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => {
      this.text += `${line}\n`;
      this.lines.push(JSON.parse(line) as LogLine);
      for (const wake of this.#wake.splice(0)) wake();
    });
    this.#child.stderr!.on("data", (chunk: Buffer) => {
      this.text += chunk.toString();
    });
    this.#child.once("exit", () => {
      for (const wake of this.#wake.splice(0)) wake();
    });
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The first log line that fits, of those already written and those to come. */
  async line(fits: (line: LogLine) => boolean): Promise<LogLine> {
    for (;;) {
      const found = this.lines.find(fits);
      if (found !== undefined) return found;
      if (this.#ended) throw new Error(`the process ended: ${this.text}`);
      await new Promise<void>((wake) => this.#wake.push(wake));
    }
  }

  async url(): Promise<string> {
    return String((await this.line(({ event }) => event === "serving")).url);
  }

  /** Stands still, as on a machine that has no time for it, until it goes on. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  goOn(): void {
    this.#child.kill("SIGCONT");
  }

  /** @returns its exit code, or the signal that ended it */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<number | string | null> {
    if (!this.#ended) {
      const exit = once(this.#child, "close");
      this.#child.kill(signal);
      await exit;
    }
    return this.#child.exitCode ?? this.#child.signalCode;
  }
}
