import { MarginproofError } from "../errors.js";
import type { WorkerMessage, WorkerOutcome, WorkerRequest } from "./messages.js";

/** How a verification off the main thread is run. */
export interface WorkerOptions {
  /**
   * A worker of your own, made of `marginproof/verifier/worker`, for this verification alone. Default: one of the file beside this one, which bundlers that
   * know `new URL(..., import.meta.url)` (Vite, webpack, Rollup, Parcel) find; with esbuild, bundle the worker and give it here.
   */
  readonly worker?: Worker;
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the worker. */
  readonly signal?: AbortSignal;
}

/** A worker answers whoever listens: asked twice at once, it would give one holder what was found of another. */
const taken = new WeakSet<Worker>();

/**
 * `verify`, and `checkAccount` if there is somebody to look up, in a worker: the page stays as responsive as it was. The worker
 * repeats signed prices, and is ended when it is done.
 *
 * @throws MarginproofError as `verify`; WORKER_FAILED when the worker does not start, or was given before
 * @throws the signal's reason, when it is aborted
 *
 * @example
 * import { verifyInWorker } from "marginproof/verifier";
 *
 * export function counted(request: Parameters<typeof verifyInWorker>[0], bar: HTMLProgressElement) {
 *   const onProgress = (done: number, total: number) => Object.assign(bar, { value: done, max: total });
 *   return verifyInWorker(request, { onProgress, signal: AbortSignal.timeout(600_000) });
 * }
 */
export function verifyInWorker(request: WorkerRequest, options: WorkerOptions = {}): Promise<WorkerOutcome> {
  const { signal, onProgress } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  const worker = options.worker ?? new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  if (taken.has(worker))
    return Promise.reject(failed("it was given to another verification", "Give each a worker of its own."));
  taken.add(worker);
  return new Promise<WorkerOutcome>((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    worker.addEventListener("message", ({ data }: MessageEvent<WorkerMessage>) => {
      if (data.type === "progress") onProgress?.(data.done, data.total);
      else if (data.type === "outcome") resolve(data.outcome);
      else reject(asError(data));
    });
    worker.addEventListener("error", ({ message }) => reject(failed(message)));
    worker.addEventListener("messageerror", () => reject(failed("a message could not be read")));
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}

function asError({ code, message, hint }: WorkerMessage & { readonly type: "error" }): MarginproofError {
  return new MarginproofError(code, message, { kind: "usage", ...(hint === undefined ? {} : { hint }) });
}

function failed(
  why: string | undefined,
  hint = "Bundle marginproof/verifier/worker, and give the worker made of it as the option worker.",
): MarginproofError {
  return new MarginproofError(
    "WORKER_FAILED",
    `the verifier's worker failed: ${why ?? "it could not be loaded"}`,
    { kind: "io", hint },
  );
}
