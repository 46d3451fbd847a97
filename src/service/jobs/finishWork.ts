import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { writeBundle } from "../../files/bundleFolder.js";
import { silentProgress } from "../../files/progress.js";
import { parseStatement } from "../../protocol/statement.js";
import { checkFolder } from "../../prover/checkBundle.js";
import { bundleOf } from "../../prover/makeBundle.js";
import type { ProvedStep } from "../../prover/proveSteps.js";
import { verifyOwn } from "../../prover/verifyOwn.js";
import { verdictJson } from "../../report/verdictJson.js";
import { BUNDLE_FILE_NAMES } from "../../verifier/bundleTexts.js";
import { AttemptTables } from "../store/attemptTable.js";
import { BUNDLE_PIECE, bundlePlace } from "../store/bundles.js";
import {
  assertTerms,
  type EpochRow,
  manifestOf,
  moveEpoch,
  readEpoch,
  statementOf,
} from "../store/epochs.js";
import { forgetAccounts, unlessCancelled } from "../store/forget.js";
import type { Sql } from "../store/sql.js";
import { verifyInThread } from "./verifyInThread.js";
import type { WorkerContext } from "./workerContext.js";

const FEW_STEPS = 8;

/**
 * Makes the bundle of an epoch whose every step is proved, has the verifier look at it, and keeps it with the verdict. Shown to nobody before it is published. Done twice, it comes out the same.
 * @throws MarginproofError SELF_CHECK
 */
export function finishWork(context: WorkerContext, id: string): Promise<void> {
  return unlessCancelled(context.database, id, () => finish(context, id));
}

async function finish(context: WorkerContext, id: string): Promise<void> {
  const { database, secrets } = context;
  const row = await readEpoch(database, id);
  if (row.state !== "finishing") return;
  assertTerms(row, secrets.sealer);
  const keys = await context.keys.of(row.profile);
  const attempt = new AttemptTables(database, secrets, "").attempt(row.attempt!);
  const statement = parseStatement(JSON.parse(statementOf(row, secrets.sealer)));
  await context.scratch.run(async (scratch) => {
    const folder = join(scratch, "bundle");
    const steps = await provedSteps(database, id);
    const inputs = { marketText: row.market, evidenceText: row.evidence ?? undefined, keys };
    await writeBundle(folder, bundleOf(inputs, statement, { steps }, attempt));
    // A few proofs are looked at in less time than it takes to start a thread.
    let verdict =
      steps.length <= FEW_STEPS
        ? await verifyOwn(folder, keys, silentProgress)
        : await verifyInThread(folder, context.keysDir, row.profile);
    // Finds the proofs that are false, and says which check failed.
    if (!verdict.proved)
      verdict = await checkFolder(folder, { keys, attempt, progress: silentProgress }, { steps });
    // What a process left that ended before it had forgotten its step's; before the epoch has its end, so that it is tried again.
    await context.inputs.forget(
      id,
      steps.map(({ index }) => index),
    );
    await keepBundle(context, row, folder, verdictJson(verdict, statement));
  });
}

async function provedSteps(sql: Sql, id: string): Promise<ProvedStep[]> {
  const rows = await sql.query<{ step: number; shape: string; signals: string; state_out: string }>(
    "select step, shape, signals, state_out from marginproof.step where epoch = $1 order by step",
    [id],
  );
  return rows.map(({ step, shape, signals, state_out }) => ({
    index: step,
    shape,
    signals: (JSON.parse(signals) as string[]).map(BigInt),
    stateOut: BigInt(state_out),
  }));
}

async function keepBundle(
  { database, secrets: { sealer } }: WorkerContext,
  row: EpochRow,
  folder: string,
  verdict: object,
): Promise<void> {
  // Of one account all of it is that account's, the figures of the verdict too.
  const alone = manifestOf(row, sealer).alone === true;
  const kept = (name: string, piece: number, bytes: Buffer): Buffer =>
    alone ? sealer.seal(bundlePlace(row.id, name, piece), bytes) : bytes;
  const evidence = row.evidence === null ? [] : [BUNDLE_FILE_NAMES.evidence];
  const { statement, market, steps, verifyingKeys } = BUNDLE_FILE_NAMES;
  await database.transaction(async (sql) => {
    if ((await readEpoch(sql, row.id, true)).state !== "finishing") return;
    await sql.query("delete from marginproof.bundle_file where epoch = $1", [row.id]);
    for (const name of [statement, market, ...evidence, steps, verifyingKeys]) {
      await keepFile(sql, row.id, name, join(folder, name), kept);
    }
    await sql.query(
      "update marginproof.epoch set verdict = $2, problem_code = null, problem = null where id = $1",
      [row.id, alone ? null : JSON.stringify(verdict)],
    );
    await forgetAccounts(sql, row.id);
    await moveEpoch(sql, row.id, ["finishing"], "proved");
  });
}

async function keepFile(
  sql: Sql,
  id: string,
  name: string,
  path: string,
  kept: (name: string, piece: number, bytes: Buffer) => Buffer,
): Promise<void> {
  await sql.query("insert into marginproof.bundle_file (epoch, name, size, sha256) values ($1, $2, 0, '')", [
    id,
    name,
  ]);
  const hash = createHash("sha256");
  let [piece, size] = [0, 0];
  const file = await open(path);
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(BUNDLE_PIECE), 0, BUNDLE_PIECE);
      if (bytesRead === 0) break;
      const bytes = buffer.subarray(0, bytesRead);
      hash.update(bytes);
      size += bytesRead;
      await sql.query(
        "insert into marginproof.bundle_piece (epoch, name, piece, bytes) values ($1, $2, $3, $4)",
        [id, name, piece, kept(name, piece, bytes)],
      );
      piece++;
      if (bytesRead < BUNDLE_PIECE) break;
    }
  } finally {
    await file.close();
  }
  await sql.query(
    "update marginproof.bundle_file set size = $3, sha256 = $4 where epoch = $1 and name = $2",
    [id, name, size, hash.digest("hex")],
  );
}
