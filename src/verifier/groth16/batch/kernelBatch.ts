import { MarginproofError } from "../../../errors.js";
import { Vectors } from "../../../field/kernel/vectors.js";
import { slices } from "../../slices.js";
import { Fp12, type Fp12Element, G1, type G1Point, type G2Point, GROUP_ORDER } from "../curve.js";
import type { BatchItem, FastBatch } from "../fastBatch.js";
import { type PairingTerm, pairingProduct } from "../pairingProduct.js";
import { Proof } from "../proof.js";
import { platformRandomBytes, type RandomBytes } from "../weights.js";
import { millerProduct } from "./millerProduct.js";
import { walkTwist } from "./twistPoints.js";
import { DigitWeights, weighPoints } from "./weighPoints.js";

/** Points in the kernel at once: some 3 kB each, and the first steps of an inversion cost as much as 20. */
const AT_ONCE = 256;
/** What is done once a key and batch costs as much as some 50 proofs. */
const SIZE = 1024;

/**
 * The check of `verifyMany` on the WebAssembly kernel.
 * @throws WebAssembly.CompileError, ReferenceError where WebAssembly is not to be had
 */
export function createFastBatch(randomBytes: RandomBytes = platformRandomBytes): FastBatch {
  const vectors = new Vectors();
  return {
    size: SIZE,
    parseAll: (list) =>
      [...slices(list, SIZE)].flatMap<Proof | undefined>(
        (part) => parseAll(vectors, part) ?? part.map(() => undefined),
      ),
    allHold: (items) => equationHolds(vectors, items, randomBytes),
  };
}

function parseAll(vectors: Vectors, list: readonly unknown[]): readonly Proof[] | undefined {
  const points: G2Point[] = [];
  try {
    const proofs = list.map((json) => Proof.fromJson(json, (point) => points.push(point) > 0));
    return [...slices(points, AT_ONCE)].every((part) => walkTwist(vectors, part)) ? proofs : undefined;
  } catch (error) {
    if (error instanceof MarginproofError) return undefined;
    throw error;
  }
}

let best: { readonly batch: FastBatch | undefined } | undefined;

/** The one of this thread; undefined where the engine or a content policy refuses to compile. */
export function bestFastBatch(): FastBatch | undefined {
  return (best ??= { batch: whereCompiled() }).batch;
}

function whereCompiled(): FastBatch | undefined {
  try {
    return createFastBatch();
  } catch {
    return undefined;
  }
}

/** Of one key: the sums, each proof by its weight. */
interface KeySums {
  readonly vk: BatchItem["vk"];
  /** Of the ic points; the first is the sum of the weights. */
  readonly scalars: bigint[];
  c: G1Point;
}

/** `weightedEquationHolds`, with other weights and the kernel's Miller loops. */
function equationHolds(vectors: Vectors, items: readonly BatchItem[], randomBytes: RandomBytes): boolean {
  const keys = new Map<string, KeySums>();
  let loops: Fp12Element = Fp12.ONE;
  for (const part of slices(items, AT_ONCE)) {
    const product = vectors.scope(() => {
      const weights = new DigitWeights(part.length, randomBytes);
      const points = part.map(({ proof }) => proof.a).concat(part.map(({ proof }) => proof.c));
      const weighted = weighPoints(vectors, points, weights);
      addToKeys(keys, part, weights, weightedCs(vectors, weighted, part.length));
      return millerProduct(
        vectors,
        weighted,
        part.map(({ proof }) => proof.b),
      );
    });
    if (product === undefined) return false;
    loops = Fp12.mul(loops, product);
  }
  return Fp12.eql(pairingProduct([...keys.values()].flatMap(keyTerms), loops), Fp12.ONE);
}

function weightedCs(vectors: Vectors, { x, y }: { x: number; y: number }, count: number): G1Point[] {
  const [xs, ys] = [x, y].map((vector) => vectors.read(vectors.place(vector, count), count));
  return xs!.map((value, i) => G1.fromAffine({ x: value, y: ys![i]! }));
}

function addToKeys(
  keys: Map<string, KeySums>,
  items: readonly BatchItem[],
  weights: DigitWeights,
  cs: readonly G1Point[],
): void {
  for (const [index, { vk, signals }] of items.entries()) {
    let sums = keys.get(vk.digestHex);
    if (sums === undefined) {
      sums = { vk, scalars: new Array<bigint>(vk.ic.length).fill(0n), c: G1.ZERO };
      keys.set(vk.digestHex, sums);
    }
    const weight = weights.value(index);
    sums.scalars[0]! += weight;
    for (const [at, signal] of signals.entries()) sums.scalars[at + 1]! += weight * signal;
    sums.c = sums.c.add(cs[index]!);
  }
}

function keyTerms({ vk, scalars, c }: KeySums): PairingTerm[] {
  const reduced = scalars.map((scalar) => scalar % GROUP_ORDER);
  const { betaLines, gammaLines, deltaLines, combineIc } = vk.prepared;
  return [
    { g1: vk.alpha1.multiplyUnsafe(reduced[0]!).negate(), lines: betaLines },
    { g1: combineIc(reduced).negate(), lines: gammaLines },
    { g1: c.negate(), lines: deltaLines },
  ];
}
