import { type Hex, toHex, zeroHash } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postedStatement } from "../../src/chain/batchBlocks.js";
import type { StatementWords } from "../../src/chain/epochWords.js";
import { restsOf } from "../../src/chain/rests.js";
import { BATCHES_A_BLOCK } from "../../src/protocol/challenges.js";
import { GROUP_ORDER } from "../../src/verifier/groth16/curve.js";
import { Anvil } from "../support/anvil.js";
import {
  type ChainEpoch,
  deployRegistry,
  forgedChainEpoch,
  manyBatches,
  noteBlock,
  PUBLISHER,
  type Registry,
  register,
} from "./epoch.js";

/** Statements only: nothing here is about their steps, so a statement's batches are as many as wanted and of no accounts. */
const MANY = 2 * BATCHES_A_BLOCK + 3;

let anvil: Anvil;
let on: Registry;
let epoch: ChainEpoch;
let keySet: Hex;

beforeAll(async () => {
  anvil = await Anvil.start();
  on = await deployRegistry(anvil, []);
  epoch = forgedChainEpoch("blocks", 1);
  keySet = await register(anvil, on, epoch);
});
afterAll(() => anvil.stop());

const wordsOf = (batches: number, name = "blocks"): StatementWords =>
  manyBatches(epoch, keySet, batches, name).words;
const digestOf = (batches: number, name = "blocks"): Hex => manyBatches(epoch, keySet, batches, name).digest;
const note = (words: StatementWords, block: number, most?: number) =>
  noteBlock(anvil, on, epoch, words, block, most);
const publish = (words: StatementWords) =>
  anvil.send(on.registry, "publish", [words], { account: PUBLISHER });
const published = async (words: StatementWords) => {
  const id = await anvil.read(on.registry, "idOf", [words.exchange, words.epoch]);
  return (await anvil.read(on.registry, "epochOf", [id])) as { digest: Hex; batches: number; rest: Hex };
};

describe("batches that are noted", () => {
  it("give the seeds of the verifier, block for block; whatever somebody else noted is in nobody's way", async () => {
    const words = wordsOf(MANY);
    const posted = postedStatement(words);
    // A shorter block of the same beginning, noted first by somebody else.
    await note(words, 0, 100);
    await note(words, 2);
    await expect(publish(posted)).rejects.toThrow("BatchesUnknown(uint256 first)");
    await note(words, 0);
    await expect(publish(posted)).rejects.toThrow("BatchesUnknown");
    await note(words, 1);
    await publish(posted);
    const { digest, batches, rest } = await published(words);
    expect([digest, batches, rest]).toEqual([digestOf(MANY), MANY, restsOf(words)[0]]);
  });

  it("are exactly those of the statement: no block more or less, no other table steps, no other root", async () => {
    const words = wordsOf(MANY, "exact");
    const posted = postedStatement(words);
    for (const block of [0, 1, 2]) await note(words, block);
    await expect(publish({ ...posted, noted: MANY - 1 })).rejects.toThrow("BatchesUnknown");
    await expect(publish({ ...posted, noted: MANY + 1 })).rejects.toThrow("BatchesUnknown");
    await expect(publish({ ...posted, noted: 2 * BATCHES_A_BLOCK })).rejects.toThrow("StatementOther");
    await expect(publish({ ...posted, notedRest: restsOf(words)[BATCHES_A_BLOCK]! })).rejects.toThrow(
      "BatchesUnknown",
    );
    await expect(publish({ ...posted, tableTotals: [toHex(7n, { size: 32 })] })).rejects.toThrow(
      "StatementOther",
    );
    await expect(publish({ ...posted, tableWeights: [toHex(7n, { size: 32 })] })).rejects.toThrow(
      "StatementOther",
    );
    const leafRoots = [toHex(GROUP_ORDER, { size: 32 }), ...words.leafRoots.slice(1)];
    await expect(note({ ...words, leafRoots }, 0)).rejects.toThrow("NotCanonical");
  });

  it("are hashed one way for every number of them: lists up to a block, blocks above it", async () => {
    const full = wordsOf(BATCHES_A_BLOCK, "full");
    await publish(full);
    expect((await published(full)).digest).toBe(digestOf(BATCHES_A_BLOCK, "full"));
    const more = wordsOf(BATCHES_A_BLOCK + 1, "more");
    await expect(publish(more)).rejects.toThrow("StatementShape");
    // As a block what is to be a list, and both at once.
    await note(full, 0);
    const rest = restsOf(full)[0]!;
    const asBlock = {
      ...full,
      batchShapes: "0x",
      leafRoots: [],
      noted: BATCHES_A_BLOCK,
      notedRest: rest,
    } as const;
    await expect(publish({ ...asBlock, epoch: "again" })).rejects.toThrow("StatementShape");
    await expect(publish({ ...full, epoch: "again", noted: MANY })).rejects.toThrow("StatementShape");
    await expect(publish({ ...full, epoch: "again", notedRest: rest })).rejects.toThrow("StatementShape");
  });

  it("are of shapes that the key set has, and in blocks that begin where blocks do", async () => {
    const words = wordsOf(MANY, "shapes");
    const root = [toHex(1n, { size: 32 })];
    const send = (first: bigint, shapes: string, roots: readonly Hex[]) =>
      anvil.send(on.seeds, "note", [epoch.shapes, first, shapes, roots, zeroHash]);
    await expect(send(0n, "0x01", root)).rejects.toThrow("ShapeUnknown");
    await expect(send(0n, "0x09", root)).rejects.toThrow("ShapeUnknown");
    await expect(send(1n, "0x00", root)).rejects.toThrow("StatementShape");
    await expect(send(65_536n, "0x00", root)).rejects.toThrow("StatementShape");
    await expect(send(0n, "0x", [])).rejects.toThrow("StatementShape");
    await expect(send(0n, "0x0000", root)).rejects.toThrow("StatementShape");
    await expect(note(words, 0, BATCHES_A_BLOCK + 1)).rejects.toThrow("StatementShape");
  });
});
