import { readFileSync } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { MarginproofError } from "../errors.js";
import { readNamedFile } from "../files/files.js";
import { PACKAGE_ROOT } from "../files/packageRoot.js";
import { hex32 } from "../protocol/hexSchema.js";
import type { Instance } from "../protocol/shapes.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import { type VerifyingKeyJson, verifyingKeyDigest } from "../verifier/groth16/verifyingKey.js";
import { type PinnedKey, parsePinnedKeys } from "../verifier/pins.js";
import { type InstanceFiles, instanceFiles } from "./instanceFiles.js";
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
  readonly instance: Instance;
  readonly files: InstanceFiles;
  readonly verifyingKey: VerifyingKeyJson;
  readonly digest: Uint8Array;
  /** From the insecure development setup. */
  readonly development: boolean;
}

/** @throws MarginproofError KEYS_MISSING naming the command that makes them */
export async function loadKeys(keysDir: string, instance: Instance, profile: string): Promise<InstanceKeys> {
  const files = instanceFiles(keysDir, instance.id);
  for (const path of [files.zkey, files.wasm, files.verifyingKey, files.origin]) {
    await access(path).catch((cause: unknown) => {
      throw new MarginproofError("KEYS_MISSING", `${path} is missing`, {
        kind: "io",
        cause,
        hint: `Run: marginproof setup --profile ${profile} --keys ${keysDir}`,
      });
    });
  }
  const verifyingKey = JSON.parse(
    await readNamedFile(files.verifyingKey, "verifying key"),
  ) as VerifyingKeyJson;
  const development = (await readOrigin(files))?.development !== false;
  return { instance, files, verifyingKey, digest: verifyingKeyDigest(verifyingKey), development };
}

/** The keys that `setup` listed in this folder. */
export async function loadKeyList(path: string): Promise<PinnedKey[]> {
  return parsePinnedKeys(
    parseStrictJson(await readNamedFile(path, "trusted keys"), path, { kind: "usage" }),
    path,
  );
}
