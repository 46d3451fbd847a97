import { createHash } from "node:crypto";
import { openSnapshot, sourceTitle } from "../accounts/index.js";
import { MarginproofError } from "../errors.js";
import type { Progress } from "../files/progress.js";
import { listedInstruments } from "../market/index.js";
import { accountsDigest } from "./attempt.js";
import type { AttemptWork } from "./attemptWork.js";
import { batchName } from "./batchFile.js";
import { readingNotes } from "./lookedWrong.js";
import type { OpenInputs } from "./openInputs.js";
import { type Plan, planBatches } from "./plan.js";
import type { AttemptStore, WrittenText } from "./store/store.js";

const PLAN = "plan.json";

/** Who watches and may stop it. */
export interface Watch {
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** A plan, and what its batches hold. */
export interface LaidOut extends Plan {
  /** SHA-256 over the texts of all batches, in order. */
  readonly batchesSha256: string;
}

/**
 * Phase 2, plan: reads the accounts into batches, or finds them read. The same accounts file gives the same batches again, so
 * what is damaged of them is laid out anew.
 *
 * The cut after it: the plan, plain data, is in the store, and so is every batch: called again, it finds them.
 * @throws MarginproofError ACCOUNTS_CHANGED, those of `openSnapshot` and `planBatches`
 */
export async function layOut(
  { accounts, accountsSha256, profile }: OpenInputs,
  { market, attempt, secrets, evaluator }: AttemptWork,
  { progress, signal }: Watch,
): Promise<LaidOut> {
  const done = await readPlan(attempt, { progress, signal });
  if (done !== undefined) return done;
  progress.stage("readAccounts", "read accounts", sourceTitle(accounts));
  const snapshot = await openSnapshot(accounts, listedInstruments(market), {
    shuffleKey: secrets.bytes("shuffle", ""),
    spoolParent: attempt.scratch,
    onProgress: ({ bytesRead, totalBytes }) => {
      signal?.throwIfAborted();
      progress.update(bytesRead, totalBytes);
    },
  });
  try {
    progress.stage("layOut", "lay out batches", `${snapshot.rows} rows`);
    const written: WrittenText[] = [];
    const hash = createHash("sha256");
    const plan = await planBatches(
      snapshot.portfolios(),
      profile,
      evaluator,
      async (index, text) => {
        hash.update(text);
        written.push(await attempt.write(batchName(index), text));
      },
      () => signal?.throwIfAborted(),
    );
    // The attempt, and with it every secret, is named by the file's digest: it must stand for what was read.
    if ((await accountsDigest(accounts)) !== accountsSha256) {
      throw new MarginproofError("ACCOUNTS_CHANGED", `${sourceTitle(accounts)} changed while it was read`, {
        kind: "io",
        hint: "Nothing was committed to. Run the same command again when the file is complete.",
      });
    }
    for (const note of readingNotes(snapshot.facts)) progress.note(note);
    written.push(await attempt.write(PLAN, JSON.stringify(plan)));
    await attempt.record(written);
    return { ...plan, batchesSha256: hash.digest("hex") };
  } finally {
    snapshot.close();
  }
}

/** The plan of an earlier run, if it and every batch are as they were written. */
async function readPlan(attempt: AttemptStore, { progress, signal }: Watch): Promise<LaidOut | undefined> {
  const found = await attempt.read(PLAN);
  if (found.state === "missing") return undefined;
  if (found.state === "whole") {
    const plan = JSON.parse(found.text) as Plan;
    let damaged: string | undefined;
    const hash = createHash("sha256");
    for (const index of plan.shapes.keys()) {
      signal?.throwIfAborted();
      const batch = await attempt.read(batchName(index));
      if (batch.state === "whole") hash.update(batch.text);
      else damaged ??= `${batch.path} is ${batch.state}`;
    }
    if (damaged === undefined) {
      progress.note("accounts are already laid out in batches; continuing");
      return { ...plan, batchesSha256: hash.digest("hex") };
    }
    progress.note(`${damaged}: laying out the accounts again`);
    return undefined;
  }
  progress.note(`${found.path} is damaged: laying out the accounts again`);
  return undefined;
}
