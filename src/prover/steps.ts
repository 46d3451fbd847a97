import { batchInverse, sub } from "../field/element.js";
import type { Batch } from "../protocol/accountRecord.js";
import { afterBatch, afterTableStep, type ChainTable } from "../protocol/chain.js";
import { type FoldedRow, foldTable, stepRows } from "../protocol/fold.js";
import { partSteps } from "../protocol/rates.js";
import { indexRows, type RowSums } from "../protocol/rowSums.js";
import { type ChainState, stateCommitment, ZERO_STATE } from "../protocol/state.js";
import { accountSignals, signalVector, type TableSignals, tableSignals } from "../protocol/stepSignals.js";
import { type CommittedEpoch, type EpochInputs, epochParts, type Step } from "./epochInputs.js";
import { accountStepInput, privateTableStepInput, type StepState, tableStepInput } from "./stepInput.js";

/**
 * Phase 4, steps: all of the chain in order; each is complete in itself and can be proved anywhere, in any order.
 *
 * The cut after it: a step is plain data, its input as a backend takes it; it comes out the same again.
 */
export async function* epochSteps(inputs: EpochInputs, epoch: CommittedEpoch): AsyncGenerator<Step> {
  const chain = new HiddenChain(inputs, epoch);
  const { batches } = inputs;
  for (let index = 0; index < batches.count; index++) yield chain.accountStep(await batches.read(index));
  yield* chain.tableSteps();
}

/** The states that the steps hand on, which only the prover knows, and the steps that show each to follow. */
export class HiddenChain {
  private readonly table: ChainTable;
  private readonly parts: ReturnType<typeof epochParts>;
  private readonly firstPrivate: number;
  private state: ChainState = ZERO_STATE;
  private stateIn: bigint;
  private done = 0;
  private laneStart = 1n;

  constructor(
    private readonly inputs: EpochInputs,
    private readonly epoch: CommittedEpoch,
  ) {
    const folded = foldTable(inputs.table, epoch.challenges);
    const inverses = inversesOf(folded, epoch.challenges.r);
    this.table = { rows: indexRows(inputs.table), folded, inverses };
    this.parts = epochParts(inputs);
    this.firstPrivate = this.parts.findIndex((part) => part.private);
    this.stateIn = stateCommitment(inputs.hasher, this.state, 0n);
  }

  /** After the steps walked or passed. */
  get reached(): ChainState {
    return this.state;
  }

  /** That state as it stands in the signals. */
  get committed(): bigint {
    return this.stateIn;
  }

  /** Of the next batch in order. */
  accountStep(batch: Batch): Step {
    const { challenges, statement } = this.epoch;
    const found = accountSignals({ statement, challenges, table: this.inputs.table }, this.done);
    const next = afterBatch(this.state, batch, this.table, challenges);
    const { index, before, states } = this.advance(next);
    return {
      index,
      instance: batch.shape,
      input: accountStepInput(batch, before, { ...found.signals, ...states }),
      signals: signalVector(found, states),
      stateOut: states.stateOut,
    };
  }

  /**
   * Passes account steps without walking them.
   * @param state after the last of them
   * @returns false, having passed none, when `stateOuts` does not end in this state as this epoch blinds it
   */
  pass(stateOuts: readonly bigint[], state: ChainState): boolean {
    const stateOut = stateOuts.at(-1);
    const done = this.done + stateOuts.length;
    if (stateOut !== stateCommitment(this.inputs.hasher, state, this.blindingAt(done))) return false;
    this.state = state;
    this.stateIn = stateOut;
    this.done = done;
    return true;
  }

  /** Those after the last batch. Throws when the accounts' sums and the table's do not cancel: never for a plan of this prover. */
  *tableSteps(): Generator<Step> {
    const { hasher, secret } = this.inputs;
    const { statement, challenges } = this.epoch;
    const { folded } = this.table;
    const [parts, rateCommitments] = [this.parts, secret?.commitments ?? []];
    for (const signals of tableSignals(hasher, { statement, challenges, folded, parts, rateCommitments }))
      yield this.tableStep(signals);
    if (this.state.balance === 0n && this.state.lookup === 0n) return;
    throw new Error("internal: the chain of states does not close; please report this with the market file");
  }

  private tableStep(found: TableSignals): Step {
    const { inputs, epoch } = this;
    const step = this.done - inputs.batches.count;
    const part = this.parts[step]!;
    const rows = stepRows(this.table.folded, part);
    const sums = (of: RowSums, role: "totals" | "weights") => ({
      ...of.step(part),
      blinding: inputs.blinding(role, step),
    });
    const totals = sums(epoch.totals, "totals");
    const weights = sums(epoch.weights, "weights");
    const inverses = inversesOf(rows, epoch.challenges.r);
    const { laneStart } = this;
    const next = afterTableStep(this.state, rows, totals, weights, inverses, laneStart, epoch.challenges);
    this.laneStart = next.laneEnd;
    const { index, before, states } = this.advance(next.state);
    const input =
      found.template === "table"
        ? tableStepInput(rows, totals, weights, before, { ...found.signals, ...states })
        : privateTableStepInput(rows, this.rates(step), totals, weights, before, {
            ...found.signals,
            ...states,
          });
    const signals = signalVector(found, states);
    return { index, instance: part.shape, input, signals, stateOut: states.stateOut };
  }

  private rates(step: number) {
    const { steps, blinding } = this.inputs.secret!;
    return {
      blinding: blinding(step - this.firstPrivate),
      steps: partSteps(steps, this.parts[step]!),
    };
  }

  private advance(next: ChainState): {
    readonly index: number;
    readonly before: StepState;
    readonly states: { readonly stateIn: bigint; readonly stateOut: bigint };
  } {
    const index = this.done++;
    const blindingOut = this.blindingAt(index + 1);
    const before = { state: this.state, blindingIn: this.blindingAt(index), blindingOut };
    const stateOut = stateCommitment(this.inputs.hasher, next, blindingOut);
    const states = { stateIn: this.stateIn, stateOut };
    this.state = next;
    this.stateIn = stateOut;
    return { index, before, states };
  }

  /** The first state is opened as zeros and the last as the published totals, so neither is blinded. */
  private blindingAt(index: number): bigint {
    const total = this.inputs.batches.count + this.parts.length;
    return index === 0 || index === total ? 0n : this.inputs.blinding("state", index);
  }
}

function inversesOf(rows: readonly FoldedRow[], r: bigint): bigint[] {
  return batchInverse(rows.map((row) => sub(r, row.lookupValue)));
}
