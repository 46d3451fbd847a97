import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { MarginproofError } from "../../errors.js";
import { workerFile } from "../../files/workerFile.js";
import type { Verdict } from "../../verifier/verdict.js";

/** What the thread is given. */
export interface VerifyRequest {
  readonly folder: string;
  readonly keysDir: string;
  readonly profile: string;
}

/** What it answers. */
export type VerifyAnswer =
  | { readonly verdict: Verdict }
  | { readonly code: string; readonly message: string };

/**
 * What the verifier says of a bundle, found out in a thread of its own: it takes long without a pause, and this one has heartbeats to send
 * and requests to answer.
 * @throws MarginproofError as `readBundle` and `loadKeySet`
 */
export async function verifyInThread(folder: string, keysDir: string, profile: string): Promise<Verdict> {
  const workerData: VerifyRequest = { folder, keysDir, profile };
  const thread = new Worker(workerFile(import.meta.url, "verifyWorker"), { workerData });
  try {
    const [answer] = (await once(thread, "message")) as [VerifyAnswer];
    if ("verdict" in answer) return answer.verdict;
    throw new MarginproofError(answer.code, answer.message, { kind: "io" });
  } finally {
    await thread.terminate();
  }
}
