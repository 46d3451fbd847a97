import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { workerFile } from "../../files/workerFile.js";
import type { Group } from "./fixedBase.js";

const CHUNK = 4096;

/** Fixed-base multiplication spread over threads. Results do not depend on how many there are. */
export class FixedBasePool {
  private readonly workers: readonly Worker[];

  constructor(threads = availableParallelism()) {
    const file = workerFile(import.meta.url, "fixedBaseWorker");
    this.workers = Array.from({ length: threads }, () => new Worker(file));
  }

  /**
   * @param scalars standard form, 32 little-endian bytes each
   * @param onChunk called after each finished chunk with its number of scalars
   * @returns affine points in order, in parts
   */
  async multiply(
    group: Group,
    scalars: Uint8Array,
    onChunk: (scalars: number) => void,
  ): Promise<Uint8Array[]> {
    const count = scalars.length / 32;
    const parts: Uint8Array[] = new Array(Math.ceil(count / CHUNK));
    let next = 0;
    const drain = async (worker: Worker) => {
      while (next < parts.length) {
        const part = next++;
        const chunk = scalars.slice(32 * CHUNK * part, 32 * CHUNK * (part + 1));
        parts[part] = await ask(worker, { group, scalars: chunk });
        onChunk(chunk.length / 32);
      }
    };
    await Promise.all(this.workers.map(drain));
    return parts;
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}

function ask(worker: Worker, task: { group: Group; scalars: Uint8Array }): Promise<Uint8Array> {
  return new Promise((done, fail) => {
    const settle = () => {
      worker.off("message", onMessage);
      worker.off("error", onError);
      worker.off("exit", onExit);
    };
    const onMessage = (points: Uint8Array) => {
      settle();
      done(points);
    };
    const onError = (error: unknown) => {
      settle();
      fail(error);
    };
    const onExit = (code: number) => onError(new Error(`setup thread ended with code ${code}`));
    worker.once("message", onMessage);
    worker.once("error", onError);
    worker.once("exit", onExit);
    worker.postMessage(task);
  });
}
