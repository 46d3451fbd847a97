import { mkdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { MarginproofError } from "../errors.js";
import { bytesToHex } from "../field/encoding.js";
import { PACKAGE_ROOT } from "../packageRoot.js";
import type { Instance } from "../protocol/shapes.js";
import { verifyingKeyDigest } from "../verifier/groth16/verifyingKey.js";
import { type PinnedKey, parsePinnedKeys, pinnedKeysToJson } from "../verifier/pins.js";
import { PUBLIC_FILE, readIfPresent, writeWhole } from "./files.js";
import { mainCircuit } from "./instances.js";
import { type InstanceFiles, instanceFiles, keyListPath, readLock } from "./keyFolder.js";
import { compileCircuit, sha256File } from "./keys/compile.js";
import { devSetup } from "./keys/devSetup.js";
import { ptauSetup } from "./keys/ptauSetup.js";
import type { VerifyingKeyFile } from "./keys/verifyingKey.js";
import type { Progress } from "./progress.js";

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
export function includePaths(): string[] {
  const circomlib = dirname(createRequire(import.meta.url).resolve("circomlib/package.json"));
  return [join(PACKAGE_ROOT, "circuits"), join(PACKAGE_ROOT, "circuits", "lib"), join(circomlib, "circuits")];
}

/** Compiles an instance unless its R1CS is there already. @returns the hash of the R1CS */
export async function compileInstance(keysDir: string, instance: Instance): Promise<string> {
  const files = instanceFiles(keysDir, instance.id);
  const locked = readLock()[instance.id]?.r1csSha256;
  const present = await sha256File(files.r1cs).catch(() => undefined);
  if (present !== undefined && present === locked) return present;
  await mkdir(files.folder, { recursive: true });
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
 * whole, so an interrupted setup continues where it was.
 * @throws MarginproofError CIRCUIT_LOCK_MISMATCH when a circuit does not compile to the locked R1CS
 */
export async function setup(options: SetupOptions): Promise<PinnedKey[]> {
  const { instances, keysDir, progress } = options;
  await mkdir(keysDir, { recursive: true });
  progress.stage("compile circuits", instances.map(({ id }) => id).join(", "));
  let done = 0;
  progress.update(0, instances.length);
  const waiting = [...instances];
  const compileNext = async (): Promise<void> => {
    for (let instance = waiting.shift(); instance !== undefined; instance = waiting.shift()) {
      const hash = await compileInstance(keysDir, instance);
      const locked = readLock()[instance.id];
      if (locked !== undefined && locked.r1csSha256 !== hash) {
        throw new MarginproofError(
          "CIRCUIT_LOCK_MISMATCH",
          `${instance.id} compiles to R1CS ${hash}, circuits/lock.json says ${locked.r1csSha256}`,
          { hint: "The circuits or the compiler were changed. If on purpose, run: npm run circuits:lock" },
        );
      }
      progress.update(++done, instances.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.workers, instances.length) }, compileNext));

  const development = options.ptau === undefined;
  progress.stage(
    development ? "make INSECURE development keys" : "make proving keys",
    development ? "their secrets are public: for trying out only" : `from ${options.ptau}`,
  );
  const keys: PinnedKey[] = [];
  for (const [at, instance] of instances.entries()) {
    const files = instanceFiles(keysDir, instance.id);
    const mark = join(files.folder, "setup.json");
    const origin = JSON.stringify({ development, r1csSha256: await sha256File(files.r1cs) });
    let key: VerifyingKeyFile;
    if ((await readIfPresent(mark)) === origin) {
      key = JSON.parse((await readIfPresent(files.verifyingKey))!) as VerifyingKeyFile;
    } else {
      await rm(mark, { force: true });
      key = await makeKey(files, options.ptau, (fraction) =>
        progress.update(at + fraction, instances.length),
      );
      await writeWhole(files.verifyingKey, `${JSON.stringify(key, null, 1)}\n`, PUBLIC_FILE);
      await writeWhole(mark, origin, PUBLIC_FILE);
    }
    keys.push({ ...instance, keyDigest: `0x${bytesToHex(verifyingKeyDigest(key))}`, development });
    progress.update(at + 1, instances.length);
  }
  await listKeys(keysDir, keys);
  return keys;
}

function makeKey(
  files: InstanceFiles,
  ptau: string | undefined,
  onProgress: (fraction: number) => void,
): Promise<VerifyingKeyFile> {
  const job = { r1csPath: files.r1cs, zkeyPath: files.zkey, onProgress };
  return ptau === undefined ? devSetup(job) : ptauSetup({ ...job, ptauPath: ptau });
}

/** Adds keys to the folder's list, replacing those of the same instance. */
async function listKeys(keysDir: string, keys: readonly PinnedKey[]): Promise<void> {
  const path = keyListPath(keysDir);
  const before = await readIfPresent(path);
  const others = before === undefined ? [] : parsePinnedKeys(JSON.parse(before));
  const all = [...others.filter((old) => keys.every((key) => key.id !== old.id)), ...keys];
  await writeWhole(path, `${JSON.stringify(pinnedKeysToJson(all), null, 2)}\n`, PUBLIC_FILE);
}
