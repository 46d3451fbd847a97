import { Field } from "@noble/curves/abstract/modular.js";
import { poseidon as noblePoseidon } from "@noble/curves/abstract/poseidon.js";
import { FIELD_ORDER } from "../../../src/field/order.js";
import { type PoseidonJob, poseidon } from "../../../src/field/poseidon/poseidon.js";
import { FULL_ROUNDS, poseidonConstants } from "../../../src/field/poseidon/poseidonConstants.js";
import { createWasmPoseidon } from "../../../src/field/poseidon/poseidonWasm.js";

/**
 * Hashes a second of one thread, the best of several passes, in processor time: what other processes take does
 * not count. Run: npx esbuild test/field/poseidon/benchPoseidon.ts --bundle --platform=node | node
 */
const PASSES = 7;

function rate(jobs: readonly PoseidonJob[], run: (jobs: readonly PoseidonJob[]) => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < PASSES; pass++) {
    const start = process.cpuUsage();
    run(jobs);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, user + system);
  }
  return Math.round((jobs.length * 1e6) / best);
}

let seed = 1n;
const next = (): bigint => (seed = (seed ** 3n + 7n) % FIELD_ORDER);
const wasm = createWasmPoseidon();
const rows: Record<string, Record<string, number>> = {};
for (const arity of [2, 4, 7, 16]) {
  const { t, partialRounds, roundConstants, mds } = poseidonConstants(arity + 1);
  const plain = noblePoseidon({
    Fp: Field(FIELD_ORDER),
    t,
    roundsFull: FULL_ROUNDS,
    roundsPartial: partialRounds,
    sboxPower: 5,
    roundConstants: roundConstants.map((row) => [...row]),
    mds: mds.map((row) => [...row]),
  });
  const jobs = Array.from({ length: 4000 }, () => ({
    initialState: next(),
    inputs: Array.from({ length: arity }, next),
  }));
  rows[`${arity} inputs`] = {
    hashMany: rate(jobs, (all) => wasm.hashMany(all)),
    hash: rate(jobs, (all) => all.map((job) => wasm.hash(job.initialState, job.inputs))),
    bigint: rate(jobs.slice(0, 300), (all) => all.map((job) => poseidon.hash(job.initialState, job.inputs))),
    noble: rate(jobs.slice(0, 100), (all) => all.map((job) => plain([job.initialState, ...job.inputs]))),
  };
}
console.table(rows);
