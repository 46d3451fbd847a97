import { add, batchInverse, mul, sub } from "../field/element.js";
import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import { addToTotals, afterBatch, afterTableStep, batchWeight, type ChainTable } from "../protocol/chain.js";
import {
  type Challenges,
  type Commitments,
  firstChallenges,
  firstSeed,
  secondChallenges,
  secondSeed,
} from "../protocol/challenges.js";
import { BATCH_TREE_DEPTH } from "../protocol/constants.js";
import { columnsHash, foldTable, privateColumnsHash, stepRows } from "../protocol/fold.js";
import { leafHashes } from "../protocol/leaf.js";
import { accountStepSignals, privateTableStepSignals, tableStepSignals } from "../protocol/publicSignals.js";
import { partSteps, type RateStep, rulesCommitment } from "../protocol/rates.js";
import {
  indexRows,
  laneQuantities,
  RowSums,
  totalsCommitment,
  weightsCommitment,
} from "../protocol/rowSums.js";
import type { Instance, PrivateTableShape, TableShape } from "../protocol/shapes.js";
import { type ChainState, stateCommitment, type Totals, ZERO_STATE, ZERO_TOTALS } from "../protocol/state.js";
import type { Statement } from "../protocol/statement.js";
import { type TablePart, tableParts } from "../protocol/tableParts.js";
import { Tree16 } from "../protocol/tree.js";
import type { Batch, RiskTable } from "../protocol/types.js";
import type { CircuitInput } from "./backend.js";
import { accountStepInput, type BlindedSums, privateTableStepInput, tableStepInput } from "./stepInput.js";

/** Where an epoch's batches come from: read anew in every pass, so that memory holds one at a time. */
export interface BatchSource {
  readonly count: number;
  read(index: number): Promise<Batch>;
}

/** Blindings by role and index; must be secret and never serve two different epochs. */
export type Blinding = (role: "state" | "totals" | "weights", index: number) => bigint;

/** Secret rates, and the shape of the steps that prove them folded. */
export interface SecretRates {
  readonly shape: PrivateTableShape;
  /** Per row of the table; not read in rows with public rates. */
  readonly steps: readonly RateStep[];
  /** The same for every epoch, so that the commitments are. */
  readonly blinding: (privateStep: number) => bigint;
}

export interface EpochInputs {
  /** With secret rates filled in. */
  readonly table: RiskTable;
  readonly tableShape: TableShape;
  readonly secret?: SecretRates;
  readonly marketDigest: Uint8Array;
  readonly names: { readonly exchange: string; readonly epoch: string; readonly time: string };
  readonly batches: BatchSource;
  /** Digest of the verifying key of a shape. */
  readonly keyDigest: (shape: string) => Uint8Array;
  readonly blinding: Blinding;
  readonly hasher: PoseidonHasher;
  readonly onBatch?: (pass: "commit" | "weigh", done: number) => void;
}

/** A statement fixed by its commitments, with all that the steps need. */
export interface CommittedEpoch {
  readonly statement: Statement;
  readonly statementDigest: Uint8Array;
  readonly challenges: Challenges;
  readonly totals: RowSums;
  readonly weights: RowSums;
}

/** One step, ready to prove: circuit input and the public signals its proof must have. */
export interface Step {
  readonly index: number;
  readonly instance: Instance;
  readonly input: CircuitInput;
  readonly signals: readonly bigint[];
  readonly stateOut: bigint;
}

/** The table steps of an epoch, in order, each with its shape. */
export function epochParts({
  table,
  tableShape,
  secret,
}: Pick<EpochInputs, "table" | "tableShape" | "secret">): (TablePart & {
  readonly shape: TableShape | PrivateTableShape;
})[] {
  const parts = tableParts(table, tableShape.rows, secret?.shape.rows ?? 0);
  return parts.map((part) => ({ ...part, shape: part.private ? secret!.shape : tableShape }));
}

/** Root of a batch's own tree. */
export function batchRoot(hasher: PoseidonHasher, batch: Batch, marginCallBp: bigint): bigint {
  return new Tree16(hasher, leafHashes(hasher, batch.shape, batch.accounts, marginCallBp), BATCH_TREE_DEPTH)
    .root;
}

/** Commits to all accounts and totals, draws the first challenges, commits to the weights, draws the second. */
export async function commitEpoch(inputs: EpochInputs): Promise<CommittedEpoch> {
  const { table, hasher, names, keyDigest, blinding, batches } = inputs;
  const rows = indexRows(table);
  const totals = new RowSums(table.rows.length);
  let sums: Totals = ZERO_TOTALS;
  const committed: { shape: string; keyDigest: Uint8Array; leafRoot: bigint }[] = [];
  for (let index = 0; index < batches.count; index++) {
    const batch = await batches.read(index);
    committed.push({
      shape: batch.shape.id,
      keyDigest: keyDigest(batch.shape.id),
      leafRoot: batchRoot(hasher, batch, table.marginCallBp),
    });
    for (const account of batch.accounts) {
      totals.addAccount(account, rows, 1n);
      sums = addToTotals(sums, account);
    }
    inputs.onBatch?.("commit", index + 1);
  }
  const parts = epochParts(inputs);
  const quantities = laneQuantities(table, totals);
  const commitments: Commitments = {
    ...names,
    marketDigest: inputs.marketDigest,
    tableDigest: table.digest,
    batches: committed,
    tableSteps: parts.map((part, step) => ({
      shape: part.shape.id,
      keyDigest: keyDigest(part.shape.id),
      totals: totalsCommitment(hasher, blinding("totals", step), totals.step(part)),
    })),
    totals: sums,
    quantities: table.instruments.map(({ longLane, shortLane }) => ({
      long: quantities[longLane]!,
      short: quantities[shortLane]!,
    })),
  };
  const seed1 = firstSeed(commitments);
  const first = firstChallenges(seed1);

  const weights = new RowSums(table.rows.length);
  for (let index = 0; index < batches.count; index++) {
    const batch = await batches.read(index);
    let weight = batchWeight(first.rho, index);
    for (const account of batch.accounts) {
      weights.addAccount(account, rows, weight);
      weight = mul(weight, first.rho);
    }
    inputs.onBatch?.("weigh", index + 1);
  }
  const weightCommitments = parts.map((part, step) =>
    weightsCommitment(hasher, blinding("weights", step), weights.step(part)),
  );
  const statementDigest = secondSeed(seed1, weightCommitments);
  return {
    statement: {
      ...commitments,
      instruments: table.instruments.map((instrument) => instrument.symbol),
      weights: weightCommitments,
    },
    statementDigest,
    challenges: { ...first, ...secondChallenges(statementDigest) },
    totals,
    weights,
  };
}

/** All steps of the chain in order; each is complete in itself and can be proved anywhere, in any order. */
export async function* epochSteps(inputs: EpochInputs, epoch: CommittedEpoch): AsyncGenerator<Step> {
  const { table, hasher, batches } = inputs;
  const { challenges, statement } = epoch;
  const { rho, beta, gamma, tau, r, x } = challenges;
  const folded = foldTable(table, challenges);
  const chainTable: ChainTable = {
    rows: indexRows(table),
    folded,
    inverses: batchInverse(folded.map((row) => sub(r, row.lookupValue))),
  };
  const parts = epochParts(inputs);
  const total = batches.count + parts.length;
  // The first state is opened as zeros and the last as the published totals, so neither is blinded.
  const blindingAt = (index: number): bigint =>
    index === 0 || index === total ? 0n : inputs.blinding("state", index);

  let state: ChainState = ZERO_STATE;
  let stateIn = stateCommitment(hasher, state, 0n);
  const advance = (index: number, next: ChainState) => {
    const before = { state, blindingIn: blindingAt(index), blindingOut: blindingAt(index + 1) };
    const stateOut = stateCommitment(hasher, next, before.blindingOut);
    const from = stateIn;
    state = next;
    stateIn = stateOut;
    return { before, stateIn: from, stateOut };
  };

  for (let index = 0; index < batches.count; index++) {
    const batch = await batches.read(index);
    const {
      before,
      stateIn: from,
      stateOut,
    } = advance(index, afterBatch(state, batch, chainTable, challenges));
    const known = {
      stateIn: from,
      rhoStart: batchWeight(rho, index),
      rho,
      beta,
      gamma,
      r,
      x,
      imfBp: table.imfBp,
      marginCallBp: table.marginCallBp,
    };
    yield {
      index,
      instance: batch.shape,
      input: accountStepInput(batch, before, known),
      signals: accountStepSignals({ ...known, stateOut, leafRoot: statement.batches[index]!.leafRoot }),
      stateOut,
    };
  }

  let laneStart = 1n;
  const firstPrivate = parts.findIndex((part) => part.private);
  for (const [step, part] of parts.entries()) {
    const rows = stepRows(folded, part);
    const sums = (of: RowSums, role: "totals" | "weights"): BlindedSums => ({
      ...of.step(part),
      blinding: inputs.blinding(role, step),
    });
    const totals = sums(epoch.totals, "totals");
    const weights = sums(epoch.weights, "weights");
    const inverses = batchInverse(rows.map((row) => sub(r, row.lookupValue)));
    const next = afterTableStep(state, rows, totals, weights, inverses, laneStart, challenges);
    const index = batches.count + step;
    const { before, stateIn: from, stateOut } = advance(index, next.state);
    const committed = { totals: statement.tableSteps[step]!.totals, weights: statement.weights[step]! };
    if (part.private) {
      const columns = privateColumnsHash(hasher, rows);
      const known = { stateIn: from, columns, laneStart, beta, tau, r, x };
      const { steps, blinding } = inputs.secret!;
      const rates = { blinding: blinding(step - firstPrivate), steps: partSteps(steps, part) };
      const rules = rulesCommitment(hasher, rates.blinding, rates.steps);
      yield {
        index,
        instance: part.shape,
        input: privateTableStepInput(rows, rates, totals, weights, before, known),
        signals: privateTableStepSignals({ ...known, ...committed, stateOut, rules }),
        stateOut,
      };
    } else {
      const known = { stateIn: from, columns: columnsHash(hasher, rows), laneStart, tau, r, x };
      yield {
        index,
        instance: part.shape,
        input: tableStepInput(rows, totals, weights, before, known),
        signals: tableStepSignals({ ...known, ...committed, stateOut }),
        stateOut,
      };
    }
    laneStart = next.laneEnd;
  }
  if (add(state.lookup, state.balance) !== 0n || state.lookup !== 0n) {
    throw new Error("internal: the chain of states does not close; please report this with the market file");
  }
}
