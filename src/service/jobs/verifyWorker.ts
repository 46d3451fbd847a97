import { parentPort, workerData } from "node:worker_threads";
import { MarginproofError } from "../../errors.js";
import { silentProgress } from "../../files/progress.js";
import { verifyOwn } from "../../prover/verifyOwn.js";
import type { VerifyAnswer, VerifyRequest } from "./verifyInThread.js";
import { KeyShelf } from "./workerContext.js";

/** Thread in which the verifier looks at a finished bundle. */
async function answer({ folder, keysDir, profile }: VerifyRequest): Promise<VerifyAnswer> {
  try {
    const keys = await new KeyShelf(keysDir).of(profile);
    return { verdict: await verifyOwn(folder, keys, silentProgress) };
  } catch (error) {
    const code = error instanceof MarginproofError ? error.code : "UNEXPECTED";
    return { code, message: (error as Error).message };
  }
}

parentPort?.postMessage(await answer(workerData as VerifyRequest));
