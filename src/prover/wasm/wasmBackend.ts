import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { MarginproofError } from "../../errors.js";
import { workerFile } from "../../files/workerFile.js";
import type { ProofJob, ProofResult, ProverBackend } from "../backend.js";
import type { WorkerAnswer } from "./wasmWorker.js";

interface Pending {
  readonly job: ProofJob;
  readonly done: (result: ProofResult) => void;
  readonly fail: (error: MarginproofError) => void;
}

/**
 * Proves in WebAssembly on worker threads, a whole proof per thread: with more proofs than cores that keeps
 * every core busy, which spreading one proof over threads does not. Idle workers do not keep the process alive.
 *
 * @param options.workers threads, one per available core unless given
 */
export function createWasmBackend(options: { readonly workers?: number } = {}): ProverBackend {
  const size = options.workers ?? availableParallelism();
  if (!Number.isInteger(size) || size < 1) throw new RangeError("workers must be a positive integer");
  return new WasmBackend(size);
}

class WasmBackend implements ProverBackend {
  private readonly queue: Pending[] = [];
  private readonly idle: Worker[] = [];
  private readonly busy = new Map<Worker, Pending>();
  private closed = false;

  constructor(private readonly size: number) {}

  prove(job: ProofJob): Promise<ProofResult> {
    return new Promise((done, fail) => {
      if (this.closed) {
        fail(closedError());
        return;
      }
      this.queue.push({ job, done, fail });
      this.assign();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    const workers = [...this.idle.splice(0), ...this.busy.keys()];
    for (const { fail } of [...this.queue.splice(0), ...this.busy.values()]) fail(closedError());
    this.busy.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  private assign(): void {
    while (this.queue.length > 0 && this.busy.size < this.size) {
      const worker = this.idle.pop() ?? this.start();
      const pending = this.queue.shift()!;
      this.busy.set(worker, pending);
      worker.ref();
      worker.postMessage(pending.job);
    }
  }

  private start(): Worker {
    const worker = new Worker(workerFile(import.meta.url, "wasmWorker"));
    worker.on("message", (answer: WorkerAnswer) => {
      const pending = this.take(worker);
      if (pending === undefined) return;
      worker.unref();
      this.idle.push(worker);
      if ("result" in answer) pending.done(answer.result);
      else pending.fail(answer.code === undefined ? crash(answer.message) : revive(answer, answer.code));
      this.assign();
    });
    worker.on("error", (error) => this.lose(worker, String(error)));
    worker.on("exit", (code) => this.lose(worker, `the worker ended with code ${code}`));
    return worker;
  }

  private lose(worker: Worker, reason: string): void {
    const at = this.idle.indexOf(worker);
    if (at >= 0) this.idle.splice(at, 1);
    this.take(worker)?.fail(crash(reason));
    if (!this.closed) this.assign();
  }

  private take(worker: Worker): Pending | undefined {
    const pending = this.busy.get(worker);
    this.busy.delete(worker);
    return pending;
  }
}

function revive(answer: Exclude<WorkerAnswer, { result: ProofResult }>, code: string): MarginproofError {
  return new MarginproofError(code, answer.message, {
    ...(answer.hint === undefined ? {} : { hint: answer.hint }),
    ...(answer.kind === undefined ? {} : { kind: answer.kind }),
  });
}

function crash(reason: string): MarginproofError {
  return new MarginproofError("PROVER_CRASHED", `a prover worker failed: ${reason}`, {
    hint: "Free memory or use fewer workers, then resume; finished proofs are kept.",
    kind: "io",
  });
}

function closedError(): MarginproofError {
  return new MarginproofError("PROVER_CLOSED", "the prover was closed before the proof was made", {
    hint: "Resume to make the missing proofs.",
    kind: "io",
  });
}
