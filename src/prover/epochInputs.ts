import { bestPoseidon } from "../field/poseidon/bestPoseidon.js";
import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import type { Batch } from "../protocol/accountRecord.js";
import type { Challenges } from "../protocol/challenges.js";
import type { RateStep } from "../protocol/rates.js";
import type { RiskTable } from "../protocol/riskTable.js";
import type { RowSums } from "../protocol/rowSums.js";
import type { AccountShape, Instance, PrivateTableShape, TableShape } from "../protocol/shapes.js";
import type { Statement } from "../protocol/statement.js";
import { type TablePart, tableParts } from "../protocol/tableParts.js";
import type { Tree16 } from "../protocol/tree.js";
import type { AccountsBehind } from "./accountsBehind.js";
import { type AttemptWork, readBatch } from "./attemptWork.js";
import type { CircuitInput } from "./backend.js";
import type { OpenInputs } from "./openInputs.js";
import type { Plan } from "./plan.js";

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
  /** Commitments to them, one per private step: those of the market file. */
  readonly commitments: readonly bigint[];
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
  /** Gets every batch's tree once, in order, while it is committed to. */
  readonly onTree?: (batch: number, tree: Tree16) => Promise<void>;
}

/** What committing and proving take of an attempt that was laid out. */
export function epochInputs(
  { marketDigest, profile, privateShape, keys }: OpenInputs,
  work: AttemptWork,
  plan: Plan,
  watch: Pick<EpochInputs, "onBatch" | "onTree"> & { readonly signal?: AbortSignal | undefined } = {},
): EpochInputs {
  const { market, table, rules, secrets } = work;
  return {
    ...{ table, tableShape: profile.table, marketDigest, hasher: bestPoseidon() },
    ...(rules === undefined ? {} : { secret: { ...rules, shape: privateShape! } }),
    names: { exchange: market.exchange, epoch: market.epoch, time: market.time },
    batches: {
      count: plan.shapes.length,
      async read(index) {
        watch.signal?.throwIfAborted();
        return readBatch(work, (shape) => keys.get(shape)!.instance as AccountShape, index);
      },
    },
    keyDigest: (shape) => keys.get(shape)!.digest,
    blinding: (role, index) => secrets.field(`blinding-${role}`, index),
    ...(watch.onBatch === undefined ? {} : { onBatch: watch.onBatch }),
    ...(watch.onTree === undefined ? {} : { onTree: watch.onTree }),
  };
}

/** A statement fixed by its commitments, with all that the steps need. */
export interface CommittedEpoch {
  readonly statement: Statement;
  readonly statementDigest: Uint8Array;
  readonly challenges: Challenges;
  readonly totals: RowSums;
  readonly weights: RowSums;
  /** Accounts behind each published total: the exchange's own knowledge, in no part of the bundle. */
  readonly behind: readonly AccountsBehind[];
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
