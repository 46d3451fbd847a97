import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bytesToHex } from "../src/field/encoding.js";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { sha256File } from "../src/keys/compile.js";
import { devSetup } from "../src/keys/development/devSetup.js";
import { readR1csHeader } from "../src/keys/iden3/r1cs.js";
import { readSymbols } from "../src/keys/iden3/symbols.js";
import { instanceFiles } from "../src/keys/instanceFiles.js";
import { readInstances } from "../src/keys/instances.js";
import { type CircuitLock, readLock } from "../src/keys/keyFolder.js";
import { compileInstance } from "../src/keys/setup.js";
import type { Instance } from "../src/protocol/shapes.js";
import { verifyingKeyDigest } from "../src/verifier/groth16/verifyingKey.js";

/**
 * Recompiles the named profiles or instances (default: test and demo) and writes what they compile to into
 * circuits/lock.json, and the order of their public signals into src/protocol/publicSignals.generated.ts.
 * With --keys, also makes their development keys and locks those. A change of the lock is a change of the proof
 * system: review it as one.
 */
const args = process.argv.slice(2);
const withKeys = args.includes("--keys");
const names = args.filter((arg) => !arg.startsWith("--"));
const keysDir = join(PACKAGE_ROOT, "build", "keys");
const lockPath = join(PACKAGE_ROOT, "circuits", "lock.json");
const file = readInstances();
const wanted = new Set(
  (names.length === 0 ? ["test", "demo"] : names).flatMap((name) => file.profiles[name]?.instances ?? [name]),
);

for (const instance of file.instances.filter(({ id }) => wanted.has(id))) {
  const lock: Record<string, CircuitLock[string]> = { ...readLock() };
  const old = lock[instance.id];
  delete lock[instance.id];
  await writeLock(lock);
  const started = Date.now();
  const r1csSha256 = await compileInstance(keysDir, instance);
  const files = instanceFiles(keysDir, instance.id);
  const { constraintCount } = await readR1csHeader(files.r1cs);
  let developmentKey = old?.r1csSha256 === r1csSha256 ? old.developmentKey : undefined;
  if (withKeys) {
    const key = await devSetup({ r1csPath: files.r1cs, zkeyPath: files.zkey });
    await writeFile(files.verifyingKey, `${JSON.stringify(key, null, 1)}\n`);
    developmentKey = `0x${bytesToHex(verifyingKeyDigest(key))}`;
    await writeFile(
      join(files.folder, "setup.json"),
      JSON.stringify({ development: true, r1csSha256: await sha256File(files.r1cs) }),
    );
  }
  lock[instance.id] = {
    constraints: constraintCount,
    r1csSha256,
    ...(developmentKey === undefined ? {} : { developmentKey }),
  };
  await writeLock(lock);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(
    `${instance.id}: ${constraintCount} constraints${old?.constraints === constraintCount ? "" : ` (was ${old?.constraints})`}, ${seconds} s`,
  );
  await checkSignalOrder(instance);
}

async function writeLock(lock: CircuitLock): Promise<void> {
  const ordered = Object.fromEntries(
    file.instances.flatMap(({ id }) => (lock[id] === undefined ? [] : [[id, lock[id]]])),
  );
  await writeFile(lockPath, `${JSON.stringify(ordered, null, 2)}\n`);
}

/** Rewrites one template's list of public signals from the compiler's symbol file. */
async function checkSignalOrder(instance: Instance): Promise<void> {
  const files = instanceFiles(keysDir, instance.id);
  const header = await readR1csHeader(files.r1cs);
  const count = header.publicOutputCount + header.publicInputCount;
  const signals = (await readSymbols(files.sym))
    .filter(({ wire, name }) => wire >= 1 && wire <= count && /^main\.\w+$/.test(name))
    .sort((one, other) => one.wire - other.wire)
    .map(({ name }) => name.slice("main.".length));
  const path = join(PACKAGE_ROOT, "src", "protocol", "publicSignals.generated.ts");
  const constant = { accounts: "ACCOUNT", table: "TABLE", privateTable: "PRIVATE_TABLE" }[instance.template];
  const text = await readFile(path, "utf8");
  const list = `export const ${constant}_STEP_SIGNALS = [\n${signals.map((name) => `  "${name}",\n`).join("")}] as const;`;
  const next = text.replace(
    new RegExp(`export const ${constant}_STEP_SIGNALS = \\[[^\\]]*\\] as const;`),
    list,
  );
  if (next !== text) {
    await writeFile(path, next);
    console.log(`public signals of ${instance.template} changed: ${path}`);
  }
}
