import { once } from "node:events";
import { parentPort, Worker } from "node:worker_threads";
import { MarginproofError } from "../../errors.js";

/** What a thread answers, once. */
type Answer<T> = { readonly found: T } | { readonly code: string; readonly message: string };

/**
 * What is found out in a thread of its own: it takes long without a pause, and this one has heartbeats to send and requests to answer.
 * @param file of the thread, which ends with `answerWith`
 * @param signal ends it before it has answered
 * @throws MarginproofError as the work there; UNEXPECTED when the thread ends without an answer
 */
export async function inThread<T>(file: URL, workerData: object, signal?: AbortSignal): Promise<T> {
  const thread = new Worker(file, { workerData });
  try {
    const options = signal === undefined ? {} : { signal };
    const ended = once(thread, "exit", options).then(([code]): never => {
      throw new MarginproofError("UNEXPECTED", `a thread ended with ${code} and no answer`, { kind: "io" });
    });
    const [answer] = (await Promise.race([once(thread, "message", options), ended])) as [Answer<T>];
    if ("found" in answer) return answer.found;
    throw new MarginproofError(answer.code, answer.message, { kind: "io" });
  } finally {
    await thread.terminate();
  }
}

/** In the thread: hands over what the work finds, or what is in its way. */
export async function answerWith<T>(work: () => Promise<T>): Promise<void> {
  const answer = await work().then(
    (found): Answer<T> => ({ found }),
    (error: Error): Answer<T> => ({
      code: error instanceof MarginproofError ? error.code : "UNEXPECTED",
      message: error.message,
    }),
  );
  parentPort?.postMessage(answer);
}
