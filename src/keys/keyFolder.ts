import { readFileSync } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { MarginproofError } from "../errors.js";
import { readNamedFile } from "../files/files.js";
import { PACKAGE_ROOT } from "../files/packageRoot.js";
import { naming } from "../files/systemError.js";
import { hex32 } from "../protocol/hexSchema.js";
import type { Instance } from "../protocol/shapes.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import { shellWord } from "../report/shellWord.js";
import * as z from "../schema/index.js";
import { type VerifyingKeyJson, verifyingKeyDigest } from "../verifier/groth16/verifyingKey.js";
import { type PinnedKey, parsePinnedKeys } from "../verifier/pins.js";
import { sha256File } from "./compile.js";
import { readVerifyingKey, type VerifyingKeyFile } from "./iden3/verifyingKey.js";
import { instanceFiles, type KeyName } from "./instanceFiles.js";
import { readOrigin } from "./keyOrigin.js";

/** The list of trusted keys that `setup` writes beside the keys. */
export const keyListPath = (keysDir: string): string => join(keysDir, "keys.json");

const lockSchema = z.record(
  z.string(),
  z.strictObject({
    constraints: z.number().int().positive(),
    r1csSha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** Digest of the verifying key of the deterministic development setup, where it was made. */
    developmentKey: hex32.optional(),
  }),
);

/** circuits/lock.json: constraint count, R1CS hash and development key of every instance. */
export type CircuitLock = z.infer<typeof lockSchema>;

export function readLock(): CircuitLock {
  return lockSchema.parse(JSON.parse(readFileSync(join(PACKAGE_ROOT, "circuits", "lock.json"), "utf8")));
}

/** A proving key ready for use. */
export interface InstanceKeys {
  readonly name: KeyName;
  readonly instance: Instance;
  readonly verifyingKey: VerifyingKeyJson;
  readonly digest: Uint8Array;
  /** From the insecure development setup. */
  readonly development: boolean;
}

/**
 * A key of a keys folder, every file of it compared with what setup noted.
 * @throws MarginproofError KEYS_MISSING and KEYS_DAMAGED, naming the file and the command that makes it
 */
export async function loadKeys(keysDir: string, instance: Instance, profile: string): Promise<InstanceKeys> {
  const files = instanceFiles(keysDir, instance.id);
  const command = `marginproof setup --profile ${profile} --keys ${shellWord(keysDir)}`;
  for (const path of [files.zkey, files.wasm, files.verifyingKey, files.origin]) {
    await access(path).catch((cause: unknown) => {
      throw new MarginproofError("KEYS_MISSING", `${path} is missing`, {
        kind: "io",
        cause,
        hint: `Run: ${command}`,
      });
    });
  }
  const origin = await readOrigin(files);
  const damaged = (path: string, problem: string): MarginproofError =>
    new MarginproofError("KEYS_DAMAGED", `${path} ${problem}`, {
      kind: "io",
      hint:
        origin?.development === false
          ? `Restore it from a backup. If it is no proving key, this makes it anew: ${command} --ptau FILE`
          : `Run: ${command}   (it makes anew what is damaged)`,
    });
  if (origin === undefined) throw damaged(files.origin, "is not setup's note of what the key was made from");
  if (origin.zkeySha256 === undefined) throw damaged(files.origin, "says that the key was never finished");
  const locked = readLock()[instance.id]?.r1csSha256;
  if (locked !== undefined && origin.r1csSha256 !== locked) {
    throw damaged(
      files.origin,
      `says that the key is for another circuit than ${instance.id} of this version`,
    );
  }
  for (const [path, noted] of [
    [files.zkey, origin.zkeySha256],
    [files.wasm, origin.wasmSha256],
  ] as const) {
    if (noted === undefined) continue;
    const found = await naming(path, () => sha256File(path));
    if (found !== noted) throw damaged(path, `is not the file that setup made: its SHA-256 is ${found}`);
  }
  const verifyingKey = await readVerifyingKey(files.zkey);
  if ((await readNamedFile(files.verifyingKey, "verifying key")) !== verifyingKeyText(verifyingKey)) {
    throw damaged(files.verifyingKey, "is not the verifying key of circuit.zkey beside it");
  }
  const { development } = origin;
  const name = { keySet: keysDir, instance: instance.id };
  return { name, instance, verifyingKey, digest: verifyingKeyDigest(verifyingKey), development };
}

/** The keys of several instances, by instance id. @throws MarginproofError as `loadKeys` */
export async function loadKeySet(
  keysDir: string,
  instances: readonly Instance[],
  profile: string,
): Promise<ReadonlyMap<string, InstanceKeys>> {
  const keys = new Map<string, InstanceKeys>();
  for (const instance of instances) keys.set(instance.id, await loadKeys(keysDir, instance, profile));
  return keys;
}

/** A verifying key as setup writes it. */
export const verifyingKeyText = (key: VerifyingKeyFile): string => `${JSON.stringify(key, null, 1)}\n`;

/** The keys that `setup` listed in this folder. */
export async function loadKeyList(path: string): Promise<PinnedKey[]> {
  return parsePinnedKeys(
    parseStrictJson(await readNamedFile(path, "trusted keys"), path, { kind: "usage" }),
    path,
  );
}
