import { bytesToHex } from "../field/encoding.js";
import { BANDS, bandCounts } from "../protocol/bands.js";
import { type ChainState, TOTAL_NAMES } from "../protocol/state.js";
import { accountSignals, signalVector } from "../protocol/stepSignals.js";
import type { CommittedEpoch, EpochInputs, Step } from "./epochInputs.js";
import { hasProof } from "./keptProofs.js";
import type { ProvedStep } from "./proveSteps.js";
import { HiddenChain } from "./steps.js";
import type { AttemptStore } from "./store/store.js";

/** Account steps whose states are kept together: walking so many takes less than a second. */
const BLOCK = 256;

/** What a walk over a block of account steps leaves. */
interface BlockJson {
  /** Of the statement. */
  readonly digest: string;
  readonly stateOuts: readonly string[];
  /** After the last step. */
  readonly state: readonly string[];
}

const blockName = (first: number): string => `states/${String(first).padStart(6, "0")}.json`;

/**
 * All steps in order, as `epochSteps`; but blocks of account steps that an earlier run has walked, and all of whose proofs are
 * there, are passed without reading their batches. A run that goes on after hours reaches its next proof in seconds.
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
      if (kept === undefined) await keepBlock(attempt, epoch, first, stateOuts, chain.reached);
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

async function readBlock(
  attempt: AttemptStore,
  { statementDigest }: CommittedEpoch,
  first: number,
  size: number,
): Promise<{ readonly stateOuts: readonly bigint[]; readonly state: ChainState } | undefined> {
  const found = await attempt.read(blockName(first));
  if (found.state !== "whole") return undefined;
  const { digest, stateOuts, state } = JSON.parse(found.text) as BlockJson;
  if (digest !== bytesToHex(statementDigest) || stateOuts.length !== size) return undefined;
  return { stateOuts: stateOuts.map(BigInt), state: stateOf(state.map(BigInt)) };
}

async function keepBlock(
  attempt: AttemptStore,
  { statementDigest }: CommittedEpoch,
  first: number,
  stateOuts: readonly bigint[],
  state: ChainState,
): Promise<void> {
  const block: BlockJson = {
    digest: bytesToHex(statementDigest),
    stateOuts: stateOuts.map(String),
    state: numbersOf(state).map(String),
  };
  await attempt.put(blockName(first), JSON.stringify(block));
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
