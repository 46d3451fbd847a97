import { workerData } from "node:worker_threads";
import { silentProgress } from "../../files/progress.js";
import { verifyOwn } from "../../prover/verifyOwn.js";
import { answerWith } from "./inThread.js";
import type { VerifyRequest } from "./verifyInThread.js";
import { KeyShelf } from "./workerContext.js";

/** Thread in which the verifier looks at a finished bundle. */
await answerWith(async () => {
  const { folder, keysDir, profile } = workerData as VerifyRequest;
  return verifyOwn(folder, await new KeyShelf(keysDir).of(profile), silentProgress);
});
