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
import type { AccountShape, TableShape } from "../src/protocol/shapes.js";
import { commitEpoch } from "../src/prover/commit.js";
import { epochSteps } from "../src/prover/steps.js";
import { createWasmBackend } from "../src/prover/wasm/wasmBackend.js";
import { parseProof } from "../src/verifier/groth16/proof.js";
import { parseVerifyingKey } from "../src/verifier/groth16/verifyingKey.js";
import { verifyMany } from "../src/verifier/groth16/verifyMany.js";

/**
 * Proves accounts that fill every place of the shapes named, with development keys, and verifies the proofs; prints
 * constraints, CPU seconds and memory. Too slow for the test run: minutes a shape of 2^18, of which the keys are most.
 *
 *   npm run full -- SHAPE...
 */
const keysDir = join(PACKAGE_ROOT, "build", "keys");
const { instances } = readInstances();
const tableShape: TableShape = { id: "table-r199", template: "table", rows: 199 };
const cpuSeconds = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};

for (const id of process.argv.slice(2)) {
  const shape = instances.find((instance) => instance.id === id);
  if (shape === undefined || !hasRole(shape, "accountStep"))
    throw new Error(`no account shape ${id} in circuits/instances.json`);
  const [pin] = await setup({
    ...{ instances: [shape], keysDir, workers: 1 },
    progress: { stage: (_id, title) => console.log(title), update() {}, note() {} },
  });
  const keys = await loadKeys(keysDir, shape, "of the shape");
  const step = await fullStep(shape);
  const backend = createWasmBackend({ workers: 1 });
  const before = process.cpuUsage();
  const witness = await backend.calculateWitness({ circuit: keys.name, input: step.input });
  const witnessSeconds = cpuSeconds(before);
  const { proof, peakRssBytes } = await backend.prove(witness);
  const seconds = cpuSeconds(before);
  await backend.close();
  const vk = parseVerifyingKey(keys.verifyingKey, step.signals.length);
  if (!verifyMany([{ vk, signals: step.signals, proof: parseProof(proof) }]).ok)
    throw new Error(`${id}: the proof does not verify`);
  const peak = Math.round(peakRssBytes / 2 ** 20);
  console.log(
    `${id} (${pin!.keyDigest.slice(0, 10)}): proved and verified; CPU seconds ${seconds.toFixed(1)}, of which witness ${witnessSeconds.toFixed(1)}; at most ${peak} MiB`,
  );
}

/** The account step of an epoch whose accounts, as many as the shape takes, fill all its places. */
async function fullStep(shape: AccountShape) {
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
  for await (const step of epochSteps(inputs, epoch)) return step;
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
