import { join } from "node:path";
import { keccakToField } from "../src/field/keccak.js";
import { bestPoseidon } from "../src/field/poseidon/bestPoseidon.js";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { readInstances } from "../src/keys/instances.js";
import { loadKeys } from "../src/keys/keyFolder.js";
import { setup } from "../src/keys/setup.js";
import { canonicalMarketDigest, compileTable, type Market, parseMarket } from "../src/market/index.js";
import { hasRole } from "../src/protocol/circuits.js";
import { Evaluator } from "../src/protocol/evaluate.js";
import { roomNeeded, toRecord } from "../src/protocol/fitShape.js";
import type { AccountShape, Instance, TableShape } from "../src/protocol/shapes.js";
import type { ProofJob, ProverBackend } from "../src/prover/backend.js";
import { commitEpoch } from "../src/prover/commit.js";
import type { Step } from "../src/prover/epochInputs.js";
import { epochSteps } from "../src/prover/steps.js";
import { createWasmBackend } from "../src/prover/wasm/wasmBackend.js";
import { parseProof } from "../src/verifier/groth16/proof.js";
import { parseVerifyingKey } from "../src/verifier/groth16/verifyingKey.js";
import { verifyMany } from "../src/verifier/groth16/verifyMany.js";

/**
 * Proves steps of the shapes named, with development keys, and verifies the proofs: of account shapes, accounts that fill
 * every place; of table shapes, rows that fill the step. Prints CPU seconds and memory. Too slow for the test run: minutes a shape of 2^18, of which the keys are most.
 *
 *   npm run full -- SHAPE...
 */
const keysDir = join(PACKAGE_ROOT, "build", "keys");
const { instances } = readInstances();
const cpuSeconds = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};

for (const id of process.argv.slice(2)) {
  const shape = instances.find((instance) => instance.id === id);
  if (shape === undefined) throw new Error(`no shape ${id} in circuits/instances.json`);
  const [pin] = await setup({
    ...{ instances: [shape], keysDir, workers: 1 },
    progress: { stage: (_id, title) => console.log(title), update() {}, note() {} },
  });
  const keys = await loadKeys(keysDir, shape, "of the shape");
  const step = await fullStep(shape);
  const backend = createWasmBackend({ workers: 1 });
  const job = { circuit: keys.name, input: step.input };
  // The first reads the key; the second finds it warm.
  const [cold, warm] = [await proveOnce(backend, job), await proveOnce(backend, job)];
  await backend.close();
  const vk = parseVerifyingKey(keys.verifyingKey, step.signals.length);
  const proofs = [cold, warm].map(({ proof }) => ({ vk, signals: step.signals, proof: parseProof(proof) }));
  if (!verifyMany(proofs).ok) throw new Error(`${id}: the proof does not verify`);
  const text = ({ seconds, witnessSeconds }: typeof warm): string =>
    `${seconds.toFixed(1)} CPU seconds, of which witness ${witnessSeconds.toFixed(1)}`;
  console.log(
    `${id} (${pin!.keyDigest.slice(0, 10)}): proved and verified; ${text(warm)}; the first, key read, ${text(cold)}; at most ${warm.peakMiB} MiB`,
  );
}

/** One proof, and the CPU seconds of this process meanwhile. */
async function proveOnce(backend: ProverBackend, job: ProofJob) {
  const before = process.cpuUsage();
  const witness = await backend.calculateWitness(job);
  const witnessSeconds = cpuSeconds(before);
  const { proof, peakRssBytes } = await backend.prove(witness);
  return { proof, witnessSeconds, seconds: cpuSeconds(before), peakMiB: Math.round(peakRssBytes / 2 ** 20) };
}

/** The step of this shape in an epoch made to fill it. @throws Error for a shape with secret rates */
function fullStep(shape: Instance) {
  if (hasRole(shape, "accountStep")) return stepOf(shape, { id: "", template: "table", rows: 199 }, shape);
  if (!hasRole(shape, "tableStep")) throw new Error(`${shape.id}: neither accounts nor a public table`);
  // A contract has four rows, two brackets a side.
  const places = { bracketed: Math.ceil(shape.rows / 4), flat: 0, groups: 0, scenarios: 0, stress: 2 };
  return stepOf({ id: "", template: "accounts", accounts: 1, ...places }, shape, shape);
}

/** The first step of one shape in an epoch whose accounts, as many as their shape takes, fill all its places. */
async function stepOf(shape: AccountShape, tableShape: TableShape, wanted: Instance): Promise<Step> {
  const market = fullMarket(shape);
  const table = compileTable(market);
  const held = market.instruments
    .slice(2)
    .map(({ symbol }, k): [string, bigint] => [symbol, BigInt(k % 7) - 8n]);
  const evaluation = new Evaluator(table).evaluate(new Map(held));
  for (const [place, needed] of Object.entries(roomNeeded(evaluation))) {
    const room = shape[place as keyof AccountShape] ?? 0;
    if (needed !== room) throw new Error(`the account fills ${needed} of ${room} places: ${place}`);
  }
  const accounts = Array.from({ length: shape.accounts }, (_, k) =>
    toRecord(table, shape, evaluation, BigInt(k + 1)),
  );
  const inputs = {
    ...{ table, tableShape, hasher: bestPoseidon(), marketDigest: canonicalMarketDigest(market) },
    names: { exchange: market.exchange, epoch: market.epoch, time: market.time },
    batches: { count: 1, read: async () => ({ index: 0, shape, accounts }) },
    keyDigest: () => new Uint8Array(32),
    blinding: (role: string, index: number) => keccakToField(new Uint8Array(32), `${role} ${index}`),
  };
  const epoch = await commitEpoch(inputs);
  for await (const step of epochSteps(inputs, epoch)) if (step.instance === wanted) return step;
  throw new Error("an epoch without steps");
}

/** As many contracts with brackets as the shape has places, one of them of 40 if it may, and as many without. */
function fullMarket({ bracketed, flat, groups, scenarios, stress, deep }: AccountShape): Market {
  const names = Array.from({ length: groups }, (_, g) => `group ${g}`);
  const gains = (k: number) => Array.from({ length: scenarios }, (_, s) => `${((k + s) % 9) - 4}`);
  const stresses = Array.from({ length: stress }, (_, z) => `${-1 - z}`);
  const own = (k: number) => ({
    ...{ quantityStep: "1", stressGains: stresses },
    ...(groups === 0 ? {} : { scenarioGains: { [names[k % groups]!]: gains(k) } }),
  });
  const tiers = (count: number) => ({
    brackets: Array.from({ length: count }, (_, k) => ({
      notionalFloor: `${100 * k}`,
      rate: `0.0${10 + k}`,
    })),
  });
  const contracts = Array.from({ length: bracketed }, (_, k) => ({
    ...{ symbol: `P${k}`, kind: "perpetual" as const, markPrice: "10" },
    ...{ ...own(k), maintenance: tiers(deep === 1 && k === 0 ? 40 : 2) },
  }));
  const coins = Array.from({ length: flat }, (_, k) => ({
    ...{ symbol: `C${k}`, kind: "option" as const, markPrice: "10" },
    ...{ ...own(bracketed + k), maintenance: tiers(1) },
  }));
  const cash = { quantityStep: "0.01", markPrice: "1" };
  return parseMarket({
    ...{ format: "marginproof/market/2", exchange: "full", epoch: "1", time: "2026-11-26T00:00:00Z" },
    ...{ quote: "USDT", valueUnit: "0.0001", initialFactorBp: 13_000, insuranceFund: {}, reserves: {} },
    groups: names.map((name) => ({ name, scenarios: Array.from({ length: scenarios }, (_, s) => `s${s}`) })),
    stress: stresses.map((_, z) => ({ name: `stress ${z}` })),
    instruments: [
      { symbol: "USDT", kind: "asset", ...cash },
      { symbol: "USDT-PNL", kind: "settlement", asset: "USDT", ...cash },
      ...contracts,
      ...coins,
    ],
  });
}
