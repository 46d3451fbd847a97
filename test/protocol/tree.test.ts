import { describe, expect, test } from "vitest";
import { poseidon } from "../../src/field/poseidon/poseidon.js";
import { ROLE_NODE } from "../../src/protocol/roles.js";
import { rootFromPath, siblingPath, Tree16 } from "../../src/protocol/tree.js";

const node = (children: readonly bigint[]): bigint =>
  poseidon.hash(
    ROLE_NODE,
    Array.from({ length: 16 }, (_, i) => children[i] ?? 0n),
  );
const leaves = Array.from({ length: 18 }, (_, i) => BigInt(i + 1));
const tree = new Tree16(poseidon, leaves, 2);

describe("a tree of 16 children", () => {
  test("missing children are 0 at every level", () => {
    expect(tree.root).toBe(node([node(leaves.slice(0, 16)), node(leaves.slice(16))]));
    expect(new Tree16(poseidon, [7n], 3).root).toBe(node([node([node([7n])])]));
    expect(new Tree16(poseidon, [7n], 0).root).toBe(7n);
  });

  test.each([0, 1, 15, 16, 17])(
    "leaf %i leads to the root along its path, and no other leaf or place",
    (index) => {
      const path = siblingPath(tree, index);
      expect(path.map(({ length }) => length)).toEqual([15, 15]);
      const root = (leaf: bigint, at: number) => rootFromPath(poseidon, leaf, at, path);
      expect(root(leaves[index]!, index)).toBe(tree.root);
      expect(root(99n, index)).not.toBe(tree.root);
      expect(root(leaves[index]!, (index + 1) % 16)).not.toBe(tree.root);
      expect(root(leaves[index]!, (index + 16) % 32)).not.toBe(tree.root);
    },
  );

  test("a place outside of the tree, and a level that is too short or too long", () => {
    const path = siblingPath(tree, 0);
    expect(() => rootFromPath(poseidon, 1n, 256, path)).toThrow(RangeError);
    expect(() => rootFromPath(poseidon, 1n, 255, path)).not.toThrow();
    for (const wrong of [path[0]!.slice(1), [...path[0]!, 0n]])
      expect(() => rootFromPath(poseidon, 1n, 0, [wrong, path[1]!])).toThrow(RangeError);
  });

  test("has one leaf at least, and as many as its depth has places", () => {
    expect(() => new Tree16(poseidon, [], 2)).toThrow(RangeError);
    expect(() => new Tree16(poseidon, leaves.slice(0, 17), 1)).toThrow(RangeError);
    expect(new Tree16(poseidon, leaves.slice(0, 16), 1).root).toBe(node(leaves.slice(0, 16)));
  });
});
