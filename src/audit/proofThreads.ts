import { Worker } from "node:worker_threads";
import { workerFile } from "../files/workerFile.js";
import type { ProofStatement } from "../verifier/stepSource.js";

/** What a thread is asked: do all of these steps' proofs hold? */
export interface ProofsAsked {
  /** Number of the first line, from 1 on. */
  readonly first: number;
  /** Lines of `steps.ndjson`. */
  readonly lines: readonly string[];
  /** Per line, what its proof must be a proof of; keys by their digest. */
  readonly statements: readonly { readonly key: string; readonly signals: readonly bigint[] }[];
}

/** Threads that check proofs. Their yes counts; for what they do not say yes to, ask the ordinary verifier. */
export class ProofThreads {
  /** How many proofs hold, of those that were answered for. */
  held = 0;
  private asked = 0;
  private turn = 0;
  private lost = false;
  private readonly threads: Worker[];
  private readonly waiting: (() => void)[] = [];
  private open = 0;

  /** @param keys a bundle's verifying keys, by digest, as it gives them */
  constructor(count: number, keys: unknown) {
    this.threads = Array.from({ length: count }, () => {
      const thread = new Worker(workerFile(import.meta.url, "proofWorker"), { workerData: keys });
      thread.on("message", (held: number) => this.answered(held));
      thread.on("error", () => this.lose());
      thread.on("exit", () => this.lose());
      return thread;
    });
  }

  /** One of the threads will look at these. */
  ask(lines: readonly (readonly [string, ProofStatement])[]): void {
    const question: ProofsAsked = {
      first: this.asked + 1,
      lines: lines.map(([line]) => line),
      statements: lines.map(([, { vk, signals }]) => ({ key: vk.digestHex, signals })),
    };
    this.asked += lines.length;
    this.threads[this.turn++ % this.threads.length]!.postMessage(question);
    this.open++;
  }

  /** Until at most this many questions are open, or no answer can come any more. */
  async fewer(most: number): Promise<void> {
    while (this.open > most && !this.lost) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.terminate()));
  }

  private answered(held: number): void {
    this.held += held;
    this.open--;
    this.wake();
  }

  private lose(): void {
    this.lost = true;
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
