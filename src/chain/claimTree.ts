import { concat, encodeAbiParameters, type Hex, hexToBytes, keccak256 } from "viem";
import { bestPoseidon } from "../field/poseidon/bestPoseidon.js";
import { firstChallenges, secondChallenges } from "../protocol/challenges.js";
import { foldTable } from "../protocol/fold.js";
import { tableSignals } from "../protocol/stepSignals.js";
import { tableParts } from "../protocol/tableParts.js";
import type { EpochWords } from "./epochWords.js";

/** IEpochRegistry.Step. */
export interface ClaimStep {
  readonly stateOut: bigint;
  readonly columns: bigint;
  readonly laneStart: bigint;
  readonly proof: readonly bigint[];
}

const STEP = {
  type: "tuple",
  components: [
    { name: "stateOut", type: "uint256" },
    { name: "columns", type: "uint256" },
    { name: "laneStart", type: "uint256" },
    { name: "proof", type: "uint256[8]" },
  ],
} as const;

/** What a claim's steps are made of. */
type ClaimParts = Pick<
  EpochWords,
  "statement" | "table" | "seed" | "digest" | "rows" | "stateOuts" | "proofs"
>;

/** The steps of a bundle as its claim has them. */
export function claimSteps(epoch: ClaimParts): ClaimStep[] {
  const { statement, table } = epoch;
  const challenges = {
    ...firstChallenges(hexToBytes(epoch.seed)),
    ...secondChallenges(hexToBytes(epoch.digest)),
  };
  const signals = tableSignals(bestPoseidon(), {
    statement,
    folded: foldTable(table, challenges),
    parts: tableParts(table, epoch.rows, 0),
    rateCommitments: [],
    challenges,
  });
  const ofTable = Array.from(signals, (step) => step.signals);
  return epoch.stateOuts.map((stateOut, index) => {
    const own = ofTable[index - statement.batches.length];
    const [columns, laneStart] = [own?.columns ?? 0n, own?.laneStart ?? 0n];
    return { stateOut, columns, laneStart, proof: epoch.proofs[index]! };
  });
}

const pair = (a: Hex, b: Hex): Hex => keccak256(BigInt(a) < BigInt(b) ? concat([a, b]) : concat([b, a]));

/** The tree over a claim's steps, as OpenZeppelin's MerkleProof takes it: pairs in order of size, an odd one goes up as it is. */
export class ClaimTree {
  readonly #levels: readonly (readonly Hex[])[];

  constructor(private readonly steps: readonly ClaimStep[]) {
    const levels: Hex[][] = [steps.map(leafOf)];
    while (levels.at(-1)!.length > 1) {
      const below = levels.at(-1)!;
      levels.push(
        Array.from({ length: Math.ceil(below.length / 2) }, (_, i) =>
          below[2 * i + 1] === undefined ? below[2 * i]! : pair(below[2 * i]!, below[2 * i + 1]!),
        ),
      );
    }
    this.#levels = levels;
  }

  get root(): Hex {
    return this.#levels.at(-1)![0]!;
  }

  /** What a challenge of the step commits to. */
  leaf(index: number): Hex {
    return this.#levels[0]![index]!;
  }

  /** IEpochRegistry.OpenedStep. */
  opened(index: number) {
    const path: Hex[] = [];
    for (let [level, place] = [0, index]; level < this.#levels.length - 1; level++, place >>= 1) {
      const sibling = this.#levels[level]![place ^ 1];
      if (sibling !== undefined) path.push(sibling);
    }
    return { index: BigInt(index), step: this.steps[index]!, path };
  }
}

function leafOf(step: ClaimStep, index: number): Hex {
  const encoded = encodeAbiParameters([{ type: "uint256" }, STEP], [BigInt(index), step as never]);
  return keccak256(keccak256(encoded));
}
