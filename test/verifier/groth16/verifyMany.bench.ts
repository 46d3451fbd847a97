import { bench, describe } from "vitest";
import { createFastBatch } from "../../../src/verifier/groth16/batch/kernelBatch.js";
import { G2 } from "../../../src/verifier/groth16/curve.js";
import { isInG2 } from "../../../src/verifier/groth16/g2Subgroup.js";
import { parseProof } from "../../../src/verifier/groth16/proof.js";
import { verifyProof } from "../../../src/verifier/groth16/verify.js";
import { parseVerifyingKey } from "../../../src/verifier/groth16/verifyingKey.js";
import { verifyMany } from "../../../src/verifier/groth16/verifyMany.js";
import { verifyManyFast } from "../../../src/verifier/groth16/verifyManyFast.js";
import { scalar, toyKey, toyProof } from "./toy.js";

// npx vitest bench --run test/verifier/groth16
const key = toyKey(1, 4);
const vk = parseVerifyingKey(key.json, 4);
const jsons = Array.from({ length: 100 }, (_, n) => {
  const signals = [1, 2, 3, 4].map((place) => scalar(10 * n + place));
  return { signals, json: toyProof(key, signals, n) };
});
const items = jsons.map(({ signals, json }) => ({ vk, signals, proof: parseProof(json) }));
const options = { iterations: 3, time: 1000, warmupIterations: 1, warmupTime: 0 };

for (const count of [1, 2, 3, 10, 100]) {
  const some = items.slice(0, count);
  describe(`batch of ${count}`, () => {
    bench(
      "one by one",
      () => void some.every((item) => verifyProof(item.vk, item.signals, item.proof)),
      options,
    );
    bench("verifyMany", () => void verifyMany(some), options);
  });
}

describe("100 proofs, some bad", () => {
  const other = items.map((item) => ({ ...item, signals: [1n, 2n, 3n, 4n] }));
  bench("one", () => void verifyMany(items.map((item, n) => (n === 37 ? other[n]! : item))), options);
  bench("all", () => void verifyMany(other), options);
});

describe("1,024 proofs of 11 signals under one key, as the checks of a bundle take them", () => {
  const fast = createFastBatch();
  const eleven = Array.from({ length: 11 }, (_, place) => scalar(place + 1));
  const of = { key: toyKey(2, 11), signals: eleven };
  const twenty = Array.from({ length: 20 }, (_, n) => toyProof(of.key, of.signals, n));
  const many = Array.from({ length: 1024 }, (_, n) => twenty[n % 20]!);
  const parsed = twenty.map(parseProof);
  const batch = many.map((_, n) => ({
    vk: parseVerifyingKey(of.key.json, 11),
    signals: eleven,
    proof: parsed[n % 20]!,
  }));
  bench(
    "bigints, 32 at a time",
    () => {
      for (let at = 0; at < batch.length; at += 32) verifyMany(batch.slice(at, at + 32));
    },
    options,
  );
  bench("kernel", () => void verifyManyFast(fast, batch), options);
  bench("parseProof, each", () => void many.map(parseProof), options);
  bench("kernel, parsing all", () => void fast.parseAll(many), options);
});

describe("parsing", () => {
  bench("parseProof", () => void parseProof(jsons[0]!.json), options);
  bench("parseVerifyingKey and prepare", () => void parseVerifyingKey(key.json, 4).prepared, options);
});

describe("G2 subgroup", () => {
  const point = G2.BASE.multiply(scalar(1));
  bench("ours: [x]P and psi", () => void isInG2(point), options);
  bench("noble: [6x^2]P and psi", () => void point.isTorsionFree(), options);
  bench(
    "[r]P",
    () =>
      void point
        .multiplyUnsafe(G2.Fn.ORDER - 1n)
        .add(point)
        .is0(),
    options,
  );
});
