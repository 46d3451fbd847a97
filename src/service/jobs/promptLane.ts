import { performance } from "node:perf_hooks";
import { errorName } from "../queue.js";
import { readEpoch } from "../store/epochs.js";
import { Turns } from "../turns.js";
import { tryWork } from "./beginWork.js";
import type { WorkerContext } from "./workerContext.js";

/** Seconds that the queue leaves a prompt epoch to its lane: longer than one takes, also cold and on a busy machine. */
export const PROMPT_SECONDS = 30;

/**
 * Proves small epochs in this process as soon as they came in, one after the other, from keys and circuits that stay in memory. It does the
 * queue's own jobs without waiting for them; they come due later, find all of it done, or do what this process did not live to.
 */
export class PromptLane {
  readonly #turns = new Turns();
  #ended = false;

  /** @param context with an engine of its own, so that no other epoch's step is in the way */
  constructor(private readonly context: Omit<WorkerContext, "delay">) {}

  /** Begins as soon as those before are done. What fails is left to the queue. */
  prove(epoch: string): void {
    void this.#turns
      .take(() => this.#prove(epoch))
      .catch((error: unknown) =>
        this.context.log.warn("left to the queue", { epoch, problem: errorName(error) }),
      );
  }

  /** Takes no more, and waits for the one in hand: the others are left to the queue. */
  end(): Promise<void> {
    this.#ended = true;
    return this.#turns.take(async () => {});
  }

  async #prove(epoch: string): Promise<void> {
    if (this.#ended) return;
    const times = [performance.now()];
    const done = (): void => void times.push(performance.now());
    const own: WorkerContext = { ...this.context, delay: PROMPT_SECONDS };
    const { signal } = new AbortController();
    await tryWork(own, "commit", { epoch, work: "commit" }, signal);
    done();
    const { steps } = await readEpoch(own.database, epoch);
    await Promise.all(
      Array.from({ length: steps ?? 0 }, (_, step) =>
        tryWork(own, "step", { epoch, step, work: "step" }, signal),
      ),
    );
    done();
    if (steps === null) return;
    await tryWork(own, "finish", { epoch, work: "finish" }, signal);
    done();
    const [commit, prove, finish] = times.slice(1).map((time, k) => (time - times[k]!) / 1000);
    own.log.info("proved at once", { epoch, steps, commit, prove, finish });
  }
}
