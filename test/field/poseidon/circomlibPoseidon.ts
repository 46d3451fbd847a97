import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { FIELD_ORDER } from "../../../src/field/order.js";

/**
 * circomlib's own `PoseidonEx(nInputs, 1)`, transcribed line for line from its circuit and fed with the constants
 * of its source file: the judge of ours, sharing neither constants nor algorithm with it.
 */
const source = readFileSync(
  createRequire(import.meta.url).resolve("circomlib/circuits/poseidon_constants.circom"),
  "utf8",
);
const N_ROUNDS_P = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];

/** The flat numbers that `POSEIDON_<name>(t)` returns. */
function constants(name: string, t: number): bigint[] {
  const body = source.slice(source.indexOf(`function POSEIDON_${name}(t)`));
  const branch = new RegExp(`t ?== ?${t}\\)([^;]*);`).exec(body)![1]!;
  return branch.match(/0x[0-9a-fA-F]+/g)!.map(BigInt);
}

export function circomlibPoseidon(nInputs: number): (state: readonly bigint[]) => bigint {
  const t = nInputs + 1;
  const nRoundsP = N_ROUNDS_P[t - 2]!;
  const [C, S, M, P] = ["C", "S", "M", "P"].map((name) => constants(name, t)) as [
    bigint[],
    bigint[],
    bigint[],
    bigint[],
  ];
  if (C.length !== 8 * t + nRoundsP || S.length !== nRoundsP * (2 * t - 1) || M.length !== t * t) {
    throw new Error(`circomlib's constants for t = ${t} were not read whole`);
  }
  const sigma = (x: bigint): bigint => x ** 5n % FIELD_ORDER;
  const ark = (state: bigint[], r: number): bigint[] => state.map((x, i) => (x + C[i + r]!) % FIELD_ORDER);
  const mix = (state: bigint[], m: bigint[]): bigint[] =>
    state.map((_, i) => state.reduce((lc, x, j) => lc + m[j * t + i]! * x, 0n) % FIELD_ORDER);

  return (start) => {
    let state = ark([...start], 0);
    for (let r = 0; r < 3; r++) state = mix(ark(state.map(sigma), (r + 1) * t), M);
    state = mix(ark(state.map(sigma), 4 * t), P);
    for (let r = 0; r < nRoundsP; r++) {
      const base = (2 * t - 1) * r;
      const input = [(sigma(state[0]!) + C[5 * t + r]!) % FIELD_ORDER, ...state.slice(1)];
      const first = input.reduce((lc, x, i) => lc + S[base + i]! * x, 0n) % FIELD_ORDER;
      state = input.map((x, i) => (i === 0 ? first : (x + input[0]! * S[base + t + i - 1]!) % FIELD_ORDER));
    }
    for (let r = 0; r < 3; r++) state = mix(ark(state.map(sigma), 5 * t + nRoundsP + r * t), M);
    return mix(state.map(sigma), M)[0]!;
  };
}
