import { PgBoss } from "pg-boss";
import type { Log } from "./log.js";
import { asQueueDatabase, type ServiceDatabase, type Sql } from "./store/sql.js";

/** Kinds of work, each a queue. `lost` is where a job goes whose every try ended badly. */
export type Work = "commit" | "step" | "finish" | "doctor";
export type QueueName = Work | "lost";

/** All that a message says: private data is in the database, sealed, and on no message. */
export interface WorkItem {
  /** Id of the epoch. */
  readonly epoch: string;
  readonly step?: number;
  /** Of doctor: which of the accounts that came in. */
  readonly upload?: string;
  /** Of doctor: when somebody asked. */
  readonly asked?: string;
  /** Of a lost job: what it was. */
  readonly work: Work;
}

const RETRIES = 4;
/** The lease: who is silent for so long has lost the job to the next worker. Less, and a busy machine loses work that it is doing. */
const HEARTBEAT_SECONDS = 30;
const HOURS = 3600;

const SETTINGS: Readonly<Record<Work, { readonly expireInSeconds: number }>> = {
  commit: { expireInSeconds: 12 * HOURS },
  step: { expireInSeconds: HOURS },
  finish: { expireInSeconds: 12 * HOURS },
  doctor: { expireInSeconds: 12 * HOURS },
};

/** The queue on the service's database; it makes its own tables in a schema of its own, and brings them up to date. */
export async function startQueue(database: ServiceDatabase, log: Log): Promise<PgBoss> {
  const boss = new PgBoss({
    ...database.queue,
    schema: "marginproof_queue",
    schedule: false,
    superviseIntervalSeconds: 2,
    monitorIntervalSeconds: 2,
  });
  // A database that is away for a while: the queue asks again by itself.
  boss.on("error", (error) => log.warn("queue", { code: "QUEUE", problem: errorName(error) }));
  await boss.start();
  await boss.createQueue("lost", { retryLimit: 1000, retryDelay: 5 });
  for (const [name, { expireInSeconds }] of Object.entries(SETTINGS)) {
    const options = { retryLimit: RETRIES, retryDelay: 1, retryBackoff: true, retryDelayMax: 300 };
    await boss.createQueue(name, {
      ...{ ...options, expireInSeconds, deadLetter: "lost" },
      heartbeatSeconds: HEARTBEAT_SECONDS,
      // A year: an epoch that nobody works on waits, and is not dropped.
      retentionSeconds: 365 * 24 * HOURS,
    });
  }
  return boss;
}

/**
 * Queues work as a part of a transaction: it is queued exactly if the rest is done.
 * @param delay seconds before anybody takes it: of whoever does it at once, and wants it done if they die
 */
export async function sendWork(boss: PgBoss, sql: Sql, items: readonly WorkItem[], delay = 0): Promise<void> {
  const [first] = items;
  if (first === undefined) return;
  await boss.insert(
    first.work,
    items.map((data) => ({ data, startAfter: delay })),
    { db: asQueueDatabase(sql) },
  );
}

/** An error's name and code: its message may hold what a statement was given. */
export function errorName(error: unknown): string {
  const { name, code } = error as { name?: string; code?: string };
  return code === undefined ? String(name) : `${name} ${code}`;
}
