import { beforeAll, describe, expect, test } from "vitest";
import { inverse, mul, sub } from "../../src/field/element.js";
import { FIELD_ORDER } from "../../src/field/order.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { ROLE_NODE } from "../../src/protocol/roles.js";
import { rootFromPath, siblingPath, Tree16 } from "../../src/protocol/tree.js";
import { attackedTemplate } from "./supportCircuit.js";
import { freeColumns } from "./supportRank.js";
import { Sensitivity } from "./supportSensitivity.js";
import { type CheatingProver, cheatingProver, type Forced } from "./supportWitness.js";

/** A path up the tree, for claims about one account: no circuit of an epoch uses it yet. */
const DEPTH = 2;
const hasher = bestPoseidon();
const leaves = Array.from({ length: 200 }, (_, i) => hasher.hash(7n, [BigInt(i)]));
const tree = new Tree16(hasher, leaves, DEPTH);

let prover: CheatingProver;
beforeAll(async () => {
  prover = cheatingProver(
    await attackedTemplate(`MerklePath16(${DEPTH})`, "path16.circom", ["leaf", "index"]),
  );
});

interface Path {
  readonly leaf: bigint;
  readonly index: bigint;
  readonly children: readonly (readonly bigint[])[];
}

/** The path as the circuit takes it: all 16 children of every node on the way, the path's own among them. */
function pathOf(index: number, leaf = leaves[index]!, of = tree): Path {
  let [node, at] = [leaf, index];
  const children = siblingPath(of, index).map((siblings) => {
    const level = [...siblings.slice(0, at % 16), node, ...siblings.slice(at % 16)];
    [node, at] = [hasher.hash(ROLE_NODE, level), Math.floor(at / 16)];
    return level;
  });
  return { leaf, index: BigInt(index), children };
}

function judge({ leaf, index, children }: Path, forced: Forced = {}) {
  const witness = prover.solve(
    { leaf: leaf.toString(), index: index.toString(), children: children.map((level) => level.map(String)) },
    forced,
  );
  return { broken: prover.broken(witness).length > 0, root: prover.signals(witness)[0]! };
}

const PLACES = [0, 15, 16, 199] as const;

describe("honest paths", () => {
  test.each(PLACES)("of place %s lead to the root that Tree16 and rootFromPath give", (index) => {
    const { broken, root } = judge(pathOf(index));
    expect(broken).toBe(false);
    expect(root).toBe(tree.root);
    expect(root).toBe(rootFromPath(hasher, leaves[index]!, index, siblingPath(tree, index)));
  });

  test("of a leaf that stands at two places, from both and from no third", () => {
    const twice = leaves.map((leaf, i) => (i === 20 ? leaves[18]! : leaf));
    const other = new Tree16(hasher, twice, DEPTH);
    for (let index = 16; index < 32; index++) {
      const claimed = { ...pathOf(18, leaves[18], other), index: BigInt(index) };
      const { broken, root } = judge(claimed);
      expect(broken).toBe(index !== 18 && index !== 20);
      expect(root).toBe(other.root);
    }
  });
});

describe("another place", () => {
  test("every other place under the same node, with any digit of the index another, and beyond the tree", () => {
    for (const index of [0, 18, 199]) {
      const near = Array.from({ length: 16 }, (_, i) => index - (index % 16) + i);
      const flipped = Array.from({ length: 8 }, (_, k) => index ^ (1 << k));
      const beyond = [256, 256 + index, 512 + index, 4096 + index];
      for (const other of new Set([...near, ...flipped, 255, ...beyond]))
        if (other !== index)
          expect(judge({ ...pathOf(index), index: BigInt(other) }).broken, `${index} as ${other}`).toBe(true);
      for (const other of [FIELD_ORDER - 1n, FIELD_ORDER - 256n + BigInt(index), inverse(2n)])
        expect(judge({ ...pathOf(index), index: other }).broken).toBe(true);
    }
  });

  test("a digit that is none, chosen so that a mixture of two children is the leaf claimed", () => {
    // Of children 2 and 3, the digit t picks child2 + t * (child3 - child2): any value at all, were t not binary.
    const claimed = hasher.hash(7n, [999n]);
    const path = pathOf(2, leaves[2]);
    const [even, odd] = [leaves[2]!, leaves[3]!];
    const t = mul(sub(claimed, even), inverse(sub(odd, even)));
    const forced = { "digits.digits.out[0]": t, "child[0].at[0]": t };
    const lie = judge({ ...path, leaf: claimed }, forced);
    expect(lie.root).toBe(tree.root);
    expect(lie.broken).toBe(true);
    expect(judge({ ...path, leaf: claimed, index: 2n + t }, forced).broken).toBe(true);
  });

  test("a digit of 2 for a carry: index kept, digits another's", () => {
    // 16 = 2 * 8 as digits 0 0 0 2 0: four bits of the lowest level that sum to 16.
    expect(judge(pathOf(16), { "digits.digits.out[3]": 2n, "digits.digits.out[4]": 0n }).broken).toBe(true);
    expect(
      judge({ ...pathOf(0), index: 16n }, { "digits.digits.out[3]": 2n, "digits.digits.out[4]": 0n }).broken,
    ).toBe(true);
  });

  test("what is picked written as the leaf", () => {
    const claimed = hasher.hash(7n, [999n]);
    for (const signal of ["child[0].out", "child[0].half[14]", "child[0].half[0]", "node[0]"])
      expect(judge({ ...pathOf(1), leaf: claimed }, { [signal]: claimed }).broken, signal).toBe(true);
  });
});

describe("another leaf or node", () => {
  test("a leaf that the tree does not hold", () => {
    for (const index of PLACES) expect(judge({ ...pathOf(index), leaf: 5n }).broken).toBe(true);
  });

  test("a leaf put among the children, or any child altered at any level, leads elsewhere", () => {
    expect(judge(pathOf(18, 5n))).toMatchObject({ broken: false });
    expect(judge(pathOf(18, 5n)).root).not.toBe(tree.root);
    const honest = pathOf(199);
    for (let level = 0; level < DEPTH; level++) {
      for (let child = 0; child < 16; child++) {
        const children = honest.children.map((each, l) =>
          each.map((node, c) => (l === level && c === child ? node + 1n : node)),
        );
        const { broken, root } = judge({ ...honest, children });
        expect(broken || root !== tree.root, `level ${level} child ${child}`).toBe(true);
      }
    }
  });

  test("children in another order: the place or the root changes", () => {
    const honest = pathOf(18);
    const [first, ...upper] = honest.children;
    const swapped = first!.map((_, i) => first![i === 2 ? 5 : i === 5 ? 2 : i]!);
    expect(judge({ ...honest, children: [swapped, ...upper] }).broken).toBe(true);
    // With the node above recomputed, and that put among its siblings, all the way up.
    const moved = leaves.map((leaf, i) => (i === 18 ? leaves[21]! : i === 21 ? leaves[18]! : leaf));
    const { broken, root } = judge(pathOf(21, leaves[18], new Tree16(hasher, moved, DEPTH)));
    expect(broken).toBe(false);
    expect(root).not.toBe(tree.root);
  });

  test("a hash on the way, or the root, written as another", () => {
    for (const signal of ["node[1]", "node[2]", "root", "above[0].out"])
      expect(judge(pathOf(18, 5n), { [signal]: tree.root }).broken, signal).toBe(true);
  });
});

describe("what a path alone does not say", () => {
  test("a missing place holds 0, and an inner node passes at its height: so the leaf must be the output of Leaf", () => {
    expect(judge({ ...pathOf(199), leaf: 0n, index: 200n })).toEqual({ broken: false, root: tree.root });
    const deeper = new Tree16(hasher, [...leaves, ...leaves], DEPTH + 1);
    const [, inner] = pathOf(18, leaves[18], deeper).children;
    const upper = pathOf(18, leaves[18], deeper).children.slice(1);
    expect(judge({ leaf: inner![1]!, index: 1n, children: upper })).toEqual({
      broken: false,
      root: deeper.root,
    });
  });

  test("the depth is the template's: a path of another depth leads to another tree's root", () => {
    const few = leaves.slice(0, 16);
    const shallow = new Tree16(hasher, few, 1);
    const { broken, root } = judge(pathOf(7, few[7], new Tree16(hasher, few, DEPTH)));
    expect(broken).toBe(false);
    expect(root).not.toBe(shallow.root);
    expect(() => rootFromPath(hasher, leaves[18]!, 256 + 18, siblingPath(tree, 18))).toThrow(RangeError);
  });
});

test("every single wire is bound, and no second witness stands near the honest one", () => {
  const { r1cs, names, inputs } = prover.circuit.proved;
  const { leaf, index, children } = pathOf(18);
  const witness = prover.solve({
    leaf: leaf.toString(),
    index: index.toString(),
    children: children.map((level) => level.map(String)),
  });
  const around = new Sensitivity(r1cs, witness);
  const moved = names.filter(
    (_, wire) => wire > 0 && [1n, -1n, 1n << 90n].some((by) => !around.breaks(wire, witness[wire]! + by)),
  );
  expect(moved).toEqual([]);
  const computed = new Set(names.map((_, wire) => wire).filter((wire) => wire > 0 && !inputs.has(wire)));
  expect(freeColumns(around.jacobian(), computed)).toEqual([]);
});
