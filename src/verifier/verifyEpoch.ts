import { atPlace, MarginproofError } from "../errors.js";
import { mul, pow } from "../field/element.js";
import { bytesToHex, parseFieldHex, toFieldHex } from "../field/encoding.js";
import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import {
  assertTableRules,
  canonicalMarketDigest,
  compileTable,
  firstDifference,
  type Market,
  parseMarketText,
  privateRulesDigest,
} from "../market/index.js";
import {
  type MarketPrices,
  type PricePolicy,
  type PricePolicyJson,
  parsePolicy,
  verifyMarketPrices,
} from "../prices/index.js";
import { accountCount, bandList } from "../protocol/bands.js";
import { batchWeight, lanesEnd } from "../protocol/chain.js";
import {
  type Challenges,
  firstChallenges,
  firstSeed,
  secondChallenges,
  secondSeed,
} from "../protocol/challenges.js";
import { EPOCH_TREE_DEPTH } from "../protocol/constants.js";
import { columnsHash, foldTable, privateColumnsHash, stepRows } from "../protocol/fold.js";
import {
  accountStepSignals,
  privateTableStepSignals,
  STEP_SIGNALS,
  tableStepSignals,
} from "../protocol/publicSignals.js";
import { stateCommitment, ZERO_STATE } from "../protocol/state.js";
import { parseStatement, type Statement } from "../protocol/statement.js";
import { type TablePart, tableParts } from "../protocol/tableParts.js";
import { Tree16 } from "../protocol/tree.js";
import type { RiskTable } from "../protocol/types.js";
import { type BundleParts, type PublishedStep, parseKeyFile, parseSteps, stepLines } from "./bundle.js";
import { assertSums } from "./checkSums.js";
import { parseVerifyingKey, type VerifyingKey } from "./groth16/verifyingKey.js";
import { verifyMany } from "./groth16/verifyMany.js";
import type { PinnedKey } from "./pins.js";
import { laneTotals, solvencyOf } from "./solvency.js";
import { CheckList, notProved, shortList, type Verdict } from "./verdict.js";

export interface VerifyOptions {
  readonly hasher: PoseidonHasher;
  /** The verifier's own list of trusted keys: never taken from the bundle. */
  readonly pins: readonly PinnedKey[];
  /** Accept keys of the development setup, with which anybody can forge. */
  readonly allowDevKeys?: boolean;
  /** A market file of the verifier's own, as text: the bundle's must say the same. */
  readonly ownMarketText?: string;
  /** Statement digest from the exchange's public anchor, `0x` + 64 hex digits. */
  readonly expectedDigest?: string;
  /** The verifier's own price policy: the prices must be attested under it. */
  readonly pricePolicy?: PricePolicyJson;
  /** What the secret rates must be (`privateRulesDigest`): as pinned, or as in the previous epoch. */
  readonly expectedRules?: string;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a bundle says, once its parts could be read; `verdict` says how far to believe it. */
export interface VerifiedEpoch {
  readonly verdict: Verdict;
  readonly statement?: Statement;
  readonly market?: Market;
  readonly table?: RiskTable;
  /** What the price evidence shows, if there is any. */
  readonly prices?: MarketPrices;
}

/** A message may quote a hostile file, and no reader wants megabytes of it. */
const MAX_DETAIL = 1000;

/** Proofs checked in one random linear combination; larger gains little and names culprits later. */
const PROOFS_AT_ONCE = 32;

/**
 * Checks a whole epoch from public data and the verifier's own pinned keys: protocol.md section 6.
 * Never throws for a bad bundle: every fault is a failed check with its code.
 *
 * @throws MarginproofError PRICES_POLICY for a fault in the verifier's own price policy
 */
export function verifyEpoch(bundle: BundleParts, options: VerifyOptions): VerifiedEpoch {
  const ownPolicy = options.pricePolicy === undefined ? undefined : parsePolicy(options.pricePolicy);
  const list = new CheckList();
  const found: { -readonly [K in keyof VerifiedEpoch]?: VerifiedEpoch[K] } = {};
  let statementDigest: string | undefined;
  let epochRoot: string | undefined;
  let developmentKeys = false;

  const run = (id: string, title: string, check: () => string): boolean => {
    try {
      return list.add("proof", id, title, true, check());
    } catch (error) {
      if (!(error instanceof MarginproofError || error instanceof RangeError)) throw error;
      const code = error instanceof MarginproofError ? error.code : "OUT_OF_RANGE";
      return list.add("proof", id, title, false, `${code}: ${error.message.slice(0, MAX_DETAIL)}`);
    }
  };

  const proved = ((): boolean => {
    if (
      !run("statement", "the statement is well formed", () => {
        found.statement = parseStatement(bundle.statement);
        const { exchange, epoch, time } = found.statement;
        return `${exchange}, epoch ${epoch}, ${time}`;
      })
    )
      return false;
    const statement = found.statement!;

    if (
      !run("market", "the market file is the one the statement names", () => {
        found.market = parseMarketText(bundle.marketText);
        checkMarket(found.market, statement, options.ownMarketText);
        return `digest 0x${bytesToHex(statement.marketDigest)}${options.ownMarketText === undefined ? "" : ", equal to your own market file"}`;
      })
    )
      return false;

    if (
      (bundle.evidenceText ?? found.market!.priceEvidence ?? ownPolicy) !== undefined &&
      !run("prices", pricesTitle(ownPolicy), () => {
        found.prices = verifyMarketPrices(found.market!, bundle.evidenceText, ownPolicy)!;
        return pricesDetail(found.prices, ownPolicy !== undefined);
      })
    )
      return false;

    if (
      !run("table", "the risk table, rebuilt here from the market file, keeps its rules", () => {
        found.table = compileTable(found.market!);
        assertTableRules(found.table);
        checkTable(found.table, statement);
        return `${found.table.rows.length} rows for ${found.table.instruments.length} instruments`;
      })
    )
      return false;
    const table = found.table!;

    if (
      (found.market!.privateRules ?? options.expectedRules) !== undefined &&
      !run("rules", "the secret rates are committed to, the same for every account", () =>
        checkRules(found.market!, options),
      )
    )
      return false;

    const pinned = new Map<string, { pin: PinnedKey; key: VerifyingKey }>();
    if (
      !run("keys", "every verifying key is on your own list of trusted keys", () => {
        const used = new Set(
          [...statement.batches, ...statement.tableSteps].map(
            ({ keyDigest }) => `0x${bytesToHex(keyDigest)}`,
          ),
        );
        developmentKeys = options.pins.some((pin) => pin.development && used.has(pin.keyDigest));
        for (const [digest, entry] of trustedKeys(bundle, statement, options)) pinned.set(digest, entry);
        return `${pinned.size} keys${developmentKeys ? ", INSECURE DEVELOPMENT KEYS: anybody can forge these proofs" : ""}`;
      })
    )
      return false;

    let steps: PublishedStep[] = [];
    let parts: TablePart[] = [];
    if (
      !run("coverage", "every batch and every row of the table has exactly one step", () => {
        // Counted first: a proof takes milliseconds to parse.
        parts = checkCoverage(statement, found.market!, table, stepLines(bundle).length, pinned);
        steps = parseSteps(bundle.steps);
        return `${statement.batches.length} account steps, ${statement.tableSteps.length} table steps`;
      })
    )
      return false;

    let jobs: { vk: VerifyingKey; signals: bigint[]; proof: PublishedStep["proof"] }[] = [];
    if (
      !run("chain", "the chain of hidden states starts at zero and ends in the published totals", () => {
        const seed1 = firstSeed(statement);
        const seed2 = secondSeed(seed1, statement.weights);
        statementDigest = `0x${bytesToHex(seed2)}`;
        epochRoot = toFieldHex(
          new Tree16(
            options.hasher,
            statement.batches.map((batch) => batch.leafRoot),
            EPOCH_TREE_DEPTH,
          ).root,
        );
        const challenges = { ...firstChallenges(seed1), ...secondChallenges(seed2) };
        const commitments = (found.market!.privateRules?.commitments ?? []).map(parseFieldHex);
        jobs = stepJobs(statement, table, steps, parts, commitments, challenges, pinned, options.hasher);
        checkEnd(statement, table, steps, challenges, options.hasher);
        return `statement digest ${statementDigest}`;
      })
    )
      return false;

    if (
      options.expectedDigest !== undefined &&
      !run("anchor", "the statement is the one the exchange anchored", () => {
        if (statementDigest === undefined || statementDigest !== options.expectedDigest) {
          throw failure(
            "ANCHOR_MISMATCH",
            `this bundle's digest is ${statementDigest}, the anchor says ${options.expectedDigest}`,
          );
        }
        return statementDigest;
      })
    )
      return false;

    if (
      !run("proofs", "every proof verifies", () => {
        checkProofs(jobs, statement.batches.length, options.onProgress);
        return `${jobs.length} Groth16 proofs`;
      })
    )
      return false;

    return run("sums", "the published sums agree with each other", () => checkSums(statement, table, pinned));
  })();

  const solvent = proved && solvencyChecks(list, found.statement!, found.market!, found.table!);
  if (!proved)
    list.skip("solvency", "solvency", "the book is covered", "not looked at: the statement is not proved");
  const commitment = found.market === undefined ? undefined : privateRulesDigest(found.market);
  const compared = (options.expectedRules ?? options.ownMarketText) !== undefined;
  const rules = commitment === undefined ? undefined : { commitment, compared };
  const prices = found.prices === undefined ? "stated" : ownPolicy === undefined ? "attested" : "pinned";
  const previousStatement = proved ? found.market?.previousStatement : undefined;
  const verdict: Verdict = {
    valid: proved && solvent,
    proved,
    solvent,
    checks: list.checks,
    notProved: notProved(prices, found.prices?.modelled ?? [], rules),
    prices,
    ...(rules === undefined ? {} : { rules }),
    developmentKeys,
    ...(statementDigest === undefined ? {} : { statementDigest }),
    ...(epochRoot === undefined ? {} : { epochRoot }),
    ...(previousStatement === undefined ? {} : { previousStatement }),
  };
  return { ...found, verdict };
}

function failure(code: string, message: string): MarginproofError {
  return new MarginproofError(code, message, { kind: "invalid" });
}

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean => bytesToHex(one) === bytesToHex(other);

function checkMarket(market: Market, statement: Statement, ownMarketText: string | undefined): void {
  if (!sameBytes(canonicalMarketDigest(market), statement.marketDigest)) {
    throw failure("MARKET_DIGEST", "market.json was changed after the statement was made");
  }
  for (const name of ["exchange", "epoch", "time"] as const) {
    if (market[name] === statement[name]) continue;
    const says = `${name} is ${JSON.stringify(market[name])} in market.json, ${JSON.stringify(statement[name])} in the statement`;
    throw failure("MARKET_NAMES", says);
  }
  if (ownMarketText === undefined) return;
  const own = parseMarketText(ownMarketText);
  if (sameBytes(canonicalMarketDigest(own), statement.marketDigest)) return;
  const { path, expected, found } = firstDifference(own, market) ?? { path: "the file" };
  throw failure(
    "MARKET_DIFFERS",
    `the bundle's market file is not your own: ${path} is ${found ?? "missing"}, yours ${expected ?? "has none"}`,
  );
}

function pricesTitle(own: PricePolicy | undefined): string {
  return own === undefined
    ? "the price evidence repeats, with the signers that the bundle itself names"
    : "the prices are signed as your own price policy asks";
}

/** A policy of one's own binds names to addresses; without one the addresses must be seen. */
function pricesDetail({ medians, files, policy, modelled }: MarketPrices, pinned: boolean): string {
  const signers = files.map(({ source, signer }) => (pinned ? `"${source}"` : `"${source}" (${signer})`));
  const options = modelled.length === 0 ? "" : `; no signer prices ${shortList(modelled)}`;
  return `${medians.length} prices, each the median of at least ${policy.quorum} of ${shortList(signers)}${options}`;
}

function checkTable(table: RiskTable, statement: Statement): void {
  if (!sameBytes(table.digest, statement.tableDigest)) {
    throw failure("TABLE_DIGEST", "the statement's risk table is not the one this market file compiles to");
  }
  const symbols = table.instruments.map((instrument) => instrument.symbol);
  const places = Math.max(symbols.length, statement.instruments.length);
  for (let i = 0; i < places; i++) {
    const [own, listed] = [symbols[i], statement.instruments[i]];
    if (own === listed) continue;
    const says = `quantities[${i}] is of ${listed ?? "nothing"}, the market's instrument there is ${own ?? "none"}`;
    throw failure("TABLE_INSTRUMENTS", says);
  }
}

/** The secret rules of a market, if any, and whether somebody compared them with the same of another epoch. */
function checkRules(market: Market, { expectedRules, ownMarketText }: VerifyOptions): string {
  const rules = privateRulesDigest(market) ?? "none";
  if (expectedRules !== undefined && rules !== expectedRules)
    throw failure(
      "RULES_COMMITMENT",
      `the rules commitment is ${rules}, you expect ${expectedRules}: a secret rule was changed`,
    );
  if (expectedRules !== undefined) return `rules commitment ${rules}, as you expect`;
  const compared =
    ownMarketText === undefined ? "not checked against a pinned value" : "that of your own file";
  return `rules commitment ${rules}, ${compared}`;
}

/** The statement's keys: in the bundle by digest, on the verifier's list for the very shape they are used for. */
function trustedKeys(
  bundle: BundleParts,
  statement: Statement,
  options: VerifyOptions,
): Map<string, { pin: PinnedKey; key: VerifyingKey }> {
  const given = parseKeyFile(bundle.verifyingKeys);
  const trusted = new Map<string, { pin: PinnedKey; key: VerifyingKey }>();
  const uses = [
    ...statement.batches.map((batch) => ({ ...batch, template: "accounts" })),
    ...statement.tableSteps.map((step) => ({ ...step, template: "table" })),
  ];
  // Which kind of table step, checkCoverage says.
  const serves = (pin: PinnedKey, template: string): boolean =>
    (pin.template === "accounts") === (template === "accounts");
  for (const { shape, keyDigest, template } of uses) {
    const digest = `0x${bytesToHex(keyDigest)}`;
    const known = trusted.get(digest);
    if (known !== undefined && known.pin.id === shape && serves(known.pin, template)) continue;
    const pin = options.pins.find(
      (candidate) => candidate.keyDigest === digest && candidate.id === shape && serves(candidate, template),
    );
    if (pin === undefined) {
      throw failure("KEY_NOT_PINNED", `key ${digest} for ${shape} is not on your list of trusted keys`);
    }
    // One entry that knows the key as a development key outweighs any that does not.
    const development = options.pins.some(
      (candidate) => candidate.keyDigest === digest && candidate.development,
    );
    if (development && options.allowDevKeys !== true) {
      throw failure(
        "KEY_DEVELOPMENT",
        `key ${digest} for ${shape} comes from the insecure development setup; only --allow-dev-keys accepts it`,
      );
    }
    const json = Object.hasOwn(given, digest) ? given[digest] : undefined;
    if (json === undefined) throw failure("KEY_MISSING", `verifying-keys.json has no key ${digest}`);
    const key = atPlace(`verifying-keys.json, ${digest}`, () =>
      parseVerifyingKey(json, STEP_SIGNALS[pin.template].length),
    );
    if (`0x${key.digestHex}` !== digest) {
      throw failure("KEY_DIGEST", `the key listed as ${digest} has digest 0x${key.digestHex}`);
    }
    trusted.set(digest, { pin, key });
  }
  return trusted;
}

/** One step for every batch and every part of the table. @returns the parts */
function checkCoverage(
  statement: Statement,
  market: Market,
  table: RiskTable,
  steps: number,
  pinned: ReadonlyMap<string, { pin: PinnedKey }>,
): TablePart[] {
  const expected = statement.batches.length + statement.tableSteps.length;
  if (steps !== expected)
    throw failure("STEP_COUNT", `${steps} steps are published, the statement lists ${expected}`);
  // A batch of a shape with fewer stress places would be left out of the stressed sums.
  for (const [index, batch] of statement.batches.entries()) {
    const { pin } = pinned.get(`0x${bytesToHex(batch.keyDigest)}`)!;
    if (pin.template === "accounts" && pin.stress < table.stressNames.length) {
      throw failure(
        "SHAPE_STRESS",
        `batch ${index}: shape ${pin.id} has too few stress places for this market`,
      );
    }
  }
  const pins = statement.tableSteps.map(({ keyDigest }) => pinned.get(`0x${bytesToHex(keyDigest)}`)!.pin);
  const rowsOf = (pin: PinnedKey): number => (pin.template === "accounts" ? 0 : pin.rows);
  const parts = tableParts(table, rowsOf(pins[0]!), market.privateRules?.rowsPerStep ?? 0);
  const wrong = parts.findIndex(
    (part, i) =>
      pins[i]?.template !== (part.private ? "privateTable" : "table") || rowsOf(pins[i]!) !== part.size,
  );
  const secret = parts.filter((part) => part.private).length;
  if (secret !== (market.privateRules?.commitments.length ?? 0)) {
    throw failure("TABLE_COVERAGE", `the market file has not one commitment for each of ${secret} steps`);
  }
  if (wrong >= 0 || pins.length !== parts.length) {
    throw failure(
      "TABLE_COVERAGE",
      `${pins.length} table steps do not cut the table of ${table.rows.length} rows as it is to be cut`,
    );
  }
  return parts;
}

/** The public signals of every step, derived here and nowhere else. */
function stepJobs(
  statement: Statement,
  table: RiskTable,
  steps: readonly PublishedStep[],
  parts: readonly TablePart[],
  commitments: readonly bigint[],
  challenges: Challenges,
  pinned: ReadonlyMap<string, { key: VerifyingKey; pin: PinnedKey }>,
  hasher: PoseidonHasher,
): { vk: VerifyingKey; signals: bigint[]; proof: PublishedStep["proof"] }[] {
  const { rho, beta, gamma, tau, r, x } = challenges;
  let stateIn = stateCommitment(hasher, ZERO_STATE, 0n);
  const jobs = statement.batches.map((batch, index) => {
    const { stateOut, proof } = steps[index]!;
    const signals = accountStepSignals({
      leafRoot: batch.leafRoot,
      stateOut,
      stateIn,
      rhoStart: batchWeight(rho, index),
      rho,
      beta,
      gamma,
      r,
      x,
      imfBp: table.imfBp,
      marginCallBp: table.marginCallBp,
    });
    stateIn = stateOut;
    return { vk: pinned.get(`0x${bytesToHex(batch.keyDigest)}`)!.key, signals, proof };
  });
  const folded = foldTable(table, challenges);
  let laneStart = 1n;
  let secret = 0;
  statement.tableSteps.forEach((step, index) => {
    const { stateOut, proof } = steps[statement.batches.length + index]!;
    const part = parts[index]!;
    const rows = stepRows(folded, part);
    const common = {
      totals: step.totals,
      weights: statement.weights[index]!,
      stateOut,
      stateIn,
      laneStart,
      tau,
      r,
      x,
    };
    const signals = part.private
      ? privateTableStepSignals({
          ...common,
          beta,
          columns: privateColumnsHash(hasher, rows),
          rules: commitments[secret++]!,
        })
      : tableStepSignals({ ...common, columns: columnsHash(hasher, rows) });
    laneStart = mul(laneStart, pow(tau, BigInt(rows.filter((row) => row.laneFirst === 1n).length)));
    stateIn = stateOut;
    jobs.push({ vk: pinned.get(`0x${bytesToHex(step.keyDigest)}`)!.key, signals, proof });
  });
  return jobs;
}

/** The last state must be the opened commitment of: no residue, the published quantities, the published totals. */
function checkEnd(
  statement: Statement,
  table: RiskTable,
  steps: readonly PublishedStep[],
  challenges: Challenges,
  hasher: PoseidonHasher,
): void {
  const end = {
    lookup: 0n,
    balance: 0n,
    lanes: lanesEnd(challenges.tau, laneTotals(table, statement)),
    totals: statement.totals,
  };
  if (steps.at(-1)!.stateOut !== stateCommitment(hasher, end, 0n)) {
    throw failure("CHAIN_END", "the last step does not end in the published totals and quantities");
  }
}

function checkProofs(
  jobs: readonly { vk: VerifyingKey; signals: bigint[]; proof: PublishedStep["proof"] }[],
  batches: number,
  onProgress: VerifyOptions["onProgress"],
): void {
  const failed: number[] = [];
  for (let at = 0; at < jobs.length; at += PROOFS_AT_ONCE) {
    const part = verifyMany(jobs.slice(at, at + PROOFS_AT_ONCE));
    failed.push(...part.failed.map((index) => at + index));
    onProgress?.(Math.min(at + PROOFS_AT_ONCE, jobs.length), jobs.length);
  }
  if (failed.length === 0) return;
  const names = failed
    .slice(0, 5)
    .map((index) => (index < batches ? `account step ${index}` : `table step ${index - batches}`));
  throw failure(
    "PROOF_FALSE",
    `${failed.length} of ${jobs.length} proofs do not verify: ${names.join(", ")}`,
  );
}

function checkSums(
  statement: Statement,
  table: RiskTable,
  pinned: ReadonlyMap<string, { pin: PinnedKey }>,
): string {
  let places = 0n;
  for (const batch of statement.batches) {
    const { pin } = pinned.get(`0x${bytesToHex(batch.keyDigest)}`)!;
    if (pin.template === "accounts") places += BigInt(pin.accounts);
  }
  assertSums(statement, table, places);
  const { bands } = statement.totals;
  return `${accountCount(bands)} margin accounts: ${bandList(bands)}`;
}

function solvencyChecks(list: CheckList, statement: Statement, market: Market, table: RiskTable): boolean {
  for (const check of solvencyOf(market, table, statement)) {
    const detail =
      check.name === "open-interest"
        ? `long ${check.left}, short ${check.right}`
        : `${check.left} ${check.passed ? "against" : "exceeds"} ${check.right}`;
    list.add(
      "solvency",
      `${check.name}:${check.subject}`,
      `${check.subject}: ${check.statement}`,
      check.passed,
      detail,
    );
  }
  return list.all("solvency");
}
