import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { G1, G2, GROUP_ORDER } from "../../../src/verifier/groth16/curve.js";
import { Proof, type ProofJson, parseProof } from "../../../src/verifier/groth16/proof.js";
import { verifyProof } from "../../../src/verifier/groth16/verify.js";
import { parseVerifyingKey, type VerifyingKey } from "../../../src/verifier/groth16/verifyingKey.js";
import { expectInvalid } from "./refuses.js";
import { g1Json, g2Json, toyKey, toyProof } from "./toy.js";

const key = toyKey(1, 3);
const vk = parseVerifyingKey(key.json, 3);
const signals = [0n, GROUP_ORDER - 1n, 123456789n];
const json = toyProof(key, signals, 1);
const proof = parseProof(json);
const verify = (changed: Partial<ProofJson>) => verifyProof(vk, signals, parseProof({ ...json, ...changed }));

describe("verifyProof", () => {
  it("accepts valid proofs for arbitrary signals, and none of them for other signals", () => {
    const signal = fc.bigInt(0n, GROUP_ORDER - 1n);
    fc.assert(
      fc.property(fc.tuple(signal, signal, signal), fc.nat(1_000_000), fc.nat(2), (values, seed, place) => {
        const made = parseProof(toyProof(key, values, seed));
        expect(verifyProof(vk, values, made)).toBe(true);
        const other = values.map((value, n) => (n === place ? (value + 1n) % GROUP_ORDER : value));
        expect(verifyProof(vk, other, made)).toBe(false);
      }),
      { numRuns: 12 },
    );
  });

  it("accepts with a key without signals", () => {
    const bare = toyKey(7, 0);
    expect(verifyProof(parseVerifyingKey(bare.json, 0), [], parseProof(toyProof(bare, [], 3)))).toBe(true);
  });

  it("accepts when X is the point at infinity, a factor 1 in the equation", () => {
    // Only somebody with the toxic waste finds such signals.
    const bare = toyKey(8, 1);
    const zeroing = G1.Fn.neg(G1.Fn.div(bare.ic[0]!, bare.ic[1]!));
    const made = parseProof(toyProof(bare, [zeroing], 3));
    expect(verifyProof(parseVerifyingKey(bare.json, 1), [zeroing], made)).toBe(true);
  });

  it("refuses a proof with a, b or c altered, swapped or negated", () => {
    const g = G1.BASE;
    expect(verify({ a: g1Json(proof.a.add(g)) })).toBe(false);
    expect(verify({ b: g2Json(proof.b.add(G2.BASE)) })).toBe(false);
    expect(verify({ c: g1Json(proof.c.add(g)) })).toBe(false);
    expect(verify({ a: json.c, c: json.a })).toBe(false);
    expect(verify({ a: g1Json(proof.a.negate()) })).toBe(false);
    expect(verify({ b: g2Json(proof.b.negate()) })).toBe(false);
    expect(verify({ c: g1Json(proof.c.negate()) })).toBe(false);
  });

  it("accepts the known other proofs of the same statement: proof bytes are no identity", () => {
    const negated = { a: g1Json(proof.a.negate()), b: g2Json(proof.b.negate()) };
    expect(verify(negated)).toBe(true);
    const k = 12345n;
    const scaled = { a: g1Json(proof.a.multiply(k)), b: g2Json(proof.b.multiply(G1.Fn.inv(k))) };
    expect(verify(scaled)).toBe(true);
    // With delta2 the proof can be randomised altogether.
    const moved = { b: g2Json(proof.b.add(vk.delta2)), c: g1Json(proof.c.add(proof.a)) };
    expect(verify(moved)).toBe(true);
  });

  it("refuses a proof for another key or with the signals in another order", () => {
    const other = parseVerifyingKey(toyKey(2, 3).json, 3);
    expect(verifyProof(other, signals, proof)).toBe(false);
    expect(verifyProof(vk, [...signals].reverse(), proof)).toBe(false);
  });

  it("refuses signals that are not canonical", () => {
    const notCanonical: unknown[] = [
      -1n,
      GROUP_ORDER,
      GROUP_ORDER + signals[2]!,
      1n << 256n,
      5,
      "5",
      null,
      undefined,
    ];
    for (const bad of notCanonical) {
      for (let place = 0; place < 3; place++) {
        const changed = signals.map((signal, n) => (n === place ? bad : signal)) as bigint[];
        expectInvalid(() => verifyProof(vk, changed, proof), "SIGNAL_NOT_CANONICAL");
      }
    }
    expectInvalid(() => verifyProof(vk, new Array<bigint>(3), proof), "SIGNAL_NOT_CANONICAL");
  });

  it("refuses missing and further signals", () => {
    for (const bad of [[], signals.slice(1), [...signals, 0n], [...signals, ...signals]]) {
      expectInvalid(() => verifyProof(vk, bad, proof), "SIGNAL_COUNT");
    }
    expectInvalid(() => verifyProof(vk, { length: 3 } as unknown as bigint[], proof), "SIGNAL_COUNT");
  });

  it("refuses keys and proofs that did not come out of the parsers", () => {
    expectInvalid(() => verifyProof({ ...vk } as unknown as VerifyingKey, signals, proof), "NOT_PARSED");
    const fake = Object.assign(Object.create(Proof.prototype) as Proof, {
      a: G1.BASE,
      b: G2.BASE,
      c: G1.BASE,
    });
    expectInvalid(() => verifyProof(vk, signals, fake), "NOT_PARSED");
    expectInvalid(() => verifyProof(vk, signals, json as unknown as Proof), "NOT_PARSED");
    expectInvalid(() => verifyProof(Object.create(vk) as VerifyingKey, signals, proof), "NOT_PARSED");
    for (const other of [null, undefined, 7, "text", [], vk] as unknown as Proof[])
      expectInvalid(() => verifyProof(vk, signals, other), "NOT_PARSED");
    for (const other of [null, undefined, 7, "text", [], proof] as unknown as VerifyingKey[])
      expectInvalid(() => verifyProof(other, signals, proof), "NOT_PARSED");
  });
});
