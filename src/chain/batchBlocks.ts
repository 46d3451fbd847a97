import { type Address, type Hex, zeroHash } from "viem";
import { BATCHES_A_BLOCK } from "../protocol/challenges.js";
import { read } from "./connect.js";
import { compiled } from "./contracts.js";
import type { EpochWords, StatementWords } from "./epochWords.js";
import { ask, type Registry } from "./registry.js";
import { restsOf } from "./rests.js";
import { callOf, type PlanStep } from "./sender.js";

/** Gas by test/contracts/gas.json, rounded up. */
const GAS = { note: 160_000n, batch: 2_400n };

/** Whether a statement has more batches than it is posted with: blocks of them are noted on chain first. */
const isNoted = ({ leafRoots }: StatementWords): boolean => leafRoots.length > BATCHES_A_BLOCK;

const batchesOf = ({ batchShapes, leafRoots }: StatementWords, from: number, to: number) => ({
  batchShapes: `0x${batchShapes.slice(2 + 2 * from, 2 + 2 * to)}` as Hex,
  leafRoots: leafRoots.slice(from, to),
});

/** A statement as it is published or claimed. */
export function postedStatement(words: StatementWords): StatementWords {
  if (!isNoted(words)) return words;
  const noted = words.leafRoots.length;
  return { ...words, ...batchesOf(words, 0, 0), noted, notedRest: restsOf(words)[0]! };
}

/** What a challenge of a step brings of a statement: of one whose batches were noted, the step's block or the table steps. */
export function shownStatement(words: StatementWords, index: number): StatementWords {
  if (!isNoted(words)) return words;
  const first = index - (index % BATCHES_A_BLOCK);
  return index < words.leafRoots.length
    ? {
        ...words,
        ...batchesOf(words, first, first + BATCHES_A_BLOCK),
        ...{ tableTotals: [], tableWeights: [], quantities: [] },
      }
    : { ...words, ...batchesOf(words, 0, 0), quantities: [] };
}

/** Notes the batches of a statement that no transaction holds: by whomever, each block once for all epochs and registries there. */
export async function noteSteps(
  registry: Registry,
  { shapes }: Pick<EpochWords, "shapes">,
  words: StatementWords,
): Promise<PlanStep[]> {
  if (!isNoted(words)) return [];
  const address = (await ask(registry, "seeds", [])) as Address;
  const { abi } = await compiled("StatementSeed");
  const batches = words.leafRoots.length;
  return Array.from({ length: Math.ceil(batches / BATCHES_A_BLOCK) }, (_, i): PlanStep => {
    const [first, end] = [i * BATCHES_A_BLOCK, Math.min((i + 1) * BATCHES_A_BLOCK, batches)];
    const [rest = zeroHash, next = zeroHash] = [restsOf(words)[first], restsOf(words)[end]];
    const own = batchesOf(words, first, end);
    const asked = [words.keySet, BigInt(first), BigInt(end - first), rest];
    return {
      label: `note batches ${first + 1} to ${end} of ${batches}`,
      gas: GAS.note + GAS.batch * BigInt(end - first),
      done: async () =>
        (await read(registry.chain, { address, abi, functionName: "isNoted", args: asked })) === true,
      payload: async () =>
        callOf({
          address,
          abi,
          functionName: "note",
          args: [shapes, BigInt(first), own.batchShapes, own.leafRoots, next],
        }),
    };
  });
}
