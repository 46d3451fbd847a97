import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { accountsFormat, openSnapshot } from "../accounts/index.js";
import { MarginproofError } from "../errors.js";
import { bytesToHex, toFieldHex } from "../field/encoding.js";
import { bestPoseidon } from "../field/poseidon/bestPoseidon.js";
import { publishBundle, readBundle } from "../files/bundleFolder.js";
import {
  emptyPrivateFolder,
  provideParent,
  readIfPresent,
  readNamedFile,
  writeWhole,
} from "../files/files.js";
import type { Progress } from "../files/progress.js";
import type { Profile } from "../keys/instances.js";
import { type InstanceKeys, loadKeys } from "../keys/keyFolder.js";
import {
  accountRules,
  canonicalMarketDigest,
  compileTable,
  type Market,
  openRules,
  parseMarketText,
  parsePrivateModel,
} from "../market/index.js";
import { verifyMarketPrices } from "../prices/index.js";
import { Evaluator } from "../protocol/evaluate.js";
import type { AccountShape, PrivateTableShape } from "../protocol/shapes.js";
import { type Statement, statementToJson } from "../protocol/statement.js";
import type { RiskTable } from "../protocol/types.js";
import { solvencyOf } from "../verifier/checks/solvency.js";
import type { ProofJson } from "../verifier/groth16/proof.js";
import type { PinnedKey } from "../verifier/pins.js";
import type { Verdict } from "../verifier/verdict.js";
import { verifyEpoch } from "../verifier/verifyEpoch.js";
import { type AccountsBehind, fewAccountsWarnings } from "./accountsBehind.js";
import type { ProverBackend } from "./backend.js";
import { batchRecords, readBatch } from "./batchFile.js";
import { commitEpoch } from "./commit.js";
import type { EpochInputs, Step } from "./epochInputs.js";
import { type Plan, planBatches } from "./plan.js";
import { publishedEpochs, recordPublished } from "./publishedEpochs.js";
import { EpochSecrets, masterSecret, provideMasterSecret } from "./secrets.js";
import { epochSteps } from "./steps.js";
import {
  attemptName,
  fileDigest,
  lockFolder,
  makeWorkFolder,
  type WorkFolder,
  workFolder,
} from "./workFolder.js";

export interface ProveOptions {
  readonly marketPath: string;
  /** Price evidence, if the market file names it. */
  readonly evidencePath?: string;
  /** The private model, if the market file has secret rates. */
  readonly modelPath?: string;
  readonly accountsPath: string;
  readonly out: string;
  readonly privateDir: string;
  readonly keysDir: string;
  readonly profile: Profile;
  readonly backend: ProverBackend;
  /** Steps in the backend at a time. */
  readonly inFlight: number;
  readonly progress: Progress;
  /** Stops between steps; finished proofs stay. */
  readonly signal?: AbortSignal;
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
  /** How many of them each published total rests on. Not for others: it is in no part of the bundle. */
  readonly behind: readonly AccountsBehind[];
  readonly steps: number;
  /** Steps whose proof was already there. */
  readonly resumed: number;
}

/**
 * Proves an epoch and publishes its bundle. The same call after any interruption continues: everything secret is
 * derived from the master secret and the exact inputs, so finished proofs fit again.
 *
 * @throws MarginproofError with the codes of every stage; OUT_EXISTS when the bundle's place is taken
 */
export async function proveEpoch(options: ProveOptions): Promise<ProveResult> {
  const { progress, profile } = options;
  const out = resolve(options.out);
  if (existsSync(out)) {
    throw new MarginproofError("OUT_EXISTS", `${out} already exists`, {
      kind: "usage",
      hint: "A published bundle is never overwritten: choose another place, or remove it yourself.",
    });
  }
  accountsFormat(options.accountsPath);
  await provideParent(out);
  const marketText = await readNamedFile(options.marketPath, "market file");
  const market = parseMarketText(marketText);
  const evidenceText = await readEvidence(options.evidencePath, market);
  const openTable = compileTable(market);
  const keys = new Map<string, InstanceKeys>();
  const modelText =
    options.modelPath === undefined ? undefined : await readNamedFile(options.modelPath, "private model");
  const rules = openRules(
    market,
    openTable,
    modelText === undefined ? undefined : parsePrivateModel(modelText),
    bestPoseidon(),
  );
  const table = rules?.table ?? openTable;
  const privateShape = privateShapeOf(market, profile);
  for (const instance of [...profile.accounts, profile.table, ...privateShape]) {
    keys.set(instance.id, await loadKeys(options.keysDir, instance, profile.name));
  }
  const marketDigest = canonicalMarketDigest(market);
  const accountsSha256 = await fileDigest(options.accountsPath);
  const attempt = attemptName({
    marketDigest,
    accountsSha256,
    profile: profile.name,
    keyDigests: [...keys.values()].map(({ digest }) => digest),
  });
  await provideMasterSecret(options.privateDir);
  await refuseSecondStatement(options.privateDir, market, attempt);
  const secrets = new EpochSecrets(
    await masterSecret(options.privateDir),
    market.exchange,
    market.epoch,
    attempt,
  );
  const work = workFolder(options.privateDir, attempt);
  await makeWorkFolder(work);
  await writeWhole(join(work.path, "market.json"), marketText);
  if (modelText !== undefined) await writeWhole(work.model, modelText);
  const unlock = await lockFolder(work.path);
  try {
    await emptyPrivateFolder(work.steps);
    const evaluator = new Evaluator(table);
    const plan = await readPlan(options, market, evaluator, secrets, work, accountsSha256);
    const inputs = {
      ...epochInputs(options, market, marketDigest, table, evaluator, plan, secrets, keys, work),
      ...(rules === undefined ? {} : { secret: { ...rules, shape: privateShape[0]! } }),
    };
    progress.stage(
      "commit to accounts and totals",
      `${plan.accounts} margin accounts in ${plan.shapes.length} batches`,
    );
    const epoch = await commitEpoch(inputs);
    for (const warning of uncovered(market, table, epoch.statement)) progress.note(warning);
    for (const warning of fewAccountsWarnings(epoch.behind)) progress.note(warning);
    const { resumed, steps } = await proveSteps(options, inputs, epoch, keys, work);

    progress.stage("verify and publish", out);
    const used = new Set([...plan.shapes, ...epoch.statement.tableSteps.map(({ shape }) => shape)]);
    const statement = statementToJson(epoch.statement);
    let verdict: Verdict | undefined;
    await publishBundle(
      out,
      {
        statement,
        marketText,
        evidenceText,
        verifyingKeys: Object.fromEntries(
          [...keys.values()]
            .filter(({ instance }) => used.has(instance.id))
            .map(({ digest, verifyingKey }) => [`0x${bytesToHex(digest)}`, verifyingKey]),
        ),
        steps: publishedSteps(work, steps),
      },
      async (aside) => {
        verdict = await selfCheck(aside, [...keys.values()], work, progress);
      },
    );
    await recordPublished(options.privateDir, attempt, statement);
    return {
      statement: epoch.statement,
      statementDigest: `0x${bytesToHex(epoch.statementDigest)}`,
      verdict: verdict!,
      developmentKeys: [...keys.values()].some(
        ({ instance, development }) => development && used.has(instance.id),
      ),
      accounts: plan.accounts,
      behind: epoch.behind,
      steps: steps.length,
      resumed,
    };
  } finally {
    await unlock();
  }
}

/**
 * The step shape for a market with secret rates, none for another. The commitments are to steps of one size.
 * @throws MarginproofError PROFILE_PRIVATE
 */
function privateShapeOf({ privateRules }: Market, { name, privateTable }: Profile): PrivateTableShape[] {
  if (privateRules === undefined) return [];
  if (privateTable?.rows === privateRules.rowsPerStep) return [privateTable];
  throw new MarginproofError(
    "PROFILE_PRIVATE",
    `the market file commits to its secret rates in steps of ${privateRules.rowsPerStep} rows, profile ${name} has ${privateTable === undefined ? "no such steps" : `steps of ${privateTable.rows}`}`,
    {
      kind: "usage",
      hint: "Give market build and prove the same --profile, one whose name ends in private.",
    },
  );
}

/** One private folder never makes two statements for one epoch: whoever sees both sees an exchange contradict itself. */
async function refuseSecondStatement(privateDir: string, market: Market, attempt: string): Promise<void> {
  const before = (await publishedEpochs(privateDir)).find(
    ({ statement }) => statement.exchange === market.exchange && statement.epoch === market.epoch,
  );
  if (before === undefined || before.attempt === attempt) return;
  throw new MarginproofError(
    "EPOCH_PUBLISHED",
    `epoch ${market.epoch} was published from ${privateDir} already, with other inputs: statement ${before.digest}`,
    {
      kind: "usage",
      hint: `Give the market file its own epoch name. If that bundle never left your hands, remove ${workFolder(privateDir, before.attempt).path} and run again.`,
    },
  );
}

/** The checks on the open book that this statement will fail: better known before proving than after. */
function uncovered(market: Market, table: RiskTable, statement: Statement): string[] {
  return solvencyOf(market, table, statement)
    .filter(({ passed }) => !passed)
    .map(
      ({ subject, statement: rule, left, right }) =>
        `NOT COVERED: ${subject}: ${rule} fails, ${left} against ${right}`,
    );
}

/** The price evidence that the market file names, repeated before any work: the bundle would be refused with another. */
async function readEvidence(path: string | undefined, market: Market): Promise<string | undefined> {
  const usage = (code: string, message: string, hint: string) =>
    new MarginproofError(code, message, { kind: "usage", hint });
  if (path === undefined) {
    if (market.priceEvidence === undefined) return undefined;
    const hint = "Give the file that marginproof market build wrote with --evidence.";
    throw usage("PRICES_EVIDENCE_MISSING", "the market file names price evidence, and none is given", hint);
  }
  if (market.priceEvidence === undefined) {
    const hint = "Build the market file from price files, or prove without evidence.";
    throw usage("PRICES_EVIDENCE_UNNAMED", "price evidence is given, and the market file names none", hint);
  }
  const text = await readNamedFile(path, "price evidence");
  verifyMarketPrices(market, text);
  return text;
}

/** Reads the accounts into batches, or finds them read. @throws MarginproofError ACCOUNTS_CHANGED */
async function readPlan(
  options: ProveOptions,
  market: Market,
  evaluator: Evaluator,
  secrets: EpochSecrets,
  work: WorkFolder,
  accountsSha256: string,
): Promise<Plan> {
  const done = await readIfPresent(work.plan);
  if (done !== undefined) {
    options.progress.note("accounts are already laid out in batches; continuing");
    return JSON.parse(done) as Plan;
  }
  options.progress.stage("read accounts", options.accountsPath);
  const snapshot = await openSnapshot(options.accountsPath, accountRules(market), {
    shuffleKey: secrets.bytes("shuffle", ""),
    spoolParent: work.path,
    onProgress: ({ bytesRead, totalBytes }) => {
      options.signal?.throwIfAborted();
      options.progress.update(bytesRead, totalBytes);
    },
  });
  try {
    options.progress.stage("lay out batches", `${snapshot.rows} rows`);
    const plan = await planBatches(
      snapshot.portfolios(),
      options.profile.accounts,
      evaluator,
      work.batches,
      () => options.signal?.throwIfAborted(),
    );
    // The attempt, and with it every secret, is named by the file's digest: it must stand for what was read.
    if ((await fileDigest(options.accountsPath)) !== accountsSha256) {
      throw new MarginproofError("ACCOUNTS_CHANGED", `${options.accountsPath} changed while it was read`, {
        kind: "io",
        hint: "Nothing was committed to. Run the same command again when the file is complete.",
      });
    }
    await writeWhole(work.plan, JSON.stringify(plan));
    return plan;
  } finally {
    snapshot.close();
  }
}

function epochInputs(
  options: ProveOptions,
  market: Market,
  marketDigest: Uint8Array,
  table: RiskTable,
  evaluator: Evaluator,
  plan: Plan,
  secrets: EpochSecrets,
  keys: ReadonlyMap<string, InstanceKeys>,
  work: WorkFolder,
): EpochInputs {
  const names = { exchange: market.exchange, epoch: market.epoch, time: market.time };
  return {
    table,
    tableShape: options.profile.table,
    marketDigest,
    names,
    batches: {
      count: plan.shapes.length,
      async read(index) {
        options.signal?.throwIfAborted();
        const { shape, accounts } = await readBatch(work.batches, index);
        const found = keys.get(shape)!.instance as AccountShape;
        return batchRecords(index, found, accounts, evaluator, names, secrets);
      },
    },
    keyDigest: (shape) => keys.get(shape)!.digest,
    blinding: (role, index) => secrets.field(`blinding-${role}`, index),
    hasher: bestPoseidon(),
    onBatch: (pass, done) =>
      options.progress.update(done + (pass === "weigh" ? plan.shapes.length : 0), 2 * plan.shapes.length),
  };
}

/** A finished step as it is kept: its proof, and the signals it was made for. */
interface KeptProof {
  readonly signals: readonly string[];
  readonly proof: ProofJson;
}

const proofPath = (work: WorkFolder, index: number): string =>
  join(work.proofs, `${String(index).padStart(6, "0")}.json`);

/** Proves every step that has no proof yet, several at a time. */
async function proveSteps(
  options: ProveOptions,
  inputs: EpochInputs,
  epoch: Awaited<ReturnType<typeof commitEpoch>>,
  keys: ReadonlyMap<string, InstanceKeys>,
  work: WorkFolder,
): Promise<{ resumed: number; steps: { index: number; stateOut: bigint }[] }> {
  const total = epoch.statement.batches.length + epoch.statement.tableSteps.length;
  options.progress.stage("prove", `${total} steps`);
  const steps: { index: number; stateOut: bigint }[] = [];
  const running = new Set<Promise<void>>();
  const failed: unknown[] = [];
  let resumed = 0;
  let done = 0;
  for await (const step of epochSteps(inputs, epoch)) {
    steps.push({ index: step.index, stateOut: step.stateOut });
    if (await isProved(work, step)) {
      resumed++;
      options.progress.update(++done, total);
      continue;
    }
    if (resumed > 0 && running.size === 0) options.progress.note(`${resumed} proofs are already there`);
    const job = proveStep(step, options.backend, keys.get(step.instance.id)!, work).then(
      () => options.progress.update(++done, total),
      (error: unknown) => void failed.push(error),
    );
    const tracked: Promise<void> = job.finally(() => running.delete(tracked));
    running.add(tracked);
    if (running.size >= options.inFlight) await Promise.race(running);
    if (failed.length > 0 || options.signal?.aborted) break;
  }
  await Promise.all(running);
  if (failed.length > 0) throw failed[0];
  options.signal?.throwIfAborted();
  return { resumed, steps };
}

const signalText = (step: Step): string[] => step.signals.map(toFieldHex);

async function isProved(work: WorkFolder, step: Step): Promise<boolean> {
  const kept = await readIfPresent(proofPath(work, step.index));
  if (kept === undefined) return false;
  const { signals } = JSON.parse(kept) as KeptProof;
  return JSON.stringify(signals) === JSON.stringify(signalText(step));
}

/** Proves one step from its own files alone. */
async function proveStep(
  step: Step,
  backend: ProverBackend,
  { files }: InstanceKeys,
  work: WorkFolder,
): Promise<void> {
  const inputPath = join(work.steps, `${String(step.index).padStart(6, "0")}.json`);
  await writeWhole(inputPath, JSON.stringify(step.input));
  const result = await backend.prove({ wasmPath: files.wasm, zkeyPath: files.zkey, inputPath });
  const signals = signalText(step);
  const proved = result.publicSignals.map((value) => toFieldHex(BigInt(value)));
  if (JSON.stringify(proved) !== JSON.stringify(signals)) {
    throw new MarginproofError(
      "STEP_SIGNALS",
      `step ${step.index}: the circuit computed other public signals`,
      {
        hint: "The keys folder does not fit this version; run marginproof setup again.",
      },
    );
  }
  await writeWhole(
    proofPath(work, step.index),
    JSON.stringify({ signals, proof: result.proof } satisfies KeptProof),
  );
  // The input holds holdings in clear; the batch file can always make it again.
  await rm(inputPath);
}

async function* publishedSteps(
  work: WorkFolder,
  steps: readonly { readonly index: number; readonly stateOut: bigint }[],
): AsyncGenerator<{ stateOut: bigint; proof: ProofJson }> {
  for (const { index, stateOut } of steps) {
    const { proof } = JSON.parse(await readFile(proofPath(work, index), "utf8")) as KeptProof;
    yield { stateOut, proof };
  }
}

/** Nothing is published that the verifier would refuse; a damaged proof file is dropped, to be made again. */
async function selfCheck(
  aside: string,
  keys: readonly InstanceKeys[],
  work: WorkFolder,
  progress: Progress,
): Promise<Verdict> {
  const pins: PinnedKey[] = keys.map(({ instance, digest }) => ({
    ...instance,
    keyDigest: `0x${bytesToHex(digest)}`,
    development: false,
  }));
  const { verdict } = verifyEpoch(await readBundle(aside), {
    hasher: bestPoseidon(),
    pins,
    onProgress: (done, total) => progress.update(done, total),
  });
  if (verdict.proved) return verdict;
  const failure = verdict.checks.find((check) => check.status === "fail");
  await rm(work.proofs, { recursive: true, force: true });
  throw new MarginproofError(
    "SELF_CHECK",
    `the finished bundle does not verify: ${failure?.title}: ${failure?.detail}`,
    {
      hint: "Nothing was published and the stored proofs were dropped; run the same command again.",
    },
  );
}
