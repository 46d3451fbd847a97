import { fromSigned } from "../field/element.js";
import type { AccountRecord, Batch, PartResult } from "../protocol/accountRecord.js";
import { BANDS } from "../protocol/bands.js";
import { CIRCUITS, type PublicInputs, type Template } from "../protocol/circuits.js";
import { DEEP_KEYS } from "../protocol/constants.js";
import type { FoldedRow } from "../protocol/fold.js";
import { signedParts } from "../protocol/leaf.js";
import type { RateStep } from "../protocol/rates.js";
import { type ChainState, stateVector } from "../protocol/state.js";
import type { CircuitInput, InputValue } from "./backend.js";

/** The chain state before a step, and the blindings of its two commitments. */
export interface StepState {
  readonly state: ChainState;
  readonly blindingIn: bigint;
  readonly blindingOut: bigint;
}

const text = (values: readonly bigint[]): string[] => values.map(String);

function stateInput({ state, blindingIn, blindingOut }: StepState): CircuitInput {
  return {
    blindingIn: blindingIn.toString(),
    blindingOut: blindingOut.toString(),
    state: text(stateVector(state)),
  };
}

/** The public inputs of a circuit: all public signals but those that it computes itself. */
function publicInputs<T extends Template>(template: T, signals: PublicInputs<T>): CircuitInput {
  const values: Readonly<Record<string, bigint>> = signals;
  return Object.fromEntries(CIRCUITS[template].inputs.map((name) => [name, values[name]!.toString()]));
}

/** Everything the account step's circuit takes, public and private. */
export function accountStepInput(
  batch: Batch,
  step: StepState,
  signals: PublicInputs<"accounts">,
): CircuitInput {
  const { shape, accounts } = batch;
  const each = (value: (account: AccountRecord) => InputValue): InputValue[] => accounts.map(value);
  const input: Record<string, InputValue> = {
    ...stateInput(step),
    ...publicInputs("accounts", signals),
    tag: each((account) => account.tag.toString()),
    counted: each((account) => (account.counted ? "1" : "0")),
    band: each((account) => BANDS.map((band) => (account.band === band ? "1" : "0"))),
    equity: each((account) => fromSigned(account.equity).toString()),
    maintenance: each((account) => account.maintenance.toString()),
    initial: each((account) => account.initial.toString()),
  };
  // The compiler drops inputs of length zero.
  if (shape.bracketed > 0) {
    input.bracketedKey = each((account) =>
      account.bracketed.map((slot) => (slot.key % DEEP_KEYS).toString()),
    );
    input.bracketedOffset = each((account) => account.bracketed.map((slot) => slot.offset.toString()));
    input.bracketedComplement = each((account) =>
      account.bracketed.map((slot) => slot.complement.toString()),
    );
  }
  if (shape.bracketed > 0 && shape.deep === 1) {
    input.bracketedDeep = each((account) =>
      account.bracketed.map((slot) => (slot.key < DEEP_KEYS ? "0" : "1")),
    );
  }
  if (shape.flat > 0) {
    input.flatKey = each((account) => account.flat.map((slot) => slot.key.toString()));
    input.flatOffset = each((account) => account.flat.map((slot) => slot.offset.toString()));
  }
  if (shape.groups > 0) {
    input.groupId = each((account) => account.groups.map((group) => group.group.toString()));
    input.groupWorst = each((account) => account.groups.map((group) => group.worst.toString()));
    input.groupSlack = each((account) => account.groups.map((group) => text(group.slack)));
  }
  if (shape.groups > 0 && (shape.parts ?? 0) > 0) {
    const ofParts = (value: (part: PartResult) => InputValue) =>
      each((account) => account.groups.map(({ parts }) => parts!.map(value)));
    input.groupFactor = each((account) =>
      account.groups.map(({ factorBp }) => [(factorBp ?? 0n).toString()]),
    );
    input.groupPart = ofParts(({ part }) => part.toString());
    input.partNegative = ofParts(({ gains }) => text(gains.map((gain) => signedParts(gain).negative)));
    input.partMagnitude = ofParts(({ gains }) => text(gains.map((gain) => signedParts(gain).magnitude)));
  }
  if (shape.stress > 0) {
    input.stressNegative = each((account) =>
      account.stressed.map((value) => signedParts(value).negative.toString()),
    );
    input.stressMagnitude = each((account) =>
      account.stressed.map((value) => signedParts(value).magnitude.toString()),
    );
  }
  return input;
}

/** Plain or weighted sums of a table step's rows, with the blinding of their commitment. */
export interface BlindedSums {
  readonly blinding: bigint;
  readonly count: readonly bigint[];
  readonly offsets: readonly bigint[];
}

/** Everything the table step's circuit takes, public and private. */
export function tableStepInput(
  rows: readonly FoldedRow[],
  totals: BlindedSums,
  weights: BlindedSums,
  step: StepState,
  signals: PublicInputs<"table">,
): CircuitInput {
  return {
    ...publicInputs("table", signals),
    ...rowsInput(rows, totals, weights, step),
    foldBase: text(rows.map((row) => row.foldBase)),
    foldSlope: text(rows.map((row) => row.foldSlope)),
  };
}

/** The secret rates of a step's rows, with the blinding of their commitment. */
export interface BlindedRates {
  readonly blinding: bigint;
  readonly steps: readonly RateStep[];
}

/** Everything the private table step's circuit takes, public and private. */
export function privateTableStepInput(
  rows: readonly FoldedRow[],
  rates: BlindedRates,
  totals: BlindedSums,
  weights: BlindedSums,
  step: StepState,
  signals: PublicInputs<"privateTable">,
): CircuitInput {
  return {
    ...publicInputs("privateTable", signals),
    ...rowsInput(rows, totals, weights, step),
    gain: text(rows.map((row) => row.gain)),
    notional: text(rows.map((row) => row.notional)),
    rulesBlinding: rates.blinding.toString(),
    maintenanceStep: text(rates.steps.map(({ maintenance }) => maintenance)),
    initialStep: text(rates.steps.map(({ initial }) => initial)),
  };
}

/** What both kinds of table step take. */
function rowsInput(
  rows: readonly FoldedRow[],
  totals: BlindedSums,
  weights: BlindedSums,
  step: StepState,
): CircuitInput {
  return {
    ...stateInput(step),
    totalsBlinding: totals.blinding.toString(),
    weightsBlinding: weights.blinding.toString(),
    lookupValue: text(rows.map((row) => row.lookupValue)),
    lo: text(rows.map((row) => row.lo)),
    laneFirst: text(rows.map((row) => row.laneFirst)),
    count: text(totals.count),
    offsets: text(totals.offsets),
    weightedCount: text(weights.count),
    weightedOffsets: text(weights.offsets),
  };
}
