import { loadProfile } from "../../src/prover/instances.js";
import { setup } from "../../src/prover/setup.js";
import { TEST_KEYS } from "./circuit.js";

/** Compiles the test circuits and makes their development keys once, before any test. */
export default async function globalSetup(): Promise<void> {
  const { accounts, table } = loadProfile("test");
  await setup({
    instances: [...accounts, table],
    keysDir: TEST_KEYS,
    workers: 2,
    progress: { stage: (name) => console.log(name), update() {}, note() {} },
  });
}
