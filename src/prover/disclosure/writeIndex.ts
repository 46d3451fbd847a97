import { toFieldHex } from "../../field/encoding.js";
import { bestPoseidon } from "../../field/poseidon/bestPoseidon.js";
import { EPOCH_TREE_DEPTH, TREE_ARITY } from "../../protocol/constants.js";
import { Tree16 } from "../../protocol/tree.js";
import type { AttemptWork } from "../attemptWork.js";
import { batchRecords } from "../batchFile.js";
import { batchTree } from "../batchTree.js";
import type { Watch } from "../layOut.js";
import type { StoredStatement, WrittenText } from "../store/store.js";
import { accountShape } from "./accountShape.js";
import {
  accountKey,
  groupOf,
  HEAD_NAME,
  type IndexHead,
  type IndexTrees,
  pageName,
  pageOf,
  treesName,
} from "./holderIndex.js";
import { differs, type LaidOutBatch, readLaidOut } from "./opening.js";

/** Writes the index of an epoch's holders, batch by batch; it counts once `finish` has returned, as a whole. */
export class IndexWriter {
  readonly #written: WrittenText[] = [];
  readonly #roots: bigint[] = [];
  #trees: IndexTrees[number][] = [];
  /** Per page: keyed hash of an account, a blank, its batch. In short texts, since there is one a holder. */
  readonly #pages: string[][];

  /** @param batches how many there will be */
  constructor(
    private readonly work: AttemptWork,
    batches: number,
  ) {
    this.#pages = Array.from({ length: Math.ceil(batches / TREE_ARITY) }, () => []);
  }

  /** Whether an earlier run has written it: the same attempt writes the same. */
  static async isWritten({ attempt }: AttemptWork): Promise<boolean> {
    return (await attempt.read(HEAD_NAME)).state === "whole";
  }

  /** Adds the next batch. @throws MarginproofError PRIVATE_FILE_DAMAGED */
  async add(batch: number, tree: Tree16): Promise<void> {
    const { accounts, sha256 } = await readLaidOut(this.work.attempt, batch);
    for (const account of new Set(accounts.map((own) => own.account))) {
      const key = accountKey(this.work.secrets, account);
      this.#pages[pageOf(key, this.#pages.length)]!.push(`${key} ${batch}`);
    }
    this.#roots.push(tree.root);
    this.#trees.push({ sha256, levels: tree.levels.map((level) => level.map(toFieldHex)) });
    if (this.#trees.length === TREE_ARITY) await this.flush(groupOf(batch));
  }

  /** @param digest of the statement */
  async finish(digest: string): Promise<void> {
    if (this.#trees.length > 0) await this.flush(groupOf(this.#roots.length - 1));
    let holders = 0;
    for (const [page, entries] of this.#pages.entries()) {
      const found = new Map<string, number[]>();
      for (const entry of entries) {
        const [key, batch] = entry.split(" ") as [string, string];
        const batches = found.get(key);
        if (batches === undefined) found.set(key, [Number(batch)]);
        else batches.push(Number(batch));
      }
      holders += found.size;
      // In the order of the keys: nothing of it shows the order of the accounts.
      const sorted = [...found].sort(([one], [other]) => (one < other ? -1 : 1));
      await this.write(pageName(page), Object.fromEntries(sorted));
    }
    const all = new Tree16(bestPoseidon(), this.#roots, EPOCH_TREE_DEPTH);
    await this.write(HEAD_NAME, {
      format: "marginproof/holder-index/1",
      digest,
      batches: this.#roots.length,
      pages: this.#pages.length,
      time: this.work.market.time,
      secretRates: this.work.market.privateRules !== undefined,
      holders,
      levels: all.levels.slice(1).map((level) => level.map(toFieldHex)),
    } satisfies IndexHead);
    await this.work.attempt.record(this.#written);
  }

  private async flush(group: number): Promise<void> {
    await this.write(treesName(group), this.#trees);
    this.#trees = [];
  }

  private async write(name: string, piece: unknown): Promise<void> {
    this.#written.push(await this.work.attempt.write(name, JSON.stringify(piece)));
  }
}

/**
 * Makes the index of a published epoch anew, from its batches.
 * @param place what messages call the store
 * @throws MarginproofError PRIVATE_FILE_DAMAGED, DISCLOSE_DIFFERS
 */
export async function rebuildIndex(
  work: AttemptWork,
  place: string,
  { statement, digest }: Pick<StoredStatement, "statement" | "digest">,
  { progress, signal }: Watch,
): Promise<void> {
  const { batches } = statement;
  progress.stage("index", "index the epoch's holders", `${batches.length} batches`);
  await work.attempt.provide();
  const writer = new IndexWriter(work, batches.length);
  for (const [index, { leafRoot }] of batches.entries()) {
    signal?.throwIfAborted();
    const tree = treeOf(work, await readLaidOut(work.attempt, index));
    if (tree.root !== leafRoot) throw differs(place, statement.epoch);
    await writer.add(index, tree);
    progress.update(index + 1, batches.length);
  }
  await writer.finish(digest);
}

/** The tree over a batch's accounts and padding. */
export function treeOf(work: AttemptWork, { index, shape: id, accounts }: LaidOutBatch): Tree16 {
  const { market, table, secrets, evaluator } = work;
  const records = batchRecords(index, accountShape(id), accounts, evaluator, market, secrets);
  return batchTree(bestPoseidon(), records, table.marginCallBp);
}
