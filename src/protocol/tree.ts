import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import { TREE_ARITY } from "./constants.js";
import { ROLE_NODE } from "./roles.js";

/**
 * A 16-ary Merkle tree of fixed depth; a missing child is 0 at every level. Nobody knows an input that hashes
 * to 0, so "missing" can't be passed off as a leaf.
 */
export class Tree16 {
  /** levels[0] are the leaves, levels[depth] is the root alone. */
  readonly levels: readonly (readonly bigint[])[];

  constructor(hasher: PoseidonHasher, leaves: readonly bigint[], depth: number) {
    if (leaves.length === 0 || leaves.length > TREE_ARITY ** depth) {
      throw new RangeError(`a tree of depth ${depth} takes 1 to ${TREE_ARITY ** depth} leaves`);
    }
    const levels = [[...leaves]];
    for (let level = 0; level < depth; level++) {
      const below = levels[level]!;
      const parents = Array.from({ length: Math.ceil(below.length / TREE_ARITY) }, (_, i) => ({
        initialState: ROLE_NODE,
        inputs: Array.from({ length: TREE_ARITY }, (_, child) => below[i * TREE_ARITY + child] ?? 0n),
      }));
      levels.push(hasher.hashMany(parents));
    }
    this.levels = levels;
  }

  get root(): bigint {
    return this.levels.at(-1)![0]!;
  }
}

/** Per level from the leaf up, the 15 siblings of the node on the path. */
export function siblingPath({ levels }: Tree16, index: number): bigint[][] {
  return siblingsAbove(levels.slice(0, -1), index, 0n);
}

/** Per level, from the node at `index` of the lowest one up, the 15 siblings of the node on the path; `missing` where there is none. */
export function siblingsAbove<T>(levels: readonly (readonly T[])[], index: number, missing: T): T[][] {
  let at = index;
  return levels.map((level) => {
    const first = at - (at % TREE_ARITY);
    const siblings: T[] = [];
    for (let child = first; child < first + TREE_ARITY; child++) {
      if (child !== at) siblings.push(level[child] ?? missing);
    }
    at = Math.floor(at / TREE_ARITY);
    return siblings;
  });
}

/** The root that a leaf at `index` leads to along `path` (15 siblings a level). */
export function rootFromPath(
  hasher: PoseidonHasher,
  leaf: bigint,
  index: number,
  path: readonly (readonly bigint[])[],
): bigint {
  let node = leaf;
  let at = index;
  for (const siblings of path) {
    if (siblings.length !== TREE_ARITY - 1) throw new RangeError("a path level has 15 siblings");
    const position = at % TREE_ARITY;
    node = hasher.hash(ROLE_NODE, [...siblings.slice(0, position), node, ...siblings.slice(position)]);
    at = Math.floor(at / TREE_ARITY);
  }
  if (at !== 0) throw new RangeError("index lies outside the tree");
  return node;
}
