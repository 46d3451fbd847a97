import { TREE_ARITY } from "../../protocol/constants.js";
import { siblingsAbove } from "../../protocol/tree.js";
import type { EpochSecrets } from "../secrets.js";
import type { AttemptStore } from "../store/store.js";

/**
 * What finds an account's places and their ways to the epoch's root without reading the epoch: a head, pages of accounts, and the
 * trees of the batches by sixteens. All are texts of the attempt, each vouched for by its SHA-256, so that what it says is what was written,
 * and an account that its page doesn't name is not in the epoch.
 */
export const HEAD_NAME = "holders/index.json";
const numbered = (kind: string, n: number): string => `holders/${kind}-${String(n).padStart(6, "0")}.json`;
export const pageName = (page: number): string => numbered("page", page);
export const treesName = (group: number): string => numbered("trees", group);

export interface IndexHead {
  readonly format: "marginproof/holder-index/1";
  /** Of the statement that the trees belong to. */
  readonly digest: string;
  readonly batches: number;
  readonly pages: number;
  /** The epoch's moment. */
  readonly time: string;
  /** Whether the market has secret rates, which holders' files then tell the outcome of. */
  readonly secretRates: boolean;
  /** Holders: accounts by name. */
  readonly holders: number;
  /** Nodes over the batches' roots by level, from the first above them up to the root. */
  readonly levels: readonly (readonly string[])[];
}

/** Batches by an account's keyed hash, rising. */
type IndexPage = Readonly<Record<string, readonly number[]>>;

/** What is kept of sixteen batches. */
export type IndexTrees = readonly {
  /** Of the batch's text, when it was seen to make these leaves. */
  readonly sha256: string;
  /** Its tree: the leaves first, the root last. */
  readonly levels: readonly (readonly string[])[];
}[];

/** Pages and trees that an open index keeps, of some 100 kB each: of an epoch of 20,000 accounts, all. */
const KEPT_PIECES = 64;

export const groupOf = (batch: number): number => Math.floor(batch / TREE_ARITY);

/** What an account is indexed by: without the master secret nobody finds a name in it, nor the same holder in two epochs. */
export const accountKey = (secrets: EpochSecrets, account: string): string =>
  Buffer.from(secrets.bytes("holder", account).subarray(0, 16)).toString("hex");

export const pageOf = (key: string, pages: number): number => Number.parseInt(key.slice(0, 8), 16) % pages;

/** The index can't be used: it has to be made anew. */
export class IndexFault extends Error {
  /** @param found in words for the user */
  constructor(
    readonly path: string,
    readonly found: "is missing" | "is damaged" | "is of another statement" | "is of another batch",
  ) {
    super(`${path} ${found}`);
  }
}

/** The index of one epoch, read piece by piece as it is asked. */
export class HolderIndex {
  /** Pieces by name, the one asked for last the last: who wants every file asks for the same trees in turn, a server for any. */
  readonly #read = new Map<string, unknown>();

  private constructor(
    private readonly attempt: AttemptStore,
    private readonly secrets: EpochSecrets,
    readonly head: IndexHead,
  ) {}

  /** @throws IndexFault */
  static async open(attempt: AttemptStore, secrets: EpochSecrets, digest: string): Promise<HolderIndex> {
    const head = await readPiece<IndexHead>(attempt, HEAD_NAME);
    if (head.digest !== digest) throw new IndexFault(HEAD_NAME, "is of another statement");
    return new HolderIndex(attempt, secrets, head);
  }

  /** The batches that an account is in, rising; none when it is not in the epoch. @throws IndexFault */
  async batchesOf(account: string): Promise<readonly number[]> {
    const key = accountKey(this.secrets, account);
    return (await this.page(pageOf(key, this.head.pages)))[key] ?? [];
  }

  /** @throws IndexFault */
  page(page: number): Promise<IndexPage> {
    return this.piece(pageName(page));
  }

  /** The tree of a batch with this text. @throws IndexFault */
  async treeOf(batch: number, sha256: string): Promise<BatchLevels> {
    const group = groupOf(batch);
    const trees = await this.piece<IndexTrees>(treesName(group));
    const own = trees[batch % TREE_ARITY]!;
    if (own.sha256 !== sha256) throw new IndexFault(treesName(group), "is of another batch");
    const roots = trees.map(({ levels }) => levels.at(-1)![0]!);
    return new BatchLevels(own.levels, [roots, ...this.head.levels.slice(0, -1)], batch);
  }

  private async piece<T>(name: string): Promise<T> {
    const found = (this.#read.get(name) as T | undefined) ?? (await readPiece<T>(this.attempt, name));
    this.#read.delete(name);
    this.#read.set(name, found);
    for (const oldest of [...this.#read.keys()].slice(0, -KEPT_PIECES)) this.#read.delete(oldest);
    return found;
  }
}

/** One batch's tree, and what is above it. */
class BatchLevels {
  constructor(
    private readonly own: readonly (readonly string[])[],
    private readonly above: readonly (readonly string[])[],
    private readonly batch: number,
  ) {}

  /** Per level from the leaf up, the siblings on the way to the epoch's root. */
  path(position: number): string[][] {
    const [roots, ...rest] = this.above;
    const within = siblingsAbove(this.own.slice(0, -1), position, MISSING);
    const beside = siblingsAbove([roots!], this.batch % TREE_ARITY, MISSING);
    return [...within, ...beside, ...siblingsAbove(rest, groupOf(this.batch), MISSING)];
  }
}

/** Zero, as every field element is written. */
const MISSING = `0x${"0".repeat(64)}`;

async function readPiece<T>(attempt: AttemptStore, name: string): Promise<T> {
  const found = await attempt.read(name);
  if (found.state === "whole") return JSON.parse(found.text) as T;
  throw new IndexFault(found.path, found.state === "missing" ? "is missing" : "is damaged");
}
