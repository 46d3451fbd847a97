import { parentPort, workerData } from "node:worker_threads";
import { MarginproofError } from "../../errors.js";
import { LiveShard } from "./shard.js";
import type { ShardAnswer, ShardRequest, ShardStart } from "./shardThread.js";

/** Thread of one shard of the live book. */
const { terms, clearBp } = workerData as ShardStart;
const shard = new LiveShard(terms, clearBp);

parentPort!.on("message", ({ name, args }: ShardRequest) => {
  parentPort!.postMessage(answer(name, args));
});

function answer(name: ShardRequest["name"], args: readonly unknown[]): ShardAnswer {
  try {
    return { value: (shard[name] as (...own: unknown[]) => unknown)(...args) };
  } catch (error) {
    // Anything else is a fault of the program, and ends the thread: what it knows may be half changed.
    if (!(error instanceof MarginproofError)) throw error;
    return { code: error.code, message: error.message, hint: error.options.hint };
  }
}
