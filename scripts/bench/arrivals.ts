import { Agent, request } from "node:http";

export interface Waits {
  /** Milliseconds from when a request was due until its answer was read whole, in order. */
  readonly waited: readonly number[];
  /** Answers other than 200, and requests without one. */
  readonly failed: number;
}

/**
 * Asks for files as holders come: each by itself, at random moments with a rate on average (a Poisson process), whether or not those before
 * have their answer. So a server that falls behind is seen to.
 * @param rate a second
 * @param next headers of the next request
 * @returns what ends it, after the last answer
 */
export function arrivals(
  url: string,
  rate: number,
  next: () => Record<string, string>,
): () => Promise<Waits> {
  const agent = new Agent({ keepAlive: true });
  const waited: number[] = [];
  const open = new Set<Promise<void>>();
  let failed = 0;
  const one = async (due: number): Promise<void> => {
    const status = await fetched(url, agent, next()).catch(() => 0);
    waited.push(performance.now() - due);
    if (status !== 200) failed++;
  };
  let due = performance.now();
  const tick = (): void => {
    for (; due <= performance.now(); due += (-Math.log(1 - Math.random()) * 1000) / rate) {
      const asked = one(due).finally(() => open.delete(asked));
      open.add(asked);
    }
  };
  const timer = setInterval(tick, 1);
  return async () => {
    clearInterval(timer);
    await Promise.all(open);
    agent.destroy();
    return { waited: waited.sort((a, b) => a - b), failed };
  };
}

/** @returns its status, once the whole answer is read */
function fetched(url: string, agent: Agent, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, headers, timeout: 60_000 }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer.statusCode!));
      answer.once("error", reject);
    });
    asked.once("error", reject);
    asked.once("timeout", () => asked.destroy(new Error("timeout")));
    asked.end();
  });
}
