import { resolve } from "node:path";
import { accountsFormat } from "../accounts/index.js";
import { MarginproofError } from "../errors.js";
import { bytesToHex } from "../field/encoding.js";
import { bestPoseidon } from "../field/poseidon/bestPoseidon.js";
import { provideParent, readNamedFile } from "../files/files.js";
import type { Progress } from "../files/progress.js";
import type { Profile } from "../keys/instances.js";
import { type InstanceKeys, loadKeys } from "../keys/keyFolder.js";
import {
  canonicalMarketDigest,
  compileTable,
  type Market,
  type OpenRules,
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
import type { Verdict } from "../verifier/verdict.js";
import { type AccountsBehind, fewAccountsWarnings } from "./accountsBehind.js";
import { accountsDigest, attemptName } from "./attempt.js";
import type { ProverBackend } from "./backend.js";
import { batchName, batchRecords, parseBatch } from "./batchFile.js";
import { commitEpoch } from "./commit.js";
import type { EpochInputs } from "./epochInputs.js";
import { layOut } from "./layOut.js";
import { checkPlaces, entryAt } from "./places.js";
import type { Plan } from "./plan.js";
import { keptProof, type ProvedSteps, proveSteps } from "./proveSteps.js";
import { outExists, publish, settleRemains, standsAt } from "./publish.js";
import { EpochSecrets } from "./secrets.js";
import { dropFalseProofs, selfCheck } from "./selfCheck.js";
import { secondStatement } from "./store/folderRun.js";
import { FolderStore } from "./store/folderStore.js";
import { readText } from "./store/readText.js";
import type { AttemptStore, EpochRun, ProverStore } from "./store/store.js";

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

/** What is read before anything is made, and stays as it is. */
interface ProveInputs {
  readonly marketText: string;
  readonly market: Market;
  readonly marketDigest: Uint8Array;
  readonly evidenceText: string | undefined;
  readonly modelText: string | undefined;
  readonly rules: OpenRules | undefined;
  readonly table: RiskTable;
  readonly privateShape: PrivateTableShape | undefined;
  readonly keys: ReadonlyMap<string, InstanceKeys>;
  readonly accountsSha256: string;
  /** Name of the attempt: of these exact inputs. */
  readonly name: string;
}

/**
 * Proves an epoch and publishes its bundle. The same call after any interruption continues: everything secret is
 * derived from the master secret and the exact inputs, so finished proofs fit again. The same call after it has finished
 * finds its bundle.
 *
 * @throws MarginproofError with the codes of every stage; OUT_EXISTS when the bundle's place is taken
 */
export async function proveEpoch(options: ProveOptions): Promise<ProveResult> {
  const out = await checkPlaces({ ...options, out: resolve(options.out) });
  if ((await entryAt(out)) !== undefined) await refuseForeign(out, options.privateDir);
  accountsFormat(options.accountsPath);
  await provideParent(out);
  const inputs = await readInputs(options);
  const store = await FolderStore.open(options.privateDir);
  try {
    const run = await store.takeEpoch(inputs.market);
    try {
      await settleRemains(run);
      await refuseSecondStatement(run, inputs.name, options.withdraw);
      const ours = (await run.publications()).some((publication) => publication.out === out);
      if (!ours && (await entryAt(out)) !== undefined) throw outExists(out);
      return await proveInto(options, out, inputs, store, run);
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

async function readInputs(options: ProveOptions): Promise<ProveInputs> {
  const { profile } = options;
  const marketText = await readNamedFile(options.marketPath, "market file");
  const market = parseMarketText(marketText);
  const evidenceText = await readEvidence(options.evidencePath, market);
  const openTable = compileTable(market);
  const modelText =
    options.modelPath === undefined ? undefined : await readNamedFile(options.modelPath, "private model");
  const model = modelText === undefined ? undefined : parsePrivateModel(modelText);
  const rules = openRules(market, openTable, model, bestPoseidon());
  const [privateShape] = privateShapeOf(market, profile);
  const accountsSha256 = await accountsDigest(options.accountsPath);
  const keys = new Map<string, InstanceKeys>();
  for (const instance of [
    ...profile.accounts,
    profile.table,
    ...(privateShape === undefined ? [] : [privateShape]),
  ]) {
    keys.set(instance.id, await loadKeys(options.keysDir, instance, profile.name));
  }
  const marketDigest = canonicalMarketDigest(market);
  const keyDigests = [...keys.values()].map(({ digest }) => digest);
  return {
    ...{
      marketText,
      market,
      marketDigest,
      evidenceText,
      modelText,
      rules,
      privateShape,
      keys,
      accountsSha256,
    },
    table: rules?.table ?? openTable,
    name: attemptName({ marketDigest, accountsSha256, profile: profile.name, keyDigests }),
  };
}

/**
 * @throws MarginproofError EPOCH_PUBLISHED unless the epoch's statement is this attempt's, or is withdrawn by its digest
 * and its bundle is gone
 */
async function refuseSecondStatement(
  run: EpochRun,
  attempt: string,
  withdraw: string | undefined,
): Promise<void> {
  const before = await run.statement();
  if (before === undefined || before.attempt === attempt) return;
  if (withdraw === before.digest) {
    const place = await standsAt(run, before.digest);
    if (place === undefined) return run.withdraw();
    throw new MarginproofError(
      "EPOCH_PUBLISHED",
      `the bundle of statement ${before.digest} still stands at ${place}: beside another of the epoch it would contradict it`,
      {
        kind: "usage",
        hint: "If it never left your hands, remove that folder, then run the same command again.",
      },
    );
  }
  throw secondStatement(
    before,
    (await run.publications()).map(({ out }) => out),
  );
}

/** Lays out, proves and publishes, or finds what earlier runs have done of that. */
async function proveInto(
  options: ProveOptions,
  out: string,
  inputs: ProveInputs,
  store: ProverStore,
  run: EpochRun,
): Promise<ProveResult> {
  const { progress, profile, signal } = options;
  const { market, rules, table, keys, privateShape } = inputs;
  const attempt = store.attempt(inputs.name);
  await attempt.begin();
  await attempt.put("market.json", inputs.marketText);
  if (inputs.modelText !== undefined) await attempt.put("model.json", inputs.modelText);
  const secrets = new EpochSecrets(await store.masterSecret(), market.exchange, market.epoch, inputs.name);
  const evaluator = new Evaluator(table);
  const plan = await layOut({
    ...{ accountsPath: options.accountsPath, accountsSha256: inputs.accountsSha256, market },
    ...{ shapes: profile.accounts, evaluator, secrets, attempt, progress, signal },
  });
  if ((await entryAt(out)) !== undefined) return foundBundle(out, inputs, plan, run, progress);

  const epochInputs: EpochInputs = {
    ...stepInputs(options, inputs, evaluator, plan, secrets, attempt),
    ...(rules === undefined ? {} : { secret: { ...rules, shape: privateShape! } }),
  };
  progress.stage(
    "commit to accounts and totals",
    `${plan.accounts} margin accounts in ${plan.shapes.length} batches`,
  );
  const epoch = await commitEpoch(epochInputs);
  for (const warning of uncovered(market, table, epoch.statement)) progress.note(warning);
  for (const warning of fewAccountsWarnings(epoch.behind)) progress.note(warning);
  const { backend, inFlight } = options;
  const proved = await proveSteps({ backend, inFlight, keys, attempt, progress, signal }, epochInputs, epoch);

  progress.stage("verify and publish", out);
  const digest = `0x${bytesToHex(epoch.statementDigest)}`;
  const used = usedKeys(epoch.statement, keys);
  let verdict: Verdict | undefined;
  await publish(
    run,
    out,
    { attempt: inputs.name, statement: epoch.statement, digest },
    {
      statement: statementToJson(epoch.statement),
      marketText: inputs.marketText,
      evidenceText: inputs.evidenceText,
      verifyingKeys: Object.fromEntries(
        used.map(({ digest, verifyingKey }) => [`0x${bytesToHex(digest)}`, verifyingKey]),
      ),
      steps: publishedSteps(attempt, proved),
    },
    async (aside) => {
      verdict = await selfCheck(aside, [...keys.values()], progress);
      if (!verdict.proved) throw await dropFalseProofs(verdict, attempt, proved.steps, keys);
    },
  );
  const result = proveResult(verdict!, epoch.statement, digest, used, plan, proved.resumed);
  return { ...result, behind: epoch.behind };
}

function proveResult(
  verdict: Verdict,
  statement: Statement,
  statementDigest: string,
  used: readonly InstanceKeys[],
  plan: Plan,
  resumed: number,
): ProveResult {
  return {
    ...{ statement, statementDigest, verdict, resumed },
    developmentKeys: used.some(({ development }) => development),
    accounts: plan.accounts,
    steps: statement.batches.length + statement.tableSteps.length,
  };
}

function usedKeys(statement: Statement, keys: ReadonlyMap<string, InstanceKeys>): InstanceKeys[] {
  const used = new Set([...statement.batches, ...statement.tableSteps].map(({ shape }) => shape));
  return [...keys.values()].filter(({ instance }) => used.has(instance.id));
}

/**
 * The bundle that an earlier run of the same command published here, whether or not it lived to say so.
 * @throws MarginproofError OUT_EXISTS when something else stands there
 */
async function foundBundle(
  out: string,
  { keys }: ProveInputs,
  plan: Plan,
  run: EpochRun,
  progress: Progress,
): Promise<ProveResult> {
  const before = await run.statement();
  if (before === undefined) throw outExists(out);
  progress.stage("verify what is published already", out);
  const verdict = await selfCheck(out, [...keys.values()], progress).catch((error: unknown) => {
    if (error instanceof MarginproofError && error.options.kind === "invalid") return undefined;
    throw error;
  });
  if (verdict?.proved !== true || verdict.statementDigest !== before.digest) {
    throw outExists(out, `is no longer what was published there: statement ${before.digest}`);
  }
  progress.note("the bundle was published by an earlier run of this command");
  const { statement, digest } = before;
  const steps = statement.batches.length + statement.tableSteps.length;
  return proveResult(verdict, statement, digest, usedKeys(statement, keys), plan, steps);
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

function stepInputs(
  options: ProveOptions,
  { market, marketDigest, table, keys }: ProveInputs,
  evaluator: Evaluator,
  plan: Plan,
  secrets: EpochSecrets,
  attempt: AttemptStore,
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
        const { shape, accounts } = parseBatch(await readText(attempt, batchName(index)));
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

async function* publishedSteps(attempt: AttemptStore, { steps }: ProvedSteps) {
  for (const { index, stateOut } of steps) yield { stateOut, proof: await keptProof(attempt, index) };
}
