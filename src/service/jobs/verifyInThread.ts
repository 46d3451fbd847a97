import { workerFile } from "../../files/workerFile.js";
import type { Verdict } from "../../verifier/verdict.js";
import { inThread } from "./inThread.js";

/** What the thread is given. */
export interface VerifyRequest {
  readonly folder: string;
  readonly keysDir: string;
  readonly profile: string;
}

/** What the verifier says of a bundle. @throws MarginproofError as `readBundle` and `loadKeySet` */
export function verifyInThread(folder: string, keysDir: string, profile: string): Promise<Verdict> {
  const request: VerifyRequest = { folder, keysDir, profile };
  return inThread(workerFile(import.meta.url, "verifyWorker"), request);
}
