import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { loadProfile, profileInstances } from "../../src/keys/instances.js";
import { setup } from "../../src/keys/setup.js";
import { createWasmBackend } from "../../src/prover/wasm/wasmBackend.js";
import { TEST_KEYS } from "../../test/support/circuit.js";
import { proveTinyEpochs } from "../../test/support/tinyBundle.js";
import { FOLDER } from "./results.js";

function sourceDigest(): string {
  const hash = createHash("sha256");
  for (const folder of ["src", "circuits", "examples", join("test", "support")]) {
    const names = readdirSync(join(PACKAGE_ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const name of names) hash.update(name).update(readFileSync(name));
  }
  return hash.digest("hex").slice(0, 16);
}

/**
 * What the test run's global setup makes, kept until the sources change: compiled circuits, development keys and the
 * proved tiny epochs, all without mutants. @returns the folder of the epochs
 */
export async function prepareEpochs(workers: number): Promise<string> {
  const name = "epochs-";
  const folder = join(FOLDER, `${name}${sourceDigest()}`);
  if (existsSync(folder)) return folder;
  await setup({
    instances: ["test", "examples"].flatMap((profile) => profileInstances(loadProfile(profile))),
    keysDir: TEST_KEYS,
    workers,
    progress: { stage: (_id, title) => console.log(title), update() {}, note() {} },
  });
  console.log("prove tiny epochs");
  for (const old of readdirSync(FOLDER).filter((each) => each.startsWith(name)))
    rmSync(join(FOLDER, old), { recursive: true, force: true });
  process.env.MARGINPROOF_TEST_EPOCHS = `${folder}.part`;
  rmSync(`${folder}.part`, { recursive: true, force: true });
  const backend = createWasmBackend({ workers });
  try {
    await proveTinyEpochs(backend);
  } finally {
    await backend.close();
  }
  renameSync(`${folder}.part`, folder);
  return folder;
}
