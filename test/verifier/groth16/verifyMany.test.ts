import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { G1, GROUP_ORDER } from "../../../src/verifier/groth16/curve.js";
import { parseProof } from "../../../src/verifier/groth16/proof.js";
import { verifyProof } from "../../../src/verifier/groth16/verify.js";
import { parseVerifyingKey } from "../../../src/verifier/groth16/verifyingKey.js";
import { type BatchItem, verifyMany } from "../../../src/verifier/groth16/verifyMany.js";
import { weightedEquationHolds, weightedItem } from "../../../src/verifier/groth16/weightedEquation.js";
import { drawWeights, platformRandomBytes } from "../../../src/verifier/groth16/weights.js";
import { expectInvalid } from "./refuses.js";
import { g1Json, g2Json, scalar, toyKey, toyProof } from "./toy.js";

const keys = [toyKey(1, 3), toyKey(2, 1), toyKey(3, 0)];
const vks = keys.map((key) => parseVerifyingKey(key.json, key.ic.length - 1));

function item(seed: number, keyIndex = 0): BatchItem {
  const key = keys[keyIndex]!;
  const signals = key.ic.slice(1).map((_, n) => scalar(700 + 10 * seed + n));
  return { vk: vks[keyIndex]!, signals, proof: parseProof(toyProof(key, signals, seed)) };
}

/** The item with `shift` added to c: no longer valid. */
function shifted({ vk, signals, proof }: BatchItem, shift = G1.BASE): BatchItem {
  const json = { a: g1Json(proof.a), b: g2Json(proof.b), c: g1Json(proof.c.add(shift)) };
  return { vk, signals, proof: parseProof(json) };
}

const ten = Array.from({ length: 10 }, (_, n) => item(n + 1));
const mixed = Array.from({ length: 9 }, (_, n) => item(n + 30, n % 3));

describe("verifyMany", () => {
  it("accepts the empty list", () => {
    expect(verifyMany([])).toEqual({ ok: true, failed: [] });
  });

  it("accepts one proof, many proofs, the same proof twice and several keys", () => {
    expect(verifyMany([ten[0]!])).toEqual({ ok: true, failed: [] });
    expect(verifyMany(ten)).toEqual({ ok: true, failed: [] });
    expect(verifyMany([ten[0]!, ten[0]!])).toEqual({ ok: true, failed: [] });
    expect(verifyMany(mixed)).toEqual({ ok: true, failed: [] });
  });

  it("decides one proof alone exactly, and draws no weights for it", () => {
    const none = () => {
      throw new Error("no weights are needed");
    };
    expect(verifyMany([ten[0]!], none)).toEqual({ ok: true, failed: [] });
    expect(verifyMany([shifted(ten[0]!)], none)).toEqual({ ok: false, failed: [0] });
    expect(() => verifyMany(ten.slice(0, 2), none)).toThrow("no weights are needed");
  });

  it("takes keys parsed twice as one key", () => {
    const again = parseVerifyingKey(keys[0]!.json, 3);
    expect(verifyMany([ten[0]!, { ...ten[1]!, vk: again }])).toEqual({ ok: true, failed: [] });
  });

  it("finds one bad proof among 10 by its position", () => {
    for (const bad of [0, 4, 9]) {
      const items = ten.map((one, n) => (n === bad ? shifted(one) : one));
      expect(verifyMany(items)).toEqual({ ok: false, failed: [bad] });
    }
  });

  it("finds a wrong statement and a wrong key", () => {
    const wrong = { ...ten[3]!, signals: [1n, 2n, 3n] };
    const wrongKey = { ...ten[5]!, vk: parseVerifyingKey(toyKey(9, 3).json, 3) };
    const items = ten.map((one, n) => (n === 3 ? wrong : n === 5 ? wrongKey : one));
    expect(verifyMany(items)).toEqual({ ok: false, failed: [3, 5] });
    expect(verifyMany([wrong])).toEqual({ ok: false, failed: [0] });
  });

  it("says of every proof what verifyProof says", () => {
    const all = [...ten.slice(0, 4), ...mixed.slice(0, 4)];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(all.length - 1), fc.boolean()), { maxLength: 7 }), (picks) => {
        const items = picks.map(([n, good]) => (good ? all[n]! : shifted(all[n]!)));
        const failed = items.flatMap(({ vk, signals, proof }, n) =>
          verifyProof(vk, signals, proof) ? [] : [n],
        );
        expect(failed).toEqual(picks.flatMap(([, good], n) => (good ? [] : [n])));
        expect(verifyMany(items)).toEqual({ ok: failed.length === 0, failed });
      }),
      { numRuns: 8 },
    );
  });

  it("finds errors made to cancel under equal weights", () => {
    const shift = G1.BASE.multiply(scalar(5));
    const pair = [shifted(ten[0]!, shift), shifted(ten[1]!, shift.negate())];
    const weighted = (weights: readonly bigint[]) =>
      pair.map(({ vk, signals, proof }, n) => weightedItem(vk, signals, proof, weights[n]!));
    // The attack works where weights are equal or foreseen ...
    expect(weightedEquationHolds(weighted([1n, 1n]))).toBe(true);
    expect(weightedEquationHolds(weighted([77n, 77n]))).toBe(true);
    // ... and not where they are drawn afterwards.
    expect(weightedEquationHolds(weighted(drawWeights(2, platformRandomBytes)))).toBe(false);
    expect(verifyMany(pair)).toEqual({ ok: false, failed: [0, 1] });
    expect(verifyMany([...pair, ten[2]!])).toEqual({ ok: false, failed: [0, 1] });
  });

  it("draws the first weight too: errors made to cancel under a first weight 1 do not", () => {
    const second = 0xfedcba98765432100123456789abcdefn;
    const pair = [shifted(ten[0]!, G1.BASE.multiply(second)), shifted(ten[1]!, G1.BASE.negate())];
    const weighted = (weights: readonly bigint[]) =>
      pair.map(({ vk, signals, proof }, n) => weightedItem(vk, signals, proof, weights[n]!));
    expect(weightedEquationHolds(weighted([1n, second]))).toBe(true);
    const lengths: number[] = [];
    const result = verifyMany(pair, (length) => {
      lengths.push(length);
      const bytes = platformRandomBytes(length);
      // Even with the second weight known.
      const view = new DataView(bytes.buffer);
      view.setBigUint64(16, second >> 64n);
      view.setBigUint64(24, BigInt.asUintN(64, second - 1n));
      return bytes;
    });
    expect(lengths).toEqual([32]);
    expect(result).toEqual({ ok: false, failed: [0, 1] });
  });

  it("finds all of many bad proofs, also when halving is given up", () => {
    const bad = ten.map((one) => shifted(one));
    const all = bad.map((_, n) => n);
    expect(verifyMany(bad)).toEqual({ ok: false, failed: all });
    const items = [...bad, ...ten.slice(0, 6), ...bad];
    const failed = [...all, ...all.map((n) => n + 16)];
    expect(verifyMany(items)).toEqual({ ok: false, failed });
  });

  it("refuses the whole batch when an item is malformed, naming it", () => {
    const run = (bad: unknown) => () => verifyMany([ten[0]!, bad as BatchItem]);
    expectInvalid(run({ ...ten[1]!, signals: [1n, 2n] }), "SIGNAL_COUNT");
    expectInvalid(run({ ...ten[1]!, signals: [1n, 2n, GROUP_ORDER] }), "SIGNAL_NOT_CANONICAL");
    expect(run({ ...ten[1]!, signals: [1n, 2n, GROUP_ORDER] })).toThrow(/item 1/);
    expectInvalid(run({ ...ten[1]!, proof: {} }), "NOT_PARSED");
    expectInvalid(run({ ...ten[1]!, vk: {} }), "NOT_PARSED");
  });

  it("draws weights only after the signals were copied", () => {
    const signals = [...ten[0]!.signals];
    const bad = { ...ten[0]!, signals };
    signals[0] = (signals[0]! + 1n) % GROUP_ORDER;
    const result = verifyMany([bad, ten[1]!], (length) => {
      signals[0] = ten[0]!.signals[0]!;
      return platformRandomBytes(length);
    });
    expect(result).toEqual({ ok: false, failed: [0] });
  });
});

describe("drawWeights", () => {
  it("spans [1, 2^128]", () => {
    expect(drawWeights(1, (n) => new Uint8Array(n))).toEqual([1n]);
    expect(drawWeights(1, (n) => new Uint8Array(n).fill(255))).toEqual([1n << 128n]);
    expect(drawWeights(2, (n) => Uint8Array.from({ length: n }, (_, i) => i))).toEqual([
      0x000102030405060708090a0b0c0d0e10n,
      0x101112131415161718191a1b1c1d1e20n,
    ]);
  });

  it("draws more than the platform gives at once", () => {
    expect(new Set(drawWeights(5000, platformRandomBytes)).size).toBe(5000);
  });

  it("refuses a generator that is evidently broken", () => {
    const broken = [
      (n: number) => new Uint8Array(n),
      (n: number) => new Uint8Array(n - 1),
      (n: number) => new Uint8Array(n + 16),
      (n: number) => new Array(n).fill(1) as unknown as Uint8Array,
    ];
    for (const generator of broken) {
      expect(() => verifyMany(ten.slice(0, 3), generator)).toThrow(
        expect.objectContaining({ code: "WEIGHTS_NOT_RANDOM", exitCode: 2 }),
      );
    }
  });
});
