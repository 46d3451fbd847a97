import { afterAll, beforeAll, expect, it } from "vitest";
import type { ProverBackend } from "../../src/prover/backend.js";
import { commitWork } from "../../src/service/jobs/commitWork.js";
import { finishWork } from "../../src/service/jobs/finishWork.js";
import { stepWork } from "../../src/service/jobs/stepWork.js";
import type { WorkerContext } from "../../src/service/jobs/workerContext.js";
import type { Service } from "../../src/service/open.js";
import { cancelEpoch } from "../../src/service/operations.js";
import { readEpoch } from "../../src/service/store/epochs.js";
import { before, endContext, jobContext } from "./jobs.js";
import { bringIn, cleanUp, service, stepsOf, verdictOn } from "./support.js";

/** Nobody works here but these tests, job by job. */
let own: Service;
let backend: ProverBackend;
let context: WorkerContext;
const never = new AbortController().signal;
beforeAll(async () => {
  ({ own } = await service({}, 0));
  context = await jobContext(own);
  ({ backend } = context);
});
afterAll(async () => {
  await endContext(context);
  await own.close();
  cleanUp();
});

const jobs = async (): Promise<number> => {
  const [row] = await own.database.query<{ jobs: number }>(
    "select count(*)::int as jobs from marginproof_queue.job where name = 'step'",
  );
  return row!.jobs;
};

it("makes each step, job and proof once, whatever is done twice or comes late", async () => {
  const id = await bringIn(own, "twice");
  await Promise.all([commitWork(context, id, never), commitWork(context, id, never)]);
  await commitWork(context, id, never);
  const { steps, state, digest } = await readEpoch(own.database, id);
  expect(state).toBe("proving");
  expect(await jobs()).toBe(steps);
  await finishWork(context, id);
  expect((await readEpoch(own.database, id)).state, "before every step is proved").toBe("proving");
  // Step 0 by two workers at a time, the second of which answers after its lease has run out.
  await Promise.all([stepWork(context, id, 0), stepWork(context, id, 0)]);
  await stepWork(context, id, 0);
  expect(await stepsOf(own.database, id)).toEqual({ steps: 1, proofs: 1 });
  for (let step = 1; step < steps!; step++) await stepWork(context, id, step);
  expect((await readEpoch(own.database, id)).state).toBe("finishing");
  await Promise.all([finishWork(context, id), finishWork(context, id)]);
  expect((await readEpoch(own.database, id)).state).toBe("proved");
  expect(await verdictOn(own.database, id)).toMatchObject({ proved: true, statementDigest: digest });
});

it("keeps no proof that is of another step, another key, or of an input put in another's place", async () => {
  const id = await bringIn(own, "false");
  await commitWork(context, id, never);
  const first = await own.database.query<{ step: number; shape: string; key: string }>(
    "select step, shape, key from marginproof.step where epoch = $1 order by step",
    [id],
  );
  const [one, other] = first;
  // A worker with bad memory: a point of its proof is another than it computed.
  const bad: ProverBackend = {
    calculateWitness: (job) => backend.calculateWitness(job),
    prove: async (witness) => {
      const { proof, ...result } = await backend.prove(witness);
      return { ...result, proof: { ...proof, a: proof.c } };
    },
    close: async () => {},
  };
  await expect(stepWork({ ...context, backend: bad }, id, one!.step)).rejects.toMatchObject({
    code: "SERVICE_FALSE_PROOF",
  });
  const setKey = (key: string) =>
    own.database.query("update marginproof.step set key = $3 where epoch = $1 and step = $2", [id, 0, key]);
  await setKey("00".repeat(32));
  await expect(stepWork(context, id, 0)).rejects.toMatchObject({ code: "SERVICE_KEYS_DIFFER" });
  await setKey(one!.key);
  // Whoever writes to the database gives one step the input of another.
  await own.database.query(
    `update marginproof.step as own set input = (select input from marginproof.step where epoch = own.epoch and step = $2)
     where epoch = $1 and step = 0`,
    [id, other!.step],
  );
  await expect(stepWork(context, id, 0)).rejects.toMatchObject({ code: "SERVICE_SEALED" });
  expect(await stepsOf(own.database, id)).toEqual({ steps: 0, proofs: 0 });
});

it("counts nothing of a worker that answers after the epoch was cancelled", async () => {
  const id = await bringIn(own, "late");
  await commitWork(context, id, never);
  let cancelled = false;
  const slow: ProverBackend = {
    calculateWitness: (job) => backend.calculateWitness(job),
    prove: async (witness) => {
      const proof = await backend.prove(witness);
      await cancelEpoch(own, id);
      cancelled = true;
      return proof;
    },
    close: async () => {},
  };
  await stepWork({ ...context, backend: slow }, id, 0);
  expect(cancelled).toBe(true);
  const kept = await own.database.query(
    "select 1 from marginproof.kept where attempt = (select attempt from marginproof.epoch where id = $1)",
    [id],
  );
  expect(kept).toEqual([]);
  expect((await readEpoch(own.database, id)).state).toBe("cancelled");
});

it.each([
  ["while batches are laid out", /insert into marginproof\.kept/],
  ["before the commitment is kept", /set statement/],
])("keeps nothing private of an epoch that is cancelled %s", async (_, pattern) => {
  const id = await bringIn(own, "cancelled-commit");
  await commitWork(
    before(context, pattern, () => cancelEpoch(own, id)),
    id,
    never,
  );
  const row = await readEpoch(own.database, id);
  expect(row).toMatchObject({ state: "cancelled", behind: null, accounts: null });
  expect(row.attempt).not.toBeNull();
  const kept = await own.database.query("select 1 from marginproof.kept where attempt = $1", [row.attempt]);
  expect(kept).toEqual([]);
});

it("proves no market that was put in the place of the one that came in", async () => {
  const id = await bringIn(own, "market-changed");
  await own.database.query("update marginproof.epoch set market = market || ' ' where id = $1", [id]);
  await expect(commitWork(context, id, never)).rejects.toMatchObject({ code: "SERVICE_SEALED" });
  expect(await readEpoch(own.database, id)).toMatchObject({ statement: null });
});
