import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileContracts } from "../../scripts/contracts/compile.js";
import { loadProfile, profileInstances } from "../../src/keys/instances.js";
import { setup } from "../../src/keys/setup.js";
import { createWasmBackend } from "../../src/prover/wasm/wasmBackend.js";
import { TEST_KEYS } from "./circuit.js";
import { proveTinyEpochs } from "./tinyBundle.js";

/** Every shape of some profiles, each once. */
const instancesOf = (...names: string[]) => [
  ...new Map(
    names.flatMap((name) => profileInstances(loadProfile(name))).map((instance) => [instance.id, instance]),
  ).values(),
];

/** Compiles the contracts, and the circuits of profiles `test`, `examples` and `example-exchange`, makes their development keys and proves the tiny epochs, once for the whole run. */
export default async function globalSetup(): Promise<() => void> {
  compileContracts();
  await setup({
    instances: instancesOf("test", "examples", "example-exchange"),
    keysDir: TEST_KEYS,
    workers: 2,
    progress: { stage: (_id, title) => console.log(title), update() {}, note() {} },
  });
  console.log("prove tiny epochs");
  // A folder of its own for each run; the test processes inherit its name.
  const folder = mkdtempSync(join(tmpdir(), "marginproof-epochs-"));
  process.env.MARGINPROOF_TEST_EPOCHS = folder;
  const backend = createWasmBackend({ workers: 2 });
  try {
    await proveTinyEpochs(backend);
  } finally {
    await backend.close();
  }
  return () => rmSync(folder, { recursive: true, force: true });
}
