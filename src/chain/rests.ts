import { type Hex, hexToBytes, keccak256, toHex } from "viem";

/** What a statement's steps are of, as IEpochRegistry.Statement has it. */
interface StepWords {
  readonly batchShapes: Hex;
  readonly leafRoots: readonly Hex[];
  readonly tableTotals: readonly Hex[];
  readonly tableWeights: readonly Hex[];
}

const known = new WeakMap<StepWords, readonly Hex[]>();
const word = (value: bigint): Hex => toHex(value, { size: 32 });

/** Hash of the steps from each place on, as contracts/Rest.sol has it: one more than there are steps. */
export function restsOf(words: StepWords): readonly Hex[] {
  const kept = known.get(words);
  if (kept !== undefined) return kept;
  const shapes = hexToBytes(words.batchShapes);
  const leaves = [
    ...words.leafRoots.map((root, i) => [word(BigInt(shapes[i]!)), root]),
    ...words.tableTotals.map((totals, i) => [totals, words.tableWeights[i]!]),
  ];
  const rests: Hex[] = [word(0n)];
  for (const leaf of leaves.reverse())
    rests.push(keccak256(`0x${[...leaf, rests.at(-1)!].map((part) => part.slice(2)).join("")}`));
  rests.reverse();
  known.set(words, rests);
  return rests;
}
