import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Reply, Request } from "./worker.js";

/** A mutant that loops or eats memory ends its process: it was noticed. */
export type Answer = Reply | { readonly kind: "died"; readonly why: "time" | "error" };

const HEAP_MEGABYTES = 1500;

/** A process that runs tests on request, one request at a time; started again after a mutant has killed it. */
export class TestWorker {
  private child: ChildProcess | undefined;

  constructor(private readonly env: Readonly<Record<string, string>>) {}

  ask(request: Request): Promise<Answer> {
    const child = (this.child ??= this.start());
    return new Promise((resolve) => {
      const finish = (answer: Answer): void => {
        child.removeAllListeners("message").removeAllListeners("exit");
        if (answer.kind === "died") this.child = undefined;
        resolve(answer);
      };
      child.once("message", (reply) => finish(reply as Reply));
      child.once("exit", (_, signal) =>
        finish({ kind: "died", why: signal === "SIGKILL" ? "time" : "error" }),
      );
      child.send(request);
    });
  }

  /** Asks again, in a new process, when one ended in an error: that may have been left behind by the request before. */
  async try(request: Request): Promise<Answer> {
    const first = await this.ask(request);
    return first.kind === "died" && first.why === "error" ? this.ask(request) : first;
  }

  stop(): void {
    this.child?.kill("SIGKILL");
    this.child = undefined;
  }

  private start(): ChildProcess {
    return fork(fileURLToPath(new URL("./worker.js", import.meta.url)), [], {
      execArgv: [`--max-old-space-size=${HEAP_MEGABYTES}`, "--no-warnings"],
      env: { ...process.env, ...this.env },
      // What tests and mutants print is nobody's business here.
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
  }
}

/** Works a list off with several workers; an item is started when a worker is free. */
export async function withWorkers<T>(
  count: number,
  env: Readonly<Record<string, string>>,
  items: readonly T[],
  work: (worker: TestWorker, item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const workers = Array.from({ length: Math.min(count, items.length) }, () => new TestWorker(env));
  try {
    await Promise.all(
      workers.map(async (worker) => {
        while (next < items.length) await work(worker, items[next++]!);
      }),
    );
  } finally {
    for (const worker of workers) worker.stop();
  }
}
