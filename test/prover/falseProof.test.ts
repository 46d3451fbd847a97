import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { silentProgress } from "../../src/files/progress.js";
import { loadProfile } from "../../src/keys/instances.js";
import type { ProverBackend } from "../../src/prover/backend.js";
import { proveEpoch } from "../../src/prover/prove.js";
import { createWasmBackend } from "../../src/prover/wasm/wasmBackend.js";
import { TEST_KEYS } from "../support/circuit.js";
import { TINY_ACCOUNTS } from "../support/tinyBundle.js";
import { TINY_MARKET } from "../support/tinyMarket.js";

const folder = mkdtempSync(join(tmpdir(), "marginproof-false-"));
const honest = createWasmBackend({ workers: 1 });
afterAll(async () => {
  await honest.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a proof that does not hold is never published, and only it is made again", async () => {
  const market = join(folder, "market.json");
  const accounts = join(folder, "accounts.csv");
  writeFileSync(market, JSON.stringify(TINY_MARKET));
  writeFileSync(accounts, TINY_ACCOUNTS.covered);
  let proved = 0;
  /** Its first proof is three points of the curve that prove nothing. */
  const faulty: ProverBackend = {
    ...{ calculateWitness: (job) => honest.calculateWitness(job), close: async () => {} },
    async prove(witness) {
      const result = await honest.prove(witness);
      return proved++ > 0 ? result : { ...result, proof: { ...result.proof, c: result.proof.a } };
    },
  };
  const prove = (backend: ProverBackend) =>
    proveEpoch({
      ...{ marketPath: market, accountsPath: accounts, keysDir: TEST_KEYS, profile: loadProfile("test") },
      ...{ out: join(folder, "bundle"), privateDir: join(folder, "private") },
      ...{ backend, inFlight: 1, progress: silentProgress },
    });
  await expect(prove(faulty)).rejects.toMatchObject({ code: "SELF_CHECK" });
  const { verdict, steps, resumed } = await prove(honest);
  expect(verdict.proved).toBe(true);
  expect(resumed).toBe(steps - 1);
});
