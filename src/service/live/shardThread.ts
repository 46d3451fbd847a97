import { Worker } from "node:worker_threads";
import { MarginproofError } from "../../errors.js";
import { workerFile } from "../../files/workerFile.js";
import type { LiveShard, LiveTerms } from "./shard.js";

type Calls = Pick<
  LiveShard,
  | "load"
  | "tick"
  | "stage"
  | "unstage"
  | "replace"
  | "prepare"
  | "commit"
  | "discard"
  | "accountsOf"
  | "portfolio"
  | "page"
  | "portfolios"
  | "counts"
>;
export type CallName = keyof Calls;

/** What a shard's thread starts with. */
export interface ShardStart {
  readonly terms: LiveTerms;
  readonly clearBp: bigint;
}

export interface ShardRequest {
  readonly name: CallName;
  readonly args: readonly unknown[];
}

export type ShardAnswer =
  | { readonly value: unknown }
  | { readonly code: string; readonly message: string; readonly hint: string | undefined };

/** A shard in a thread of its own. It answers in the order in which it is asked. */
export class ShardThread {
  readonly #thread: Worker;
  readonly #waiting: { resolve(value: unknown): void; reject(error: Error): void }[] = [];
  #ended: Error | undefined;
  #told = false;

  /** @param onEnd called once if the thread ends by itself: what it knew is gone */
  constructor(start: ShardStart, onEnd: () => void) {
    this.#thread = new Worker(workerFile(import.meta.url, "shardWorker"), { workerData: start });
    this.#thread.on("message", (answer: ShardAnswer) => {
      const asked = this.#waiting.shift()!;
      if ("value" in answer) asked.resolve(answer.value);
      else asked.reject(failure(answer));
    });
    const end = (error: Error): void => {
      // Before whoever waits for an answer hears of it, and asks for more of a book half of which is gone.
      if (!this.#told) onEnd();
      this.#told = true;
      this.#end(error);
    };
    this.#thread.on("error", end);
    this.#thread.on("exit", () => end(new Error("a thread of the live book ended")));
  }

  call<K extends CallName>(name: K, ...args: Parameters<Calls[K]>): Promise<ReturnType<Calls[K]>> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      this.#waiting.push({ resolve: resolve as (value: unknown) => void, reject });
      this.#thread.postMessage({ name, args } satisfies ShardRequest);
    });
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}

function failure({ code, message, hint }: Exclude<ShardAnswer, { value: unknown }>): MarginproofError {
  return new MarginproofError(code, message, { kind: "usage", ...(hint === undefined ? {} : { hint }) });
}
