import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { MarginproofError } from "../../errors.js";
import { workerFile } from "../../files/workerFile.js";
import type { ProofJob, ProofResult, ProverBackend, Witness } from "../backend.js";
import { witnessRefused } from "./witnessInput.js";
import type { RefusedTask, WorkerAnswer, WorkerTask } from "./workerTask.js";

interface Pending {
  readonly task: WorkerTask;
  /** Memory that is handed over with the task instead of copied. */
  readonly handedOver: readonly ArrayBuffer[];
  readonly done: (result: unknown) => void;
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
  /** Proofs are begun before witnesses: of those, which take memory, there are then no more than need be. */
  private readonly queues: Readonly<Record<WorkerTask["task"], Pending[]>> = { prove: [], witness: [] };
  private readonly usedUp = new WeakSet<ArrayBuffer>();
  private readonly idle: Worker[] = [];
  private readonly busy = new Map<Worker, Pending>();
  private closed = false;

  constructor(private readonly size: number) {}

  calculateWitness(job: ProofJob): Promise<Witness> {
    return this.enqueue({ task: "witness", job }) as Promise<Witness>;
  }

  prove(witness: Witness): Promise<ProofResult> {
    const { buffer } = witness.wires;
    if (this.usedUp.has(buffer)) return Promise.reject(witnessRefused("was used up by a proof before"));
    this.usedUp.add(buffer);
    return this.enqueue({ task: "prove", witness }, [buffer]) as Promise<ProofResult>;
  }

  async close(): Promise<void> {
    this.closed = true;
    const workers = [...this.idle.splice(0), ...this.busy.keys()];
    const queued = [...this.queues.prove.splice(0), ...this.queues.witness.splice(0)];
    for (const { fail } of [...queued, ...this.busy.values()]) fail(closedError());
    this.busy.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  private enqueue(task: WorkerTask, handedOver: readonly ArrayBuffer[] = []): Promise<unknown> {
    return new Promise((done, fail) => {
      if (this.closed) {
        fail(closedError());
        return;
      }
      this.queues[task.task].push({ task, handedOver, done, fail });
      this.assign();
    });
  }

  private assign(): void {
    while (this.busy.size < this.size) {
      const pending = this.queues.prove.shift() ?? this.queues.witness.shift();
      if (pending === undefined) return;
      const worker = this.idle.pop() ?? this.start();
      this.busy.set(worker, pending);
      worker.ref();
      worker.postMessage(pending.task, pending.handedOver);
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
      // Whoever waited for a witness has its proof begun on this worker, before another witness takes it.
      setImmediate(() => this.assign());
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

function revive({ message, hint, kind }: RefusedTask, code: string): MarginproofError {
  return new MarginproofError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(kind === undefined ? {} : { kind }),
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
