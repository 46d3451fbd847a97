import { performance } from "node:perf_hooks";
import { MarginproofError } from "../../errors.js";
import { bytesToHex } from "../../field/encoding.js";
import type { InstanceKeys } from "../../keys/keyFolder.js";
import { keepProof } from "../../prover/keptProofs.js";
import { proofOf } from "../../prover/proveStep.js";
import { type ProofJson, parseProof } from "../../verifier/groth16/proof.js";
import { verifyProof } from "../../verifier/groth16/verify.js";
import { parseVerifyingKey } from "../../verifier/groth16/verifyingKey.js";
import { sendWork } from "../queue.js";
import { AttemptTables } from "../store/attemptTable.js";
import { moveEpoch, readEpoch } from "../store/epochs.js";
import { bytes } from "../store/sql.js";
import type { WorkerContext } from "./workerContext.js";

interface StepRow {
  readonly shape: string;
  readonly key: string;
  readonly signals: string;
  readonly input: unknown;
  readonly profile: string;
  readonly attempt: string;
}

/**
 * Proves one step and keeps its proof, once: whoever comes second, for its lease ran out or its job was there twice, changes nothing. A proof
 * is verified before it is kept, so that a machine that computes wrongly harms no epoch.
 */
export async function stepWork(context: WorkerContext, epoch: string, step: number): Promise<void> {
  const { database, inputs } = context;
  const [row] = await database.query<StepRow>(
    `select shape, key, signals, input, profile, attempt from marginproof.step join marginproof.epoch on id = step.epoch
     where step.epoch = $1 and step = $2 and proved is null and input is not null
       and state in ('committing', 'proving', 'held')`,
    [epoch, step],
  );
  if (row === undefined) return;
  const keys = await context.keys.of(row.profile);
  const signals = (JSON.parse(row.signals) as string[]).map(BigInt);
  assertKey(keys.get(row.shape), row);
  const input = await inputs.read(epoch, step, bytes(row.input));
  const begun = performance.now();
  const proof = await proofOf(context.backend, keys, {
    index: step,
    instance: { id: row.shape },
    input,
    signals,
  });
  assertVerifies(keys.get(row.shape)!, signals, proof);
  const seconds = (performance.now() - begun) / 1000;
  const counted = await keep(context, { epoch, step, attempt: row.attempt, signals, proof, seconds });
  await inputs.forgetProved(database, epoch, [step]);
  context.log.info("step proved", { epoch, step, shape: row.shape, seconds, counted, worker: context.name });
}

/** A proof under another key would verify here, and not in the bundle. */
function assertKey(keys: InstanceKeys | undefined, { shape, key }: StepRow): void {
  if (keys !== undefined && bytesToHex(keys.digest) === key) return;
  throw new MarginproofError(
    "SERVICE_KEYS_DIFFER",
    `this worker's key of ${shape} is not the one the epoch was committed to`,
    {
      kind: "io",
      hint: "Give every server and worker a copy of one keys folder.",
    },
  );
}

function assertVerifies({ verifyingKey }: InstanceKeys, signals: readonly bigint[], proof: ProofJson): void {
  if (verifyProof(parseVerifyingKey(verifyingKey, signals.length), signals, parseProof(proof))) return;
  throw new MarginproofError("SERVICE_FALSE_PROOF", "the proof just made does not verify", {
    kind: "io",
    hint: "Another worker tries it again. If one machine does this more than once, take it out and test its memory.",
  });
}

interface Proved {
  readonly epoch: string;
  readonly step: number;
  readonly attempt: string;
  readonly signals: readonly bigint[];
  readonly proof: ProofJson;
  readonly seconds: number;
}

/** @returns false when somebody else's proof of the step is kept already, or the epoch was stopped */
async function keep({ database, secrets, queue, name, delay }: WorkerContext, own: Proved): Promise<boolean> {
  return database.transaction(async (sql) => {
    // Held until the end: of two last steps, one sees the other's proof.
    const { state } = await readEpoch(sql, own.epoch, true);
    if (!["committing", "proving", "held"].includes(state)) return false;
    const kept = await sql.query(
      `update marginproof.step set proved = now(), seconds = $3, worker = $4, input = null, set_aside = false, problem_code = null
       where epoch = $1 and step = $2 and proved is null returning step`,
      [own.epoch, own.step, own.seconds, name],
    );
    if (kept.length === 0) return false;
    const attempt = new AttemptTables(sql, secrets, "").attempt(own.attempt);
    await keepProof(attempt, { index: own.step, signals: own.signals }, own.proof);
    const [left] = await sql.query(
      "select 1 from marginproof.step where epoch = $1 and proved is null limit 1",
      [own.epoch],
    );
    if (left === undefined && (await moveEpoch(sql, own.epoch, ["proving"], "finishing"))) {
      await sendWork(queue, sql, [{ epoch: own.epoch, work: "finish" }], delay);
    }
    return true;
  });
}
