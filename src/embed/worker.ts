/** A module worker: import it as `new Worker(new URL(...), { type: "module" })`, and give it to `verifyInWorker`. */
import { MarginproofError } from "../errors.js";
import { signedPrices } from "../verifier/verifyEpoch.js";
import { withJudgedBy } from "../verifier/withJudgedBy.js";
import { epochNameOf } from "./epochName.js";
import type { WorkerMessage, WorkerRequest } from "./messages.js";
import { checkAccount, verify } from "./verify.js";

export type { WorkerMessage, WorkerOutcome, WorkerRequest } from "./messages.js";

const post = (message: WorkerMessage): void => globalThis.postMessage(message);

globalThis.addEventListener("message", ({ data }: MessageEvent<WorkerRequest>) => {
  work(data).catch((error: unknown) => post(described(error)));
});

async function work({ texts, options, opening }: WorkerRequest): Promise<void> {
  const onProgress = (done: number, total: number): void => post({ type: "progress", done, total });
  const bundle = await verify(texts, { ...options, prices: signedPrices, judge: withJudgedBy, onProgress });
  const { verdict } = bundle;
  const account = opening === undefined ? undefined : checkAccount(opening.file, bundle, opening.account);
  post({
    type: "outcome",
    outcome: { ...epochNameOf(bundle), verdict, ...(account === undefined ? {} : { account }) },
  });
}

function described(error: unknown): WorkerMessage {
  if (!(error instanceof MarginproofError))
    return {
      type: "error",
      code: "UNEXPECTED",
      message: error instanceof Error ? error.message : String(error),
    };
  const { code, message, options } = error;
  return { type: "error", code, message, ...(options.hint === undefined ? {} : { hint: options.hint }) };
}
