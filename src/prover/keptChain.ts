import { bytesToHex } from "../field/encoding.js";
import { BANDS, bandCounts } from "../protocol/bands.js";
import { type ChainState, TOTAL_NAMES, ZERO_STATE } from "../protocol/state.js";
import { accountSignals, signalVector } from "../protocol/stepSignals.js";
import type { CommittedEpoch, EpochInputs, Step } from "./epochInputs.js";
import { hasProof } from "./keptProofs.js";
import type { ProvedStep } from "./proveSteps.js";
import { HiddenChain } from "./steps.js";
import type { AttemptStore } from "./store/store.js";

/** Account steps whose states are kept together: walking so many takes less than a second. */
const BLOCK = 256;

const FORMAT = "marginproof/kept-states/1";

/** What a walk over a block of account steps leaves. */
interface BlockJson {
  readonly format: typeof FORMAT;
  /** Of the statement. */
  readonly digest: string;
  readonly stateOuts: readonly string[];
  /** After the last step. */
  readonly state: readonly string[];
}

const blockName = (first: number): string => `states/${String(first).padStart(6, "0")}.json`;

/**
 * All steps in order, as `epochSteps`; but blocks of account steps that an earlier run has walked, and all of whose proofs are
 * there, are passed without reading their batches. So a run that goes on reaches its next proof soon, whatever was proved before.
 */
export async function* remainingSteps(
  inputs: EpochInputs,
  epoch: CommittedEpoch,
  attempt: AttemptStore,
  block = BLOCK,
): AsyncGenerator<Step | ProvedStep> {
  const chain = new HiddenChain(inputs, epoch);
  const { count } = inputs.batches;
  let stateIn = chain.committed;
  for (let first = 0; first < count; first += block) {
    const size = Math.min(block, count - first);
    const kept = await readBlock(attempt, epoch, first, size);
    const proved =
      kept === undefined
        ? undefined
        : await provedSteps(inputs, epoch, attempt, first, kept.stateOuts, stateIn);
    if (proved !== undefined && chain.pass(kept!.stateOuts, kept!.state)) {
      yield* proved;
    } else {
      const stateOuts: bigint[] = [];
      for (let index = first; index < first + size; index++) {
        const step = chain.accountStep(await inputs.batches.read(index));
        stateOuts.push(step.stateOut);
        yield step;
      }
      const text = blockText(epoch, stateOuts, chain.reached);
      if (kept?.text !== text) await attempt.put(blockName(first), text);
    }
    stateIn = chain.committed;
  }
  yield* chain.tableSteps();
}

/** The steps of a block if each has its proof. */
async function provedSteps(
  { table }: EpochInputs,
  { statement, challenges }: CommittedEpoch,
  attempt: AttemptStore,
  first: number,
  stateOuts: readonly bigint[],
  stateBefore: bigint,
): Promise<ProvedStep[] | undefined> {
  const proved: ProvedStep[] = [];
  let stateIn = stateBefore;
  for (const [at, stateOut] of stateOuts.entries()) {
    const index = first + at;
    const own = accountSignals({ statement, challenges, table }, index);
    const signals = signalVector(own, { stateIn, stateOut });
    // What is damaged is told when its step comes to be proved.
    if (!(await hasProof(attempt, { index, signals }, () => {}))) return undefined;
    proved.push({ index, shape: statement.batches[index]!.shape, signals, stateOut });
    stateIn = stateOut;
  }
  return proved;
}

interface KeptBlock {
  readonly text: string;
  readonly stateOuts: readonly bigint[];
  readonly state: ChainState;
}

async function readBlock(
  attempt: AttemptStore,
  { statementDigest }: CommittedEpoch,
  first: number,
  size: number,
): Promise<KeptBlock | undefined> {
  const found = await attempt.read(blockName(first));
  if (found.state !== "whole") return undefined;
  try {
    const { format, digest, stateOuts, state } = JSON.parse(found.text) as BlockJson;
    if (format !== FORMAT || digest !== bytesToHex(statementDigest) || stateOuts.length !== size)
      return undefined;
    return { text: found.text, stateOuts: stateOuts.map(BigInt), state: stateOf(state.map(BigInt)) };
  } catch {
    // Of another version: the block is walked.
    return undefined;
  }
}

function blockText(
  { statementDigest }: CommittedEpoch,
  stateOuts: readonly bigint[],
  state: ChainState,
): string {
  return JSON.stringify({
    format: FORMAT,
    digest: bytesToHex(statementDigest),
    stateOuts: stateOuts.map(String),
    state: numbersOf(state).map(String),
  } satisfies BlockJson);
}

function numbersOf({ lookup, balance, lanes, totals }: ChainState): bigint[] {
  const bands = BANDS.map((band) => totals.bands[band]);
  return [
    lookup,
    balance,
    lanes,
    ...bands,
    ...TOTAL_NAMES.map((name) => totals[name]),
    ...totals.stressBadDebt,
  ];
}

function stateOf(numbers: readonly bigint[]): ChainState {
  if (numbers.length !== numbersOf(ZERO_STATE).length) throw new RangeError("another number of places");
  const left = [...numbers];
  const next = (): bigint => left.shift()!;
  const [lookup, balance, lanes] = [next(), next(), next()];
  const bands = bandCounts(next);
  const sums = Object.fromEntries(TOTAL_NAMES.map((name) => [name, next()])) as Record<
    (typeof TOTAL_NAMES)[number],
    bigint
  >;
  return { lookup, balance, lanes, totals: { bands, ...sums, stressBadDebt: left } };
}
