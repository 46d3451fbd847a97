import fc from "fast-check";
import * as lite from "poseidon-lite";
import { beforeAll, describe, expect, it } from "vitest";
import { FIELD_ORDER as P } from "../../../src/field/order.js";
import { poseidon } from "../../../src/field/poseidon/poseidon.js";
import { createWasmPoseidon } from "../../../src/field/poseidon/poseidonWasm.js";
import { SPONGE_BLOCK, sponge } from "../../../src/field/sponge.js";

/**
 * Two libraries as judges of ours, which shares neither constants nor algorithm with them: circomlibjs, from the
 * authors of the circuits' Poseidon, with any initial state, and poseidon-lite, which knows only initial state 0.
 */
interface Circomlibjs {
  buildPoseidon(): Promise<CircomlibjsPoseidon>;
}
interface CircomlibjsPoseidon {
  (inputs: readonly bigint[], initialState: bigint, outputs: 1): Uint8Array;
  readonly F: { toObject(element: Uint8Array): bigint };
}
// Without type declarations.
const CIRCOMLIBJS: string = "circomlibjs";

let circomlibjs: (initialState: bigint, inputs: readonly bigint[]) => bigint;
beforeAll(async () => {
  const theirs = await ((await import(CIRCOMLIBJS)) as Circomlibjs).buildPoseidon();
  circomlibjs = (initialState, inputs) => theirs.F.toObject(theirs(inputs, initialState, 1));
});

type Lite = (inputs: readonly bigint[]) => bigint;
const poseidonLite = (inputs: readonly bigint[]): bigint =>
  (lite as unknown as Readonly<Record<string, Lite>>)[`poseidon${inputs.length}`]!(inputs);

const hashers = { bigint: poseidon, WebAssembly: createWasmPoseidon() };
const arities = Array.from({ length: 16 }, (_, i) => i + 1);
/** Random elements, with weight on the edges and on values that are all ones below a limb's border. */
const element = fc.oneof(
  { weight: 5, arbitrary: fc.bigInt({ min: 0n, max: P - 1n }) },
  { weight: 1, arbitrary: fc.constantFrom(0n, 1n, P - 1n, P - 2n, P >> 1n) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 253 }).map((bits) => (1n << BigInt(bits)) - 1n) },
);
const inputsOf = (arity: number) => fc.array(element, { minLength: arity, maxLength: arity });

describe.each(["bigint", "WebAssembly"] as const)("our %s Poseidon", (name) => {
  const hash = (state: bigint, inputs: readonly bigint[]) => hashers[name].hash(state, inputs);

  it.each(arities)("is circomlibjs' with %i inputs and any initial state", (arity) => {
    const agrees = (state: bigint, inputs: readonly bigint[]) =>
      expect(hash(state, inputs)).toBe(circomlibjs(state, inputs));
    for (const edge of [0n, 1n, P - 1n]) agrees(edge, new Array<bigint>(arity).fill(edge));
    fc.assert(
      fc.property(element, inputsOf(arity), (state, inputs) => void agrees(state, inputs)),
      { numRuns: 15 },
    );
  });

  it.each(arities)("is poseidon-lite's with %i inputs and initial state 0", (arity) => {
    const agrees = (inputs: readonly bigint[]) => expect(hash(0n, inputs)).toBe(poseidonLite(inputs));
    for (const edge of [0n, 1n, P - 1n]) agrees(new Array<bigint>(arity).fill(edge));
    fc.assert(
      fc.property(inputsOf(arity), (inputs) => void agrees(inputs)),
      { numRuns: 10 },
    );
  });

  it("makes a sponge of circomlibjs' blocks", () => {
    const blocks = (role: bigint, elements: readonly bigint[]): bigint => {
      let digest = role;
      for (let i = 0; i < elements.length; i += SPONGE_BLOCK)
        digest = circomlibjs(digest, elements.slice(i, i + SPONGE_BLOCK));
      return digest;
    };
    fc.assert(
      fc.property(element, fc.array(element, { minLength: 1, maxLength: 40 }), (role, elements) => {
        expect(sponge(hashers[name], role, elements)).toBe(blocks(role, elements));
      }),
      { numRuns: 30 },
    );
  });
});
