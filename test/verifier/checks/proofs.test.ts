import { describe, expect, test } from "vitest";
import { checkProofs } from "../../../src/verifier/checks/proofs.js";
import { parseProof } from "../../../src/verifier/groth16/proof.js";
import { parseVerifyingKey } from "../../../src/verifier/groth16/verifyingKey.js";
import type { BatchItem } from "../../../src/verifier/groth16/verifyMany.js";
import { toyKey, toyProof } from "../groth16/toy.js";

const key = toyKey(1, 1);
const good: BatchItem = {
  vk: parseVerifyingKey(key.json, 1),
  signals: [5n],
  proof: parseProof(toyProof(key, [5n], 1)),
};
const bad: BatchItem = { ...good, signals: [6n] };

describe("every proof", () => {
  test("holds, and each is counted: more than are checked at once too", () => {
    const told: [number, number][] = [];
    const all = checkProofs(Array<BatchItem>(33).fill(good), 1, (...each) => told.push(each));
    expect(all).toEqual({ value: 33, detail: "33 Groth16 proofs" });
    expect(told).toEqual([
      [32, 33],
      [33, 33],
    ]);
  });

  test("is looked at once: of none, nobody is told", () => {
    const told: number[] = [];
    const none = checkProofs([], 0, (done) => told.push(done));
    expect(none).toEqual({ value: 0, detail: "0 Groth16 proofs" });
    expect(told).toEqual([]);
  });

  test("that does not hold is named by what it is a step of", () => {
    expect(() => checkProofs([bad, good, good, bad], 3, undefined)).toThrow(
      expect.objectContaining({
        code: "PROOF_FALSE",
        message: "2 of 4 proofs do not verify: account step 0, table step 0",
      }),
    );
    expect(() => checkProofs([good, good, bad], 2, undefined)).toThrow(
      "1 of 3 proofs do not verify: table step 0",
    );
  });

  test("that does not hold is counted, five are named", () => {
    expect(() => checkProofs(Array<BatchItem>(6).fill(bad), 6, undefined)).toThrow(
      /^6 of 6 proofs do not verify: account step 0, account step 1, account step 2, account step 3, account step 4$/,
    );
  });

  test("after the first 32 is looked at", () => {
    const steps = [...Array<BatchItem>(32).fill(good), bad];
    expect(() => checkProofs(steps, 33, undefined)).toThrow("1 of 33 proofs do not verify: account step 32");
  });
});
