import { join } from "node:path";
import { bytesToHex, toFieldHex } from "../../field/encoding.js";
import { silentProgress } from "../../files/progress.js";
import { loadProfile } from "../../keys/instances.js";
import { statementToJson } from "../../protocol/statement.js";
import { type AttemptWork, beginAttempt } from "../../prover/attemptWork.js";
import { commitEpoch } from "../../prover/commit.js";
import { IndexWriter } from "../../prover/disclosure/writeIndex.js";
import { type CommittedEpoch, epochInputs, type Step } from "../../prover/epochInputs.js";
import { hasProof } from "../../prover/keptProofs.js";
import { layOut } from "../../prover/layOut.js";
import { type OpenInputs, openInputs } from "../../prover/openInputs.js";
import { epochSteps } from "../../prover/steps.js";
import { sendWork } from "../queue.js";
import { AttemptTables } from "../store/attemptTable.js";
import {
  assertTerms,
  type EpochRow,
  keptStatement,
  manifestOf,
  moveEpoch,
  readEpoch,
} from "../store/epochs.js";
import { unlessCancelled } from "../store/forget.js";
import type { Sql } from "../store/sql.js";
import { epochPlaces } from "./epochPlaces.js";
import type { WorkerContext } from "./workerContext.js";

/** Steps queued in one transaction. */
const GROUP = 16;

/**
 * Lays out an epoch's accounts, commits to them, and queues every step. Everything comes out the same when it is done again, by this process or
 * another, after a kill or at the same time: a step has one row, and is queued when its row is made.
 */
export function commitWork(context: WorkerContext, id: string, signal: AbortSignal): Promise<void> {
  return unlessCancelled(context.database, id, () => commit(context, id, signal));
}

async function commit(context: WorkerContext, id: string, signal: AbortSignal): Promise<void> {
  const { database, secrets, keysDir, keys } = context;
  await moveEpoch(database, id, ["queued"], "committing");
  const row = await readEpoch(database, id);
  if (row.state !== "committing") return;
  assertTerms(row, secrets.sealer);
  await context.scratch.run(async (folder) => {
    const places = await epochPlaces(context, row, manifestOf(row, secrets.sealer), folder);
    const profile = loadProfile(row.profile);
    const inputs = await openInputs({ ...places, profile, keysDir }, await keys.of(row.profile));
    const { attemptName } = inputs;
    await database.query("update marginproof.epoch set attempt = $2 where id = $1", [id, attemptName]);
    const store = new AttemptTables(database, context.secrets, join(folder, "attempt"));
    const work = await beginAttempt(store, inputs);
    const plan = await layOut(inputs, work, { progress: silentProgress, signal });
    const index = (await IndexWriter.isWritten(work)) ? undefined : new IndexWriter(work, plan.shapes.length);
    const own = epochInputs(inputs, work, plan, {
      signal,
      ...(index === undefined ? {} : { onTree: (batch, tree) => index.add(batch, tree) }),
    });
    const epoch = await commitEpoch(own);
    await index?.finish(`0x${bytesToHex(epoch.statementDigest)}`);
    await keepCommitment(context, row, epoch);
    let group: Step[] = [];
    for await (const step of epochSteps(own, epoch)) {
      group.push(step);
      if (group.length < GROUP) continue;
      if (!(await handOut(context, id, inputs, work, group))) return;
      group = [];
    }
    if (await handOut(context, id, inputs, work, group)) await beginProving(context, id, epoch);
  });
}

async function keepCommitment(
  { database, secrets }: WorkerContext,
  row: EpochRow,
  epoch: CommittedEpoch,
): Promise<void> {
  const { id } = row;
  await database.query(
    "update marginproof.epoch set statement = $2, digest = $3, behind = $4, changed = now() where id = $1",
    [
      id,
      keptStatement(row, secrets.sealer, JSON.stringify(statementToJson(epoch.statement))),
      `0x${bytesToHex(epoch.statementDigest)}`,
      secrets.sealer.seal(`behind/${id}`, JSON.stringify(epoch.behind)),
    ],
  );
}

/** Queues those of these steps that are neither proved nor queued. @returns false when the epoch was stopped meanwhile */
async function handOut(
  { database, inputs, queue, delay }: WorkerContext,
  id: string,
  { keys }: OpenInputs,
  { attempt }: AttemptWork,
  steps: readonly Step[],
): Promise<boolean> {
  const kept = new Set<number>();
  for (const step of steps) if (await hasProof(attempt, step, () => {})) kept.add(step.index);
  const unproved = steps.filter(({ index }) => !kept.has(index));
  const put = new Map(
    await Promise.all(
      unproved.map(async ({ index, input }) => [index, await inputs.put(id, index, input)] as const),
    ),
  );
  const going = await database.transaction(async (sql) => {
    if ((await readEpoch(sql, id, true)).state !== "committing") return false;
    const made: number[] = [];
    for (const step of steps) {
      const input = put.get(step.index) ?? null;
      const key = bytesToHex(keys.get(step.instance.id)!.digest);
      if ((await putStep(sql, id, step, key, input)) && input !== null) made.push(step.index);
    }
    await sendWork(
      queue,
      sql,
      made.map((step) => ({ epoch: id, step, work: "step" })),
      delay,
    );
    return true;
  });
  // Of what somebody else had proved meanwhile, or cancelled. Of any other end, another who commits may just have put the same.
  if (going || (await readEpoch(database, id)).state === "cancelled") {
    await inputs.forgetProved(database, id, put.keys());
  }
  return going;
}

/** @returns whether the step has to be queued: it is new, or its input was gone, or it was set aside */
async function putStep(
  sql: Sql,
  id: string,
  step: Step,
  key: string,
  input: Buffer | null,
): Promise<boolean> {
  const signals = JSON.stringify(step.signals.map(toFieldHex));
  const made = await sql.query(
    `insert into marginproof.step as own (epoch, step, shape, key, signals, state_out, input, proved)
     values ($1, $2, $3, $4, $5, $6, $7, case when $7::bytea is null then now() end)
     on conflict (epoch, step) do update
       set input = excluded.input, proved = excluded.proved, set_aside = false, problem_code = null
       where own.set_aside or (own.input is null and (own.proved is null) <> (excluded.proved is null))
     returning step`,
    [id, step.index, step.instance.id, key, signals, toFieldHex(step.stateOut), input],
  );
  return made.length === 1;
}

async function beginProving(
  { database, queue, delay }: WorkerContext,
  id: string,
  { statement }: CommittedEpoch,
): Promise<void> {
  await database.transaction(async (sql) => {
    if (!(await moveEpoch(sql, id, ["committing"], "proving"))) return;
    const steps = statement.batches.length + statement.tableSteps.length;
    await sql.query("update marginproof.epoch set steps = $2 where id = $1", [id, steps]);
    const [left] = await sql.query(
      "select 1 from marginproof.step where epoch = $1 and proved is null limit 1",
      [id],
    );
    if (left !== undefined) return;
    await moveEpoch(sql, id, ["proving"], "finishing");
    await sendWork(queue, sql, [{ epoch: id, work: "finish" }], delay);
  });
}
