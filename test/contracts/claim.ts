import { concat, encodeAbiParameters, type Hex, keccak256 } from "viem";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { compileTable } from "../../src/market/index.js";
import { firstChallenges, secondChallenges } from "../../src/protocol/challenges.js";
import { foldTable } from "../../src/protocol/fold.js";
import { tableSignals } from "../../src/protocol/stepSignals.js";
import { tableParts } from "../../src/protocol/tableParts.js";
import type { ChainEpoch, ChainStep } from "./epoch.js";

const STEP = {
  type: "tuple",
  components: [
    { name: "stateOut", type: "uint256" },
    { name: "columns", type: "uint256" },
    { name: "laneStart", type: "uint256" },
    { name: "proof", type: "uint256[8]" },
  ],
} as const;

/** The steps of a bundle as its claim has them. */
export function claimSteps(epoch: ChainEpoch): ChainStep[] {
  const { statement, seed, digest } = epoch;
  const table = compileTable(epoch.market);
  const challenges = { ...firstChallenges(seed), ...secondChallenges(Buffer.from(digest.slice(2), "hex")) };
  const parts = tableParts(table, epoch.rows, 0);
  const signals = tableSignals(bestPoseidon(), {
    statement,
    folded: foldTable(table, challenges),
    parts,
    rateCommitments: [],
    challenges,
  });
  const ofTable = Array.from(signals, (step) => step.signals);
  return epoch.stateOuts.map((stateOut, index) => {
    const own = ofTable[index - statement.batches.length];
    return {
      stateOut,
      columns: own?.columns ?? 0n,
      laneStart: own?.laneStart ?? 0n,
      proof: epoch.proofs[index]!,
    };
  });
}

const pair = (a: Hex, b: Hex): Hex => keccak256(BigInt(a) < BigInt(b) ? concat([a, b]) : concat([b, a]));

/** The tree over a claim's steps, as OpenZeppelin's MerkleProof takes it: pairs in order of size, an odd one goes up as it is. */
export class Claim {
  private readonly levels: readonly (readonly Hex[])[];

  constructor(private readonly steps: readonly ChainStep[]) {
    const levels: Hex[][] = [steps.map((_, index) => this.leaf(index))];
    while (levels.at(-1)!.length > 1) {
      const below = levels.at(-1)!;
      levels.push(
        Array.from({ length: Math.ceil(below.length / 2) }, (_, i) =>
          below[2 * i + 1] === undefined ? below[2 * i]! : pair(below[2 * i]!, below[2 * i + 1]!),
        ),
      );
    }
    this.levels = levels;
  }

  get root(): Hex {
    return this.levels.at(-1)![0]!;
  }

  leaf(index: number): Hex {
    const step = this.steps[index]!;
    const encoded = encodeAbiParameters([{ type: "uint256" }, STEP], [BigInt(index), step as never]);
    return keccak256(keccak256(encoded));
  }

  opened(index: number) {
    const path: Hex[] = [];
    for (let [level, place] = [0, index]; level < this.levels.length - 1; level++, place >>= 1) {
      const sibling = this.levels[level]![place ^ 1];
      if (sibling !== undefined) path.push(sibling);
    }
    return { index: BigInt(index), step: this.steps[index]!, path };
  }
}
