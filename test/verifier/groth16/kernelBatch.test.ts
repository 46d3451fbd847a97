import { describe, expect, test } from "vitest";
import { Vectors } from "../../../src/field/kernel/vectors.js";
import type { BundleParts } from "../../../src/verifier/bundle.js";
import { fastSteps } from "../../../src/verifier/fastSteps.js";
import { bestFastBatch, createFastBatch } from "../../../src/verifier/groth16/batch/kernelBatch.js";
import { TowerVectors, type Twelve } from "../../../src/verifier/groth16/batch/towerVectors.js";
import { areAt } from "../../../src/verifier/groth16/batch/twistPoints.js";
import { Proof, parseProof } from "../../../src/verifier/groth16/proof.js";
import { parseVerifyingKey } from "../../../src/verifier/groth16/verifyingKey.js";
import type { BatchItem } from "../../../src/verifier/groth16/verifyMany.js";
import { verifyManyFast } from "../../../src/verifier/groth16/verifyManyFast.js";
import { g2, g2Json, toyKey, toyProof, twistPoint } from "./toy.js";

// What batch.test.ts says of large batches, each part of it by itself and quickly.
const key = toyKey(1, 1);
const vk = parseVerifyingKey(key.json, 1);
const json = toyProof(key, [5n], 1);
const good: BatchItem = { vk, signals: [5n], proof: parseProof(json) };
const bad: BatchItem = { ...good, signals: [6n] };
const fast = createFastBatch();

describe("the kernel of a thread", () => {
  test("is made once", () => {
    expect(bestFastBatch()).toBeDefined();
    expect(bestFastBatch()).toBe(bestFastBatch());
  });

  test("says yes of a proof that holds, by itself and twice, and of no other", () => {
    expect(fast.allHold([good])).toBe(true);
    expect(fast.allHold([good, good])).toBe(true);
    expect(fast.allHold([good, bad])).toBe(false);
  });

  test("says no of a proof that somebody else answered for, with a point outside of the group", () => {
    const outside = Proof.fromJson({ ...json, b: g2Json(twistPoint(5n)) }, () => true);
    expect(fast.allHold([{ ...good, proof: outside }])).toBe(false);
  });

  test("gives no proof where the parser may refuse, and hides no fault that is none of the proof's", () => {
    expect(fast.parseAll([json, { ...json, a: ["0x", "0x"] }])).toEqual([undefined, undefined]);
    const thrown = new TypeError("a getter of the caller's own");
    const hostile = Object.defineProperty({ ...json }, "a", {
      enumerable: true,
      get: () => {
        throw thrown;
      },
    });
    expect(() => fast.parseAll([hostile])).toThrow(thrown);
  });
});

describe("whoever asks a kernel", () => {
  const line = { stateOut: `0x${"0".repeat(64)}`, proof: json };
  const asked: number[] = [];
  const agreeable = {
    size: 3,
    parseAll: (list: readonly unknown[]) => list.map((one) => (one === undefined ? undefined : good.proof)),
    allHold: (items: readonly BatchItem[]) => asked.push(items.length) > 0,
  };

  test("takes its yes", () => {
    expect(verifyManyFast(agreeable, [bad])).toEqual({ ok: true, failed: [] });
  });

  test("takes its proofs for those of the lines, and hands it as many as it takes best", () => {
    const noProof = { ...line, proof: "none" };
    const given: unknown[] = [];
    const noting = {
      ...agreeable,
      parseAll(list: readonly unknown[]) {
        given.push(...list);
        return agreeable.parseAll(list);
      },
    };
    const steps = fastSteps({ steps: [line, noProof, line, line] } as unknown as BundleParts, noting);
    expect(steps.states()).toEqual([0n, 0n, 0n, 0n]);
    expect(given).toEqual([json, "none", json, json]);
    asked.splice(0);
    const told = [...steps.check([bad, bad, bad, bad], 4)];
    expect(asked).toEqual([3, 1]);
    expect(told).toEqual([
      { done: 3, total: 4 },
      { done: 4, total: 4 },
    ]);
  });
});

describe("the arithmetic of a batch", () => {
  test("leaves alone what was there before", () => {
    const vectors = new Vectors();
    const mine = vectors.load([11n, 12n, 13n, 14n]);
    const ones = () => vectors.load([3n, 4n]);
    vectors.scope(() => {
      const tower = new TowerVectors(vectors, 1);
      const f: Twelve = [ones(), ones(), ones(), ones(), ones(), ones()];
      const next = vectors.load([21n, 22n]);
      tower.square(f);
      tower.multiplyLine(f, ones(), ones(), 1);
      expect(vectors.read(next, 2)).toEqual([21n, 22n]);
    });
    expect(vectors.read(mine, 4)).toEqual([11n, 12n, 13n, 14n]);
  });

  test("knows a point by both of its coordinates", () => {
    const vectors = new Vectors();
    const [point, other] = [g2(3n), g2(4n)];
    const place = (x: typeof point, y: typeof point) => ({
      x: vectors.load([x.x.c0, x.x.c1]),
      y: vectors.load([y.y.c0, y.y.c1]),
    });
    expect(areAt(vectors, place(point, point), [point])).toBe(true);
    expect(areAt(vectors, place(point, other), [point])).toBe(false);
    expect(areAt(vectors, place(other, point), [point])).toBe(false);
    expect(areAt(vectors, place(point, point), [point.negate()])).toBe(false);
  });
});
