import { resolve } from "node:path";
import { sourceFiles } from "../accounts/index.js";
import { MarginproofError } from "../errors.js";
import { bytesToHex } from "../field/encoding.js";
import { provideParent } from "../files/files.js";
import type { Progress } from "../files/progress.js";
import type { Statement } from "../protocol/statement.js";
import type { Verdict } from "../verifier/verdict.js";
import { type AccountsBehind, fewAccountsWarnings } from "./accountsBehind.js";
import { type AttemptWork, beginAttempt } from "./attemptWork.js";
import type { ProverBackend } from "./backend.js";
import { checkBundle } from "./checkBundle.js";
import { commitEpoch } from "./commit.js";
import { IndexWriter } from "./disclosure/writeIndex.js";
import { type CommittedEpoch, type EpochInputs, epochInputs } from "./epochInputs.js";
import { giantsNote } from "./giantsNote.js";
import { remainingSteps } from "./keptChain.js";
import { forgetCommitment, keepCommitment, keptCommitment } from "./keptCommitment.js";
import { type LaidOut, layOut } from "./layOut.js";
import { suspectNotes } from "./lookedWrong.js";
import { makeBundle, usedKeys } from "./makeBundle.js";
import { type InputPlaces, type OpenInputs, openInputs, readSource } from "./openInputs.js";
import { checkPlaces, entryAt } from "./places.js";
import type { Plan } from "./plan.js";
import { proveSteps, type StepsJob } from "./proveSteps.js";
import { outExists } from "./publication.js";
import { publish } from "./publish.js";
import { FolderStore } from "./store/folderStore.js";
import type { EpochRun, ProverStore } from "./store/store.js";
import { takeEpoch } from "./takeEpoch.js";
import { uncoveredWarnings } from "./uncovered.js";
import { verifyOwn } from "./verifyOwn.js";

export interface ProveOptions extends InputPlaces {
  readonly out: string;
  readonly privateDir: string;
  readonly backend: ProverBackend;
  /** Steps in the backend at a time. */
  readonly inFlight: number;
  readonly progress: Progress;
  /** Stops between steps; finished proofs stay. */
  readonly signal?: AbortSignal;
  /** Digest of the epoch's statement that its owner says never became public: it is forgotten, and another may be made. */
  readonly withdraw?: string;
}

export interface ProveResult {
  readonly statement: Statement;
  readonly statementDigest: string;
  /** What the verifier said of the bundle before it was published, its keys taken as trusted. */
  readonly verdict: Verdict;
  /** Proved under keys whose secrets are public. */
  readonly developmentKeys: boolean;
  /** Margin accounts: pockets, over all accounts. */
  readonly accounts: number;
  /**
   * How many of them each published total rests on; absent where an earlier run published the bundle. Not for others: it
   * is in no part of the bundle.
   */
  readonly behind?: readonly AccountsBehind[];
  readonly steps: number;
  /** Steps whose proof was already there. */
  readonly resumed: number;
}

/**
 * Proves an epoch and publishes its bundle. The same call after any interruption continues: everything secret is
 * derived from the master secret and the exact inputs, so finished proofs fit again. The same call after it has finished
 * finds its bundle.
 *
 * @throws MarginproofError with the codes of every phase; OUT_EXISTS when the bundle's place is taken
 */
export async function proveEpoch(options: ProveOptions): Promise<ProveResult> {
  const out = await checkPlaces({ ...options, out: resolve(options.out) });
  if ((await entryAt(out)) !== undefined) await refuseForeign(out, options.privateDir);
  await sourceFiles(await readSource(options));
  await provideParent(out);
  const inputs = await openInputs(options);
  const store = await FolderStore.open(options.privateDir);
  try {
    const run = await takeEpoch(store, inputs, out, options.withdraw);
    try {
      return await conduct(options, out, inputs, store, run);
    } finally {
      run.release();
    }
  } finally {
    store.close();
  }
}

/** @throws MarginproofError OUT_EXISTS unless the private folder published what stands there, or was about to */
async function refuseForeign(out: string, privateDir: string): Promise<void> {
  const store = await FolderStore.openExisting(privateDir);
  try {
    if (!(await store?.ownsPlace(out))) throw outExists(out);
  } finally {
    store?.close();
  }
}

/**
 * The phases after the inputs are open, one after the other: plan, commit, steps, prove, make the bundle, check,
 * publish. Each is a file of its own, and says what crosses the cut to the next: a service can put a queue there.
 */
async function conduct(
  options: ProveOptions,
  out: string,
  inputs: OpenInputs,
  store: ProverStore,
  run: EpochRun,
): Promise<ProveResult> {
  const { progress, signal, backend, inFlight } = options;
  const { market, table, keys } = inputs;
  const work = await beginAttempt(store, inputs);
  const { attempt } = work;
  for (const note of suspectNotes(market)) progress.note(note);
  const plan = await layOut(inputs, work, { progress, signal });
  if ((await entryAt(out)) !== undefined) return foundBundle(out, inputs, plan, run, progress);

  const own = epochInputs(inputs, work, plan, { signal });
  const epoch = await committed(own, work, plan, progress);
  const { statement, behind } = epoch;
  const digest = `0x${bytesToHex(epoch.statementDigest)}`;
  for (const warning of uncoveredWarnings(market, table, statement)) progress.note(warning);
  for (const warning of fewAccountsWarnings(behind)) progress.note(warning);
  const giants = giantsNote(statement, inputs.profile);
  if (giants !== undefined) progress.note(giants);
  const job = { backend, inFlight, keys, attempt, progress, signal };
  const { proved, places, verdict } = await orCommitAnew(job, async () => {
    const proved = await proveSteps(job, remainingSteps(own, epoch, attempt), stepCount(statement));
    progress.stage("publish", "verify and publish", out);
    const places = await makeBundle(run, out, inputs, epoch, proved, attempt);
    return { proved, places, verdict: await checkBundle(run, places, { keys, attempt, progress }, proved) };
  });
  await publish(run, places, { attempt: inputs.attemptName, statement, digest });
  const { resumed } = proved;
  return { ...resultOf(inputs, plan, { statement, statementDigest: digest, verdict, resumed }), behind };
}

/** Errors by which steps or bundle don't fit their commitments: made by another version, or by a machine that failed. */
const UNFIT = ["SELF_CHECK", "STEP_SIGNALS", "WITNESS_FAILED", "WITNESS_INPUT_INVALID", "UNEXPECTED"];

/** Does work that rests on a commitment; where the two don't fit, the next run commits anew. */
async function orCommitAnew<T>(
  { attempt, signal }: Pick<StepsJob, "attempt" | "signal">,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof MarginproofError ? error.code : "UNEXPECTED";
    if (signal?.aborted !== true && UNFIT.includes(code)) await forgetCommitment(attempt);
    throw error;
  }
}

/** The epoch's commitments, and its index of holders: kept by an earlier run, or made and kept. */
async function committed(
  inputs: EpochInputs,
  work: AttemptWork,
  plan: LaidOut,
  progress: Progress,
): Promise<CommittedEpoch> {
  const indexed = await IndexWriter.isWritten(work);
  const kept = indexed ? await keptCommitment(work.attempt, inputs, plan) : undefined;
  if (kept !== undefined) {
    progress.note("accounts and totals are already committed to; continuing");
    return kept;
  }
  const batches = plan.shapes.length;
  progress.stage(
    "commit",
    "commit to accounts and totals",
    `${plan.accounts} margin accounts in ${batches} batches`,
  );
  const index = indexed ? undefined : new IndexWriter(work, batches);
  const epoch = await commitEpoch({
    ...inputs,
    ...(index === undefined ? {} : { onTree: (batch, tree) => index.add(batch, tree) }),
    onBatch: (pass, done) => progress.update(done + (pass === "weigh" ? batches : 0), 2 * batches),
  });
  await index?.finish(`0x${bytesToHex(epoch.statementDigest)}`);
  await keepCommitment(work.attempt, plan, epoch);
  return epoch;
}

const stepCount = ({ batches, tableSteps }: Statement): number => batches.length + tableSteps.length;

function resultOf(
  { keys }: OpenInputs,
  { accounts }: Plan,
  found: Pick<ProveResult, "statement" | "statementDigest" | "verdict" | "resumed">,
): ProveResult {
  const { statement } = found;
  const developmentKeys = usedKeys(statement, keys).some(({ development }) => development);
  return { ...found, developmentKeys, accounts, steps: stepCount(statement) };
}

/**
 * The bundle that an earlier run of the same command published here, whether or not it lived to say so.
 * @throws MarginproofError OUT_EXISTS when something else stands there
 */
async function foundBundle(
  out: string,
  inputs: OpenInputs,
  plan: Plan,
  run: EpochRun,
  progress: Progress,
): Promise<ProveResult> {
  const before = await run.statement();
  if (before === undefined) throw outExists(out);
  progress.stage("verifyPublished", "verify what is published already", out);
  const verdict = await verifyOwn(out, inputs.keys, progress).catch((error: unknown) => {
    if (error instanceof MarginproofError && error.options.kind === "invalid") return undefined;
    throw error;
  });
  if (verdict?.proved !== true || verdict.statementDigest !== before.digest) {
    throw outExists(out, `is no longer what was published there: statement ${before.digest}`);
  }
  progress.note("the bundle was published by an earlier run of this command");
  const { statement, digest } = before;
  return resultOf(inputs, plan, {
    ...{ statement, statementDigest: digest, verdict },
    resumed: stepCount(statement),
  });
}
