import type { EpochState } from "./store/epochs.js";
import type { Sql } from "./store/sql.js";

/** Proofs of an epoch that say how fast it goes: its last ones, so that a worker that came or went soon shows. */
const PACE_PROOFS = 50;

/** An epoch that is not at its end. */
export interface EpochProgress {
  readonly id: string;
  readonly exchange: string;
  readonly epoch: string;
  readonly state: EpochState;
  /** Steps counted so far: of an epoch that is committing there may be more. */
  readonly steps: number;
  readonly proved: number;
  readonly setAside: number;
  /** At the pace of its last proofs; null before there are two, and when nothing is left that anybody works on. */
  readonly secondsLeft: number | null;
  readonly created: string;
}

/** A process that proved steps within the last hour. */
export interface WorkerFigures {
  readonly name: string;
  readonly proved: number;
  /** Mean of these proofs. */
  readonly secondsEach: number;
  /** Since the last one. */
  readonly secondsAgo: number;
}

/** Epochs on their way, the first that came first. A proved one is, until it is published; one of one account alone never is. */
export async function epochsUnderWay(sql: Sql): Promise<EpochProgress[]> {
  type Row = Omit<EpochProgress, "created" | "secondsLeft"> & {
    readonly created: Date;
    readonly pace: number | null;
  };
  const rows = await sql.query<Row>(
    `select own.id, own.exchange, own.epoch, own.state, own.created, counted.steps, counted.proved, counted.aside as "setAside", recent.pace
     from marginproof.epoch as own,
       lateral (select count(*)::int as steps, count(proved)::int as proved, count(*) filter (where set_aside)::int as aside
         from marginproof.step where epoch = own.id) as counted,
       -- Seconds a proof, the time since the last one included: of an epoch that stands still they grow.
       lateral (select case when count(*) < 2 then null
           else (extract(epoch from now() - min(last.proved)) / (count(*) - 1))::double precision end as pace
         from (select proved from marginproof.step where epoch = own.id and proved is not null
           order by proved desc limit ${PACE_PROOFS}) as last) as recent
     where own.state not in ('published', 'failed', 'cancelled')
       and (own.state <> 'proved' or not exists (select 1 from marginproof.call where epoch = own.id))
     order by own.created, own.id limit 100`,
  );
  return rows.map(({ pace, created, ...own }) => {
    const left = own.steps - own.proved - own.setAside;
    const secondsLeft =
      own.state !== "proving" || left === 0 || pace === null ? null : Math.ceil(left * pace);
    return { ...own, secondsLeft, created: created.toISOString() };
  });
}

export async function workersSeen(sql: Sql): Promise<WorkerFigures[]> {
  return sql.query<WorkerFigures>(
    `select worker as name, count(*)::int as proved, avg(seconds)::double precision as "secondsEach",
       extract(epoch from now() - max(proved))::double precision as "secondsAgo"
     from marginproof.step where proved > now() - interval '1 hour' and worker is not null
     group by worker order by worker limit 200`,
  );
}
