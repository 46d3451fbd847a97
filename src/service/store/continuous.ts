import type { EpochState } from "./epochs.js";
import type { Sql } from "./sql.js";

/** An epoch that continuous mode began. */
export interface ContinuousRow {
  readonly id: string;
  readonly epoch: string;
  readonly state: EpochState;
  readonly problem_code: string | null;
}

export async function noteEpoch(sql: Sql, id: string): Promise<void> {
  await sql.query("insert into marginproof.continuous (epoch) values ($1)", [id]);
}

export async function countEpochs(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ begun: number }>(
    "select count(*)::int as begun from marginproof.continuous",
  );
  return row!.begun;
}

/** The one begun last. */
export async function lastEpoch(sql: Sql): Promise<ContinuousRow | undefined> {
  const [row] = await sql.query<ContinuousRow>(
    `select id, epoch.epoch, state, problem_code from marginproof.continuous
     join marginproof.epoch on id = continuous.epoch order by number desc limit 1`,
  );
  return row;
}

/** Age of the book that the last proved one shows; undefined before one is. */
export async function lagSeconds(sql: Sql): Promise<number | undefined> {
  const [row] = await sql.query<{ lag: number | null }>(
    `select extract(epoch from now() - max(created))::double precision as lag from marginproof.continuous
     join marginproof.epoch on id = continuous.epoch where state in ('proved', 'published')`,
  );
  return row?.lag ?? undefined;
}
