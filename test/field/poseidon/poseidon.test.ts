import { Field } from "@noble/curves/abstract/modular.js";
import { poseidon as noblePoseidon } from "@noble/curves/abstract/poseidon.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FIELD_ORDER } from "../../../src/field/order.js";
import { bestPoseidon } from "../../../src/field/poseidon/bestPoseidon.js";
import { type PoseidonHasher, type PoseidonJob, poseidon } from "../../../src/field/poseidon/poseidon.js";
import {
  FULL_ROUNDS,
  PARTIAL_ROUNDS,
  poseidonConstants,
} from "../../../src/field/poseidon/poseidonConstants.js";
import { compilePoseidonModule, createWasmPoseidon } from "../../../src/field/poseidon/poseidonWasm.js";

const wasm = createWasmPoseidon();
const scalarModule = compilePoseidonModule();
const unpaired = createWasmPoseidon({ module: scalarModule.module, pair: false });
const hashers: [string, PoseidonHasher][] = [
  ["bigint", poseidon],
  ["WebAssembly", wasm],
];
const arities = PARTIAL_ROUNDS.map((_, i) => i + 1);
const P = FIELD_ORDER;
/** Random elements, with weight on the edges and on values that are all ones below a limb's border. */
const element = fc.oneof(
  { weight: 5, arbitrary: fc.bigInt({ min: 0n, max: P - 1n }) },
  { weight: 1, arbitrary: fc.constantFrom(0n, 1n, P - 1n, P - 2n, P >> 1n) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 253 }).map((bits) => (1n << BigInt(bits)) - 1n) },
);
const job = (arity: number) =>
  fc.record({ initialState: element, inputs: fc.array(element, { minLength: arity, maxLength: arity }) });
const anyJob = fc.integer({ min: 1, max: 16 }).chain(job);

/** Published vectors of iden3 (circomlib and go-iden3-crypto), initial state 0. */
const VECTORS: [number[], bigint][] = [
  [[1], 18586133768512220936620570745912940619677854269274689475585506675881198879027n],
  [[1, 2], 7853200120776062878684798364095072458815029376092732009249414926327459813530n],
  [[1, 2, 0, 0, 0], 1018317224307729531995786483840663576608797660851238720571059489595066344487n],
  [[1, 2, 0, 0, 0, 0], 15336558801450556532856248569924170992202208561737609669134139141992924267169n],
  [[3, 4, 0, 0, 0], 5811595552068139067952687508729883632420015185677766880877743348592482390548n],
  [[1, 2, 3, 4, 5, 6], 20400040500897583745843009878988256314335038853985262692600694741116813247201n],
  [
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
    8354478399926161176778659061636406690034081872658507739535256090879947077494n,
  ],
];

describe.each(hashers)("%s Poseidon", (_, hasher) => {
  it.each(VECTORS)("matches the published vector of %j", (inputs, digest) => {
    expect(hasher.hash(0n, inputs.map(BigInt))).toBe(digest);
  });

  it.each([[[]], [new Array<bigint>(17).fill(0n)]])("refuses %# with a wrong number of inputs", (inputs) => {
    expect(() => hasher.hash(0n, inputs)).toThrow(expect.objectContaining({ code: "POSEIDON_ARITY" }));
  });

  it.each([
    [P, 0n],
    [0n, P],
    [-1n, 0n],
    [0n, -1n],
    [0n, P + 1n],
    [1n << 256n, 0n],
  ])("refuses state %i with input %i outside the field", (state, input) => {
    expect(() => hasher.hash(state, [input])).toThrow(
      expect.objectContaining({ code: "FIELD_NOT_CANONICAL" }),
    );
  });

  it("depends on the initial state, on every input and on their number", () => {
    const base = hasher.hash(5n, [1n, 2n, 3n]);
    const others = [
      hasher.hash(6n, [1n, 2n, 3n]),
      hasher.hash(5n, [0n, 2n, 3n]),
      hasher.hash(5n, [1n, 0n, 3n]),
      hasher.hash(5n, [1n, 2n, 0n]),
      hasher.hash(5n, [1n, 2n, 3n, 0n]),
    ];
    expect(new Set([base, ...others]).size).toBe(6);
  });
});

describe("the recurrence form of the partial rounds", () => {
  it.each(arities)("equals noble's plain rounds with %i inputs", (arity) => {
    const { t, partialRounds, roundConstants, mds } = poseidonConstants(arity + 1);
    const plain = noblePoseidon({
      Fp: Field(P),
      t,
      roundsFull: FULL_ROUNDS,
      roundsPartial: partialRounds,
      sboxPower: 5,
      roundConstants: roundConstants.map((row) => [...row]),
      mds: mds.map((row) => [...row]),
    });
    const agrees = ({ initialState, inputs }: PoseidonJob) =>
      void expect(poseidon.hash(initialState, inputs)).toBe(plain([initialState, ...inputs])[0]);
    fc.assert(fc.property(job(arity), agrees), { numRuns: 5 });
  });
});

describe("WebAssembly against bigint", () => {
  it("agrees for all arities and random initial states", () => {
    const agrees = ({ initialState, inputs }: PoseidonJob) =>
      void expect(wasm.hash(initialState, inputs)).toBe(poseidon.hash(initialState, inputs));
    fc.assert(fc.property(anyJob, agrees), { numRuns: 400 });
  });

  it.each([
    ["paired", wasm],
    ["unpaired", unpaired],
  ])("hashMany agrees with hash, %s, whatever the mixture of widths", (_, hasher) => {
    const jobs = fc.oneof(fc.array(anyJob, { maxLength: 6 }), fc.array(job(3), { maxLength: 7 }));
    const agrees = (list: PoseidonJob[]) =>
      void expect(hasher.hashMany(list)).toEqual(
        list.map((each) => poseidon.hash(each.initialState, each.inputs)),
      );
    fc.assert(fc.property(jobs, agrees), { numRuns: 100 });
  });

  it.each(arities)("hashMany agrees on pairs of %i inputs at the edges of the limbs", (arity) => {
    const edges = [0n, P - 1n, (1n << 253n) - 1n, 1n << 252n];
    const jobs = edges.map((edge) => ({ initialState: edge, inputs: new Array<bigint>(arity).fill(edge) }));
    const expected = jobs.map(({ initialState, inputs }) => poseidon.hash(initialState, inputs));
    expect(wasm.hashMany(jobs)).toEqual(expected);
    expect(wasm.hashMany([...jobs].reverse())).toEqual(expected.reverse());
  });

  it("hashMany refuses an input outside the field in either lane", () => {
    const good = { initialState: 0n, inputs: [1n] };
    const bad = { initialState: 0n, inputs: [P] };
    for (const jobs of [
      [good, bad],
      [bad, good],
      [good, good, bad],
    ]) {
      expect(() => wasm.hashMany(jobs)).toThrow(expect.objectContaining({ code: "FIELD_NOT_CANONICAL" }));
    }
  });

  it("shares a module, but no memory, between two hashers", () => {
    const [one, sibling] = [createWasmPoseidon(scalarModule), createWasmPoseidon(scalarModule)];
    expect(one.hash(0n, [1n, 2n])).toBe(VECTORS[1]![1]);
    expect(sibling.hash(0n, [1n])).toBe(VECTORS[0]![1]);
    expect(one.hash(0n, [1n, 2n])).toBe(VECTORS[1]![1]);
  });

  it("bestPoseidon takes WebAssembly here, and bigint where there is none", async () => {
    expect(bestPoseidon()).toBe(bestPoseidon());
    expect(bestPoseidon().hash(0n, [1n, 2n])).toBe(VECTORS[1]![1]);
    const { vi } = await import("vitest");
    vi.stubGlobal("WebAssembly", undefined);
    vi.resetModules();
    const fresh = await import("../../../src/field/poseidon/bestPoseidon.js");
    const fallback = fresh.bestPoseidon();
    vi.unstubAllGlobals();
    expect(fallback.hashMany([{ initialState: 0n, inputs: [1n, 2n] }])).toEqual([VECTORS[1]![1]]);
  });
});
