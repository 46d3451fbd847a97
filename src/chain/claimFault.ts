import { type Address, type Hex, hexToBytes, zeroHash } from "viem";
import { bestPoseidon } from "../field/poseidon/bestPoseidon.js";
import { batchWeight } from "../protocol/chain.js";
import { firstChallenges, secondChallenges } from "../protocol/challenges.js";
import { stateCommitment, ZERO_STATE } from "../protocol/state.js";
import { isPrivate } from "../protocol/tableParts.js";
import { type Claim, stepsOf } from "./claim.js";
import type { ClaimedTable } from "./claimedEpoch.js";
import type { ClaimStep, ClaimTree } from "./claimTree.js";
import { read } from "./connect.js";
import { compiled } from "./contracts.js";
import { type StatementWords, statementWords } from "./epochWords.js";
import { ask } from "./registry.js";

/** A fault that the registry refutes a claim for, as IEpochRegistry.Fault counts them. */
export interface ClaimFault {
  readonly kind: "proof" | "end" | "table";
  /** The step, and its leaf in the claim's tree; 0 of a table. */
  readonly index: number;
  readonly leaf: Hex;
  /** Of a table: calls that read it before its fault is shown, where not all of it is to be read. */
  readonly reads?: number;
  /** What is wrong. */
  readonly says: string;
}

export const FAULTS: Readonly<Record<ClaimFault["kind"], number>> = { proof: 0, end: 1, table: 3 };

/** What a claim says otherwise than the table that it names, if anything. */
export function tableFault({ kept }: Claim, { table }: ClaimedTable): ClaimFault | undefined {
  const whole = (says: string): ClaimFault => ({ kind: "table", index: 0, leaf: zeroHash, says });
  // It stands before the rows.
  const fault = (says: string): ClaimFault => ({ ...whole(says), reads: 1 });
  const steps = Math.ceil(table.rows.length / kept.rows);
  const said: readonly (readonly [what: string, claimed: number, own: number])[] = [
    ["initial factor", kept.imfBp, Number(table.imfBp)],
    ["margin call", kept.marginCallBp, Number(table.marginCallBp)],
    ["number of instruments", kept.instruments, table.instruments.length],
    ["number of table steps", kept.tableSteps, steps],
  ];
  for (const [what, claimed, own] of said)
    if (claimed !== own) return fault(`the claim's ${what} is ${claimed}, its table's is ${own}`);
  const stress = table.stressNames.length;
  if (stress > kept.stress)
    return fault(
      `its table has ${stress} stress scenarios, its accounts' circuits places for ${kept.stress}`,
    );
  if (table.rows.some(isPrivate))
    return whole("its table has secret rates, and the steps of a claim have none");
  return undefined;
}

/** The first step that is wrong, if any: asked of the registry's own verifier, which says of each proof what a challenge would. */
export async function stepFault(
  claim: Claim,
  epoch: ClaimedTable,
  tree: ClaimTree,
): Promise<ClaimFault | undefined> {
  const { kept } = claim;
  const last = stepsOf(claim) - 1;
  const end = tree.opened(last).step.stateOut;
  if (end !== kept.endState) {
    const says = "the last step does not end in the published totals and quantities";
    return { kind: "end", index: last, leaf: tree.leaf(last), says };
  }
  const holds = await proofsHold(claim, epoch, tree);
  const index = holds.indexOf(false);
  if (index < 0) return undefined;
  const name = index < kept.batches ? `account step ${index}` : `table step ${index - kept.batches}`;
  return { kind: "proof", index, leaf: tree.leaf(index), says: `the proof of ${name} does not verify` };
}

/** Calls at a time. */
const CALLS = 8;

async function proofsHold(claim: Claim, epoch: ClaimedTable, tree: ClaimTree): Promise<boolean[]> {
  const { registry, kept, shapes } = claim;
  const address = (await ask(registry, "verifier", [])) as Address;
  const { abi } = await compiled("Groth16Verifier");
  const words = statementWords(epoch, kept.keySet);
  const places = hexToBytes(words.batchShapes);
  const signalsOf = stepSignalWords(claim, words, tree);
  const holds = async (index: number): Promise<boolean> => {
    const { key } = shapes[index < kept.batches ? places[index]! : words.tableShape]!;
    const args = [key, signalsOf(index), tree.opened(index).step.proof];
    return (await read(registry.chain, { address, abi, functionName: "verify", args })) === true;
  };
  const all: boolean[] = [];
  // All of them, also after one that fails: which one a challenge is to be about, the node is not told.
  for (let from = 0; from < stepsOf(claim); from += CALLS) {
    const some = Array.from({ length: Math.min(CALLS, stepsOf(claim) - from) }, (_, i) => holds(from + i));
    all.push(...(await Promise.all(some)));
  }
  return all;
}

/** The public signals of a claim's steps, as contracts/Claims.sol puts them together. */
function stepSignalWords({ kept }: Claim, words: StatementWords, tree: ClaimTree) {
  const { rho, beta, gamma, tau } = firstChallenges(hexToBytes(kept.seed));
  const { r, x } = secondChallenges(hexToBytes(kept.digest));
  const step = (index: number): ClaimStep => tree.opened(index).step;
  const zero = stateCommitment(bestPoseidon(), ZERO_STATE, 0n);
  return (index: number): bigint[] => {
    const { stateOut, columns, laneStart } = step(index);
    const stateIn = index === 0 ? zero : step(index - 1).stateOut;
    const table = index - kept.batches;
    if (table < 0) {
      const factors = [BigInt(kept.imfBp), BigInt(kept.marginCallBp)];
      const root = BigInt(words.leafRoots[index]!);
      return [root, stateOut, stateIn, batchWeight(rho, index), rho, beta, gamma, r, x, ...factors];
    }
    const [totals, weights] = [BigInt(words.tableTotals[table]!), BigInt(words.tableWeights[table]!)];
    return [totals, weights, stateOut, stateIn, columns, laneStart, tau, r, x];
  };
}
