import { relative } from "node:path";
import { runCli } from "../program.js";
import { processTerminal } from "../terminal.js";

/** The demo's own voice, and the commands it runs. Any surprise ends the demo with a failure. */
export class Stage {
  private readonly terminal = processTerminal();
  private step = 0;

  say(text: string): void {
    this.terminal.out(text);
  }

  /** A numbered step: what it shows, and how long it took. */
  async act(what: string, body: () => Promise<void>): Promise<void> {
    this.say(`\n=== ${++this.step}. ${what}`);
    const start = performance.now();
    await body();
    this.say(`--- took ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }

  /** Runs a command as a user would, and insists on its exit code. */
  async command(expected: number, ...args: readonly string[]): Promise<void> {
    const shown = args.map((arg) => (arg.startsWith("/") ? relative(process.cwd(), arg) || "." : arg));
    this.say(`$ marginproof ${shown.join(" ")}\n`);
    const code = await runCli(args, this.terminal);
    if (code !== expected)
      throw new DemoFailure(`marginproof ${args[0]} ended with ${code} instead of ${expected}`);
  }

  /** Tries a cheat, and insists that it is refused for the right reason. */
  async refused(
    code: string,
    attempt: string,
    why: string,
    trial: () => Promise<string | undefined>,
  ): Promise<void> {
    const found = await trial();
    if (found !== code) {
      throw new DemoFailure(`"${attempt}" should be refused with ${code}, but ${found ?? "it was ACCEPTED"}`);
    }
    this.say(`  refused  ${code.padEnd(16)} ${attempt}\n${" ".repeat(28)}${why}`);
  }
}

/** Something did not go as the demo says it does. */
export class DemoFailure extends Error {}
