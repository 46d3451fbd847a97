import { MarginproofError } from "../../errors.js";
import { errorName, type QueueName, type Work, type WorkItem } from "../queue.js";
import { type Ask, giveUpDiagnosis, noteDiagnosisProblem } from "../store/diagnosis.js";
import { moveEpoch, noteProblem } from "../store/epochs.js";
import { commitWork } from "./commitWork.js";
import { doctorWork } from "./doctorWork.js";
import { finishWork } from "./finishWork.js";
import { stepWork } from "./stepWork.js";
import type { WorkerContext } from "./workerContext.js";

/** What the queue knows of a job that failed: its error's code, and nothing that could name an account. */
class WorkFailed extends Error {
  override readonly name = "WorkFailed";
}

const askOf = ({ epoch, upload, asked }: WorkItem): Ask => ({ epoch, upload: upload!, asked: asked! });

/** Lets this process work on what is queued, until the queue is stopped. */
export async function beginWork(context: WorkerContext): Promise<void> {
  const concurrency: Readonly<Record<QueueName, number>> = {
    ...{ commit: 1, finish: 1, doctor: 1, lost: 1 },
    step: context.workers,
  };
  for (const [name, localConcurrency] of Object.entries(concurrency) as [QueueName, number][]) {
    await context.queue.work<WorkItem>(
      name,
      { localConcurrency, batchSize: 1, pollingIntervalSeconds: 0.5 },
      async ([job]) => {
        const signal = AbortSignal.any([job!.signal, context.stopping]);
        if (name === "lost") await setAside(context, job!.data);
        else await tryWork(context, name, job!.data, signal);
      },
    );
  }
}

/** Does a job, and notes what went wrong. @throws WorkFailed unless it is done, or can't be */
export async function tryWork(
  context: WorkerContext,
  work: Work,
  item: WorkItem,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (work === "commit") await commitWork(context, item.epoch, signal);
    else if (work === "finish") await finishWork(context, item.epoch);
    else if (work === "doctor") await doctorWork(context, askOf(item), signal);
    else await stepWork(context, item.epoch, item.step!);
  } catch (error) {
    const code =
      error instanceof MarginproofError ? error.code : signal.aborted ? "STOPPED" : errorName(error);
    context.log.warn("work failed", { work, epoch: item.epoch, step: item.step, code, worker: context.name });
    if (await isFinal(context, work, item, error, code)) return;
    throw new WorkFailed(code);
  }
}

/** Notes what went wrong. @returns whether trying again would only find the same */
async function isFinal(
  { database, secrets }: WorkerContext,
  work: Work,
  item: WorkItem,
  error: unknown,
  code: string,
): Promise<boolean> {
  const { epoch, step } = item;
  if (work === "step") {
    await database.query(
      "update marginproof.step set problem_code = $3 where epoch = $1 and step = $2 and proved is null",
      [epoch, step!, code],
    );
    return false;
  }
  if (work === "doctor") {
    await noteDiagnosisProblem(database, askOf(item), code);
    return false;
  }
  const told = error instanceof MarginproofError;
  await noteProblem(database, secrets.sealer, epoch, { code, message: told ? error.message : code });
  if (!told) return false;
  // What the exchange sent is at fault: it is no better the second time.
  if (work === "commit" && error.options.kind !== "io") {
    return moveEpoch(database, epoch, ["queued", "committing"], "failed");
  }
  return code === "SELF_CHECK" && moveEpoch(database, epoch, ["finishing"], "held");
}

/**
 * A job that failed at every try: its step is set aside by name, and its epoch is held until somebody says to go on. No epoch waits for
 * what doctor finds.
 */
async function setAside({ database, log }: WorkerContext, item: WorkItem): Promise<void> {
  const { work, epoch, step } = item;
  if (work === "doctor") {
    log.warn("set aside", { work, epoch });
    return giveUpDiagnosis(database, askOf(item));
  }
  if (step !== undefined) {
    const aside = await database.query(
      "update marginproof.step set set_aside = true where epoch = $1 and step = $2 and proved is null returning step",
      [epoch, step],
    );
    // Its proof came after all, by whoever was slow.
    if (aside.length === 0) return;
  }
  log.warn("set aside", { work, epoch, step });
  await moveEpoch(database, epoch, ["queued", "committing", "proving", "finishing"], "held");
}
