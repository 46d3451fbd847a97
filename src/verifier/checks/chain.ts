import { bytesToHex, parseFieldHex, toFieldHex } from "../../field/encoding.js";
import type { PoseidonHasher } from "../../field/poseidon/poseidon.js";
import type { Market } from "../../market/index.js";
import { lanesEnd } from "../../protocol/chain.js";
import {
  type Challenges,
  firstChallenges,
  firstSeed,
  secondChallenges,
  secondSeed,
} from "../../protocol/challenges.js";
import { EPOCH_TREE_DEPTH } from "../../protocol/constants.js";
import { foldTable } from "../../protocol/fold.js";
import type { RiskTable } from "../../protocol/riskTable.js";
import { stateCommitment, ZERO_STATE } from "../../protocol/state.js";
import type { Statement } from "../../protocol/statement.js";
import { signalVector, stepSignals } from "../../protocol/stepSignals.js";
import { Tree16 } from "../../protocol/tree.js";
import { pairs } from "../pairs.js";
import type { ProofStatement } from "../stepSource.js";
import type { Coverage } from "./coverage.js";
import type { Established } from "./established.js";
import { failure } from "./failure.js";
import { laneTotals } from "./solvency.js";
import type { TrustedKeys } from "./trustedKeys.js";

/** The chain as published: what every proof must be a proof of, and what names the epoch. */
export interface Chain {
  /** Digest of everything published but the proofs. */
  readonly statementDigest: string;
  /** Root over all accounts. */
  readonly epochRoot: string;
  /** Per step, in order, what its proof must be a proof of: made as it is asked for. */
  readonly statements: Iterable<ProofStatement>;
}

/** What the chain runs over. */
export interface ChainParts {
  readonly statement: Statement;
  readonly market: Market;
  readonly table: RiskTable;
  readonly keys: TrustedKeys;
  readonly coverage: Coverage;
}

/**
 * Draws the challenges from the statement, derives every step's public signals, and opens the last state: no residue,
 * the published quantities, the published totals.
 * @throws MarginproofError CHAIN_END
 */
export function checkChain(hasher: PoseidonHasher, parts: ChainParts): Established<Chain> {
  const { statement } = parts;
  const seed1 = firstSeed(statement);
  const seed2 = secondSeed(seed1, statement.weights);
  const challenges = { ...firstChallenges(seed1), ...secondChallenges(seed2) };
  const statementDigest = `0x${bytesToHex(seed2)}`;
  const { root } = new Tree16(
    hasher,
    statement.batches.map((batch) => batch.leafRoot),
    EPOCH_TREE_DEPTH,
  );
  const rateCommitments = (parts.market.privateRules?.commitments ?? []).map(parseFieldHex);
  const statements = proofStatements(hasher, parts, challenges, rateCommitments);
  assertEnd(hasher, parts, challenges);
  return {
    value: { statementDigest, epochRoot: toFieldHex(root), statements },
    detail: `statement digest ${statementDigest}`,
  };
}

function* proofStatements(
  hasher: PoseidonHasher,
  { statement, table, keys, coverage }: ChainParts,
  challenges: Challenges,
  rateCommitments: readonly bigint[],
): Generator<ProofStatement> {
  const signals = stepSignals(hasher, {
    statement,
    table,
    folded: foldTable(table, challenges),
    parts: coverage.parts,
    rateCommitments,
    challenges,
  });
  const published = pairs(coverage.states, [...keys.batches, ...keys.tableSteps]);
  let stateIn = stateCommitment(hasher, ZERO_STATE, 0n);
  for (const [step, [stateOut, { key }]] of pairs(signals, published)) {
    yield { vk: key, signals: signalVector(step, { stateIn, stateOut }) };
    stateIn = stateOut;
  }
}

/** The last state must be the opened commitment of: no residue, the published quantities, the published totals. */
function assertEnd(
  hasher: PoseidonHasher,
  { statement, table, coverage }: ChainParts,
  { tau }: Challenges,
): void {
  const lanes = lanesEnd(tau, laneTotals(table, statement));
  const end = { lookup: 0n, balance: 0n, lanes, totals: statement.totals };
  if (coverage.states.at(-1) !== stateCommitment(hasher, end, 0n)) {
    throw failure("CHAIN_END", "the last step does not end in the published totals and quantities");
  }
}
