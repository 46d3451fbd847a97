import { mul, pow } from "../field/element.js";
import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import { batchWeight } from "./chain.js";
import type { Challenges } from "./challenges.js";
import { type PublicSignals, signalNames } from "./circuits.js";
import { columnsHash, type FoldedRow, privateColumnsHash, stepRows } from "./fold.js";
import type { RiskTable } from "./riskTable.js";
import type { Statement } from "./statement.js";
import type { TablePart } from "./tableParts.js";

/** What a step's public signals follow from, all of it public. */
export interface PublicEpoch {
  readonly statement: Statement;
  readonly table: Pick<RiskTable, "imfBp" | "marginCallBp">;
  /** The table's rows under the challenges: `foldTable`. */
  readonly folded: readonly FoldedRow[];
  readonly parts: readonly TablePart[];
  /** Commitments to the secret rates, one per private part. */
  readonly rateCommitments: readonly bigint[];
  readonly challenges: Challenges;
}

type WithoutStates<T extends "accounts" | "table" | "privateTable"> = Omit<
  PublicSignals<T>,
  "stateIn" | "stateOut"
>;

/** A step's public signals by name, but for the states before and after it, which only the chain gives. */
export type StepSignals = AccountSignals | TableSignals;
export interface AccountSignals {
  readonly template: "accounts";
  readonly signals: WithoutStates<"accounts">;
}
export type TableSignals =
  | { readonly template: "table"; readonly signals: WithoutStates<"table"> }
  | { readonly template: "privateTable"; readonly signals: WithoutStates<"privateTable"> };

/** Commitments to the hidden states that a step starts from and ends in. */
export interface StepStates {
  readonly stateIn: bigint;
  readonly stateOut: bigint;
}

/**
 * The public signals of every step of the chain, in order: account steps, then table steps. Prover and verifier both
 * take them from here, and nothing else says what a proof is a proof of.
 */
export function* stepSignals(hasher: PoseidonHasher, epoch: PublicEpoch): Generator<StepSignals> {
  for (const index of epoch.statement.batches.keys()) yield accountSignals(epoch, index);
  yield* tableSignals(hasher, epoch);
}

/** Those of the account step over one batch. */
export function accountSignals(
  { statement, table, challenges }: Pick<PublicEpoch, "statement" | "table" | "challenges">,
  index: number,
): AccountSignals {
  const { rho, beta, gamma, r, x } = challenges;
  const { imfBp, marginCallBp } = table;
  const { leafRoot } = statement.batches[index]!;
  const rhoStart = batchWeight(rho, index);
  return {
    template: "accounts",
    signals: { leafRoot, rhoStart, rho, beta, gamma, r, x, imfBp, marginCallBp },
  };
}

/** Those of the table steps, in order. */
export function* tableSignals(
  hasher: PoseidonHasher,
  { statement, folded, parts, rateCommitments, challenges }: Omit<PublicEpoch, "table">,
): Generator<TableSignals> {
  const { beta, tau, r, x } = challenges;
  let laneStart = 1n;
  let secret = 0;
  for (const [step, part] of parts.entries()) {
    const rows = stepRows(folded, part);
    const committed = { totals: statement.tableSteps[step]!.totals, weights: statement.weights[step]! };
    const common = { ...committed, laneStart, tau, r, x };
    if (part.private) {
      const columns = privateColumnsHash(hasher, rows);
      const rules = rateCommitments[secret++]!;
      yield { template: "privateTable", signals: { ...common, columns, rules, beta } };
    } else {
      yield { template: "table", signals: { ...common, columns: columnsHash(hasher, rows) } };
    }
    const lanes = rows.filter((row) => row.laneFirst === 1n).length;
    laneStart = mul(laneStart, pow(tau, BigInt(lanes)));
  }
}

/** The public signals as the proof system orders them. */
export function signalVector({ template, signals }: StepSignals, states: StepStates): bigint[] {
  const values: Readonly<Record<string, bigint>> = { ...signals, ...states };
  return signalNames(template).map((name) => values[name]!);
}
