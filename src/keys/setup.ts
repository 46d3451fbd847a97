import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { MarginproofError } from "../errors.js";
import { bytesToHex } from "../field/encoding.js";
import { PUBLIC_FILE, provideFolder, readIfPresent, writeWhole } from "../files/files.js";
import { PACKAGE_ROOT } from "../files/packageRoot.js";
import type { Progress } from "../files/progress.js";
import type { Instance } from "../protocol/circuits.js";
import { verifyingKeyDigest } from "../verifier/groth16/verifyingKey.js";
import { type PinnedKey, parsePinnedKeys, pinnedKeysToJson } from "../verifier/pins.js";
import { compileCircuit, sha256File } from "./compile.js";
import { devSetup } from "./development/devSetup.js";
import { readVerifyingKey, type VerifyingKeyFile } from "./iden3/verifyingKey.js";
import { type InstanceFiles, instanceFiles } from "./instanceFiles.js";
import { assertInstance, mainCircuit } from "./instances.js";
import { type CircuitLock, keyListPath, readLock, verifyingKeyText } from "./keyFolder.js";
import { type KeyOrigin, type KeyTask, keyTask, readOrigin, writeOrigin } from "./keyOrigin.js";
import { adoptContributions, assertPtauFits, ptauSetup } from "./ptauSetup.js";

export interface SetupOptions {
  readonly instances: readonly Instance[];
  readonly keysDir: string;
  /** A prepared phase-1 file; without it the insecure development setup is made. */
  readonly ptau?: string;
  /** Compilers at a time; each takes one core. */
  readonly workers: number;
  readonly progress: Progress;
}

/** Circom's include paths. */
function includePaths(): string[] {
  const circomlib = dirname(createRequire(import.meta.url).resolve("circomlib/package.json"));
  return [join(PACKAGE_ROOT, "circuits"), join(PACKAGE_ROOT, "circuits", "lib"), join(circomlib, "circuits")];
}

/** Compiles an instance unless its circuit is there already. @returns the hash of the R1CS */
export async function compileInstance(keysDir: string, instance: Instance): Promise<string> {
  const files = instanceFiles(keysDir, instance.id);
  const locked = readLock()[instance.id]?.r1csSha256;
  const digest = (path: string) => sha256File(path).catch(() => undefined);
  const [present, wasm] = [await digest(files.r1cs), await digest(files.wasm)];
  const noted = (await readOrigin(files))?.wasmSha256;
  const whole = wasm !== undefined && (noted === undefined || noted === wasm);
  if (whole && present !== undefined && present === locked) return present;
  await provideFolder(files.folder);
  const source = join(files.folder, "main.circom");
  await writeWhole(source, mainCircuit(instance), PUBLIC_FILE);
  const compiled = await compileCircuit({
    source,
    outDir: files.folder,
    includePaths: includePaths(),
    name: "circuit",
  });
  return compiled.r1csSha256;
}

/**
 * Compiles every instance, makes the keys that are missing, and lists them in `keys.json`. Each finished file is
 * whole, so an interrupted setup continues where it was. Keys of a ceremony are never replaced; those that others
 * contributed to are verified against circuit and phase 1 and listed anew.
 *
 * @throws MarginproofError CIRCUIT_LOCK_MISMATCH when a circuit does not compile to the locked R1CS; KEYS_OTHER_SETUP;
 *   SHAPE_REFUSED; PTAU_TOO_SMALL, PTAU_NOT_PREPARED and KEYS_CONTRIBUTION_INVALID with `ptau`
 */
export async function setup(options: SetupOptions): Promise<PinnedKey[]> {
  const { instances, keysDir, progress, ptau } = options;
  const lock = readLock();
  for (const instance of instances) assertInstance(instance);
  for (const { id } of instances) await keyTask(instanceFiles(keysDir, id), lock[id]?.r1csSha256, ptau);
  if (ptau !== undefined) await assertPtauFits(ptau, rowsOfLargest(instances));
  await provideFolder(keysDir);

  const hashes = await compileAll(options, lock);

  progress.stage(
    "makeKeys",
    ptau === undefined ? "make INSECURE development keys" : "make proving keys",
    ptau === undefined ? "their secrets are public: for trying out only" : `from ${ptau}`,
  );
  const keys: PinnedKey[] = [];
  for (const [at, instance] of instances.entries()) {
    const files = instanceFiles(keysDir, instance.id);
    const hash = hashes.get(instance.id)!;
    await provideKey(await keyTask(files, hash, ptau), files, hash, ptau, (fraction) =>
      progress.update(at + fraction, instances.length),
    );
    const key = await readVerifyingKey(files.zkey);
    const { development } = (await readOrigin(files))!;
    keys.push({ ...instance, keyDigest: `0x${bytesToHex(verifyingKeyDigest(key))}`, development });
    progress.update(at + 1, instances.length);
  }
  await listKeys(keysDir, keys);
  return keys;
}

/** Rows that the largest locked circuit needs of a phase-1 file. */
function rowsOfLargest(instances: readonly Instance[]): number {
  const lock = readLock();
  return Math.max(0, ...instances.map(({ id }) => lock[id]?.constraints ?? 0)) + 1;
}

/** Leaves zkey, verifying key and note of origin in place. The note names the key only once it is whole. */
async function provideKey(
  task: KeyTask,
  files: InstanceFiles,
  r1csSha256: string,
  ptau: string | undefined,
  onProgress: (fraction: number) => void,
): Promise<void> {
  if (task === "keep")
    return finishKey(files, (await readOrigin(files))!, await readVerifyingKey(files.zkey));
  const origin: KeyOrigin = { development: ptau === undefined, r1csSha256 };
  const job = { r1csPath: files.r1cs, zkeyPath: files.zkey, onProgress };
  let key: VerifyingKeyFile;
  if (task === "adopt") key = await adoptContributions({ ...job, ptauPath: ptau! });
  else {
    await writeOrigin(files, origin);
    key = await (ptau === undefined ? devSetup(job) : ptauSetup({ ...job, ptauPath: ptau }));
  }
  await finishKey(files, { ...origin, zkeySha256: await sha256File(files.zkey) }, key);
}

/** Puts the verifying key and the note of origin in place, the note last. */
async function finishKey(files: InstanceFiles, origin: KeyOrigin, key: VerifyingKeyFile): Promise<void> {
  await writeWhole(files.verifyingKey, verifyingKeyText(key), PUBLIC_FILE);
  await writeOrigin(files, { ...origin, wasmSha256: await sha256File(files.wasm) });
}

/** Adds keys to the folder's list, replacing those of the same instance. */
async function listKeys(keysDir: string, keys: readonly PinnedKey[]): Promise<void> {
  const path = keyListPath(keysDir);
  const before = await readIfPresent(path);
  const others = before === undefined ? [] : parsePinnedKeys(JSON.parse(before));
  const all = [...others.filter((old) => keys.every((key) => key.id !== old.id)), ...keys];
  await writeWhole(path, `${JSON.stringify(pinnedKeysToJson(all), null, 2)}\n`, PUBLIC_FILE);
}

/** Compiles every instance, several at a time. @returns the SHA-256 of each R1CS; @throws MarginproofError CIRCUIT_LOCK_MISMATCH */
async function compileAll(
  { instances, keysDir, workers, progress }: SetupOptions,
  lock: CircuitLock,
): Promise<ReadonlyMap<string, string>> {
  progress.stage("compile", "compile circuits", instances.map(({ id }) => id).join(", "));
  let done = 0;
  progress.update(0, instances.length);
  const hashes = new Map<string, string>();
  const waiting = [...instances];
  const compileNext = async (): Promise<void> => {
    for (let instance = waiting.shift(); instance !== undefined; instance = waiting.shift()) {
      const hash = await compileInstance(keysDir, instance);
      const locked = lock[instance.id];
      if (locked !== undefined && locked.r1csSha256 !== hash) {
        throw new MarginproofError(
          "CIRCUIT_LOCK_MISMATCH",
          `${instance.id} compiles to R1CS ${hash}, circuits/lock.json says ${locked.r1csSha256}`,
          {
            hint: "Reinstall the package. If you changed the circuits on purpose, run: npm run circuits:lock",
          },
        );
      }
      hashes.set(instance.id, hash);
      progress.update(++done, instances.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, instances.length) }, compileNext));
  return hashes;
}
