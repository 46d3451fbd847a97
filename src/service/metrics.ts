import type { PollFigures } from "./live/poll.js";
import { lagSeconds } from "./store/continuous.js";
import type { Sql } from "./store/sql.js";

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  /** Label and value pairs; one without a label has "". */
  readonly values: readonly (readonly [labels: string, value: number])[];
}

/**
 * What Prometheus reads. All but the memory and the live book is asked of the database, so that every server says the same and a restart
 * forgets nothing. No label names an account or an epoch.
 */
export async function metricsText(sql: Sql, live: PollFigures): Promise<string> {
  const metrics = [
    ...(await epochMetrics(sql)),
    ...(await stepMetrics(sql)),
    ...(await continuousMetrics(sql)),
    ...(await queueMetrics(sql)),
    ...liveMetrics(live),
    memory(),
  ];
  return metrics
    .map(({ name, help, type, values }) => {
      const lines = values.map(
        ([labels, value]) => `marginproof_${name}${labels === "" ? "" : `{${labels}}`} ${value}`,
      );
      return [`# HELP marginproof_${name} ${help}`, `# TYPE marginproof_${name} ${type}`, ...lines, ""].join(
        "\n",
      );
    })
    .join("");
}

async function epochMetrics(sql: Sql): Promise<Metric[]> {
  const states = await sql.query<{ state: string; count: number }>(
    "select state, count(*)::int as count from marginproof.epoch group by state order by state",
  );
  const [lag] = await sql.query<{ lag: number | null }>(
    `select extract(epoch from now() - min(created))::double precision as lag from marginproof.epoch
     where state not in ('receiving', 'proved', 'published', 'failed', 'cancelled')`,
  );
  return [
    {
      name: "epochs",
      help: "Epochs by state.",
      type: "gauge",
      values: states.map(({ state, count }) => [`state="${state}"`, count]),
    },
    {
      name: "lag_seconds",
      help: "Age of the oldest epoch that is on its way to a bundle.",
      type: "gauge",
      values: [["", lag?.lag ?? 0]],
    },
  ];
}

async function stepMetrics(sql: Sql): Promise<Metric[]> {
  const shapes = await sql.query<{ shape: string; proved: number; seconds: number }>(
    `select shape, count(*)::int as proved, coalesce(sum(seconds), 0)::double precision as seconds
     from marginproof.step where proved is not null group by shape order by shape`,
  );
  const [left] = await sql.query<{ unproved: number; aside: number }>(
    `select count(*)::int as unproved, count(*) filter (where set_aside)::int as aside
     from marginproof.step where proved is null`,
  );
  return [
    {
      name: "steps_proved",
      help: "Steps with a proof, by shape.",
      type: "gauge",
      values: shapes.map(({ shape, proved }) => [`shape="${shape}"`, proved]),
    },
    {
      name: "step_seconds",
      help: "Seconds that these proofs took in all, by shape.",
      type: "gauge",
      values: shapes.map(({ shape, seconds }) => [`shape="${shape}"`, seconds]),
    },
    { name: "steps_unproved", help: "Steps without a proof.", type: "gauge", values: [["", left!.unproved]] },
    {
      name: "steps_set_aside",
      help: "Steps that failed at every try.",
      type: "gauge",
      values: [["", left!.aside]],
    },
  ];
}

async function continuousMetrics(sql: Sql): Promise<Metric[]> {
  const lag = await lagSeconds(sql);
  if (lag === undefined) return [];
  const help = "Age of the book that the last proved epoch of continuous mode shows.";
  return [{ name: "continuous_lag_seconds", help, type: "gauge", values: [["", lag]] }];
}

async function queueMetrics(sql: Sql): Promise<Metric[]> {
  const jobs = await sql.query<{ name: string; state: string; count: number }>(
    `select name, state::text as state, count(*)::int as count from marginproof_queue.job
     where name in ('commit', 'step', 'finish', 'doctor', 'lost') group by name, state order by name, state`,
  );
  const stages = await sql.query<{ name: string; seconds: number; retries: number }>(
    `select name, coalesce(sum(retry_count), 0)::int as retries,
       coalesce(sum(extract(epoch from completed_on - started_on)) filter (where state = 'completed'), 0)::double precision as seconds
     from marginproof_queue.job where name in ('commit', 'step', 'finish', 'doctor') group by name order by name`,
  );
  return [
    {
      name: "jobs",
      help: "Jobs on the queue, by queue and state; those that ended stay for some days.",
      type: "gauge",
      values: jobs.map(({ name, state, count }) => [`queue="${name}",state="${state}"`, count]),
    },
    {
      name: "stage_seconds",
      help: "Seconds that the completed jobs of marginproof_jobs took in all, by queue.",
      type: "gauge",
      values: stages.map(({ name, seconds }) => [`queue="${name}"`, seconds]),
    },
    {
      name: "job_failures",
      help: "Failed tries of the jobs of marginproof_jobs that were tried again, by queue.",
      type: "gauge",
      values: stages.map(({ name, retries }) => [`queue="${name}"`, retries]),
    },
  ];
}

function liveMetrics({ taken, failed, lost, ageSeconds }: PollFigures): Metric[] {
  const reads: Metric = {
    ...{ name: "live_reads", help: "Reads of the live book out of a source, of this process, by outcome." },
    type: "counter",
    values: [
      ['outcome="taken"', taken],
      ['outcome="failed"', failed],
    ],
  };
  const books: Metric = {
    ...{ name: "live_books_lost", help: "Live books that a thread's end took away, of this process." },
    ...{ type: "counter", values: [["", lost]] },
  };
  if (ageSeconds === undefined) return [reads, books];
  const help = "Since the live book that is polled was last taken in.";
  return [reads, books, { name: "live_read_age_seconds", help, type: "gauge", values: [["", ageSeconds]] }];
}

const memory = (): Metric => ({
  ...{ name: "resident_bytes", help: "Memory of this process.", type: "gauge" },
  values: [["", process.memoryUsage.rss()]],
});
