import { writeFile } from "node:fs/promises";
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
import { type Instance, signalNames } from "../src/protocol/circuits.js";
import { verifyingKeyDigest } from "../src/verifier/groth16/verifyingKey.js";

/**
 * Recompiles the named profiles or instances (default: test and demo) and writes what they compile to into
 * circuits/lock.json. Refuses a circuit whose public signals are not those of the registry, src/protocol/circuits.ts.
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
  const old = readLock()[instance.id];
  // Without its lock the circuit is compiled anew.
  await writeLock(instance.id, undefined);
  const started = Date.now();
  const r1csSha256 = await compileInstance(keysDir, instance);
  const files = instanceFiles(keysDir, instance.id);
  const { constraintCount } = await readR1csHeader(files.r1cs);
  await checkSignals(instance);
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
  await writeLock(instance.id, {
    constraints: constraintCount,
    r1csSha256,
    ...(developmentKey === undefined ? {} : { developmentKey }),
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(
    `${instance.id}: ${constraintCount} constraints${old?.constraints === constraintCount ? "" : ` (was ${old?.constraints})`}, ${seconds} s`,
  );
}

/** Replaces one entry of the lock as it is now: another run may be writing others. */
async function writeLock(id: string, entry: CircuitLock[string] | undefined): Promise<void> {
  const lock = { ...readLock(), [id]: entry };
  const ordered = Object.fromEntries(
    file.instances.flatMap((each) => (lock[each.id] === undefined ? [] : [[each.id, lock[each.id]]])),
  );
  await writeFile(lockPath, `${JSON.stringify(ordered, null, 2)}\n`);
}

/** Compares the registry's public signals with the compiler's symbol file. */
async function checkSignals({ id, template }: Instance): Promise<void> {
  const files = instanceFiles(keysDir, id);
  const header = await readR1csHeader(files.r1cs);
  const count = header.publicOutputCount + header.publicInputCount;
  const signals = (await readSymbols(files.sym))
    .filter(({ wire, name }) => wire >= 1 && wire <= count && /^main\.\w+$/.test(name))
    .sort((one, other) => one.wire - other.wire)
    .map(({ name }) => name.slice("main.".length));
  if (signals.join() !== signalNames(template).join())
    throw new Error(`${id} has the public signals ${signals.join(", ")}: change the registry or the circuit`);
}
