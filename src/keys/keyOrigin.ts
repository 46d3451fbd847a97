import { access } from "node:fs/promises";
import { MarginproofError } from "../errors.js";
import { PUBLIC_FILE, readIfPresent, writeWhole } from "../files/files.js";
import * as z from "../schema/index.js";
import { sha256File } from "./compile.js";
import type { InstanceFiles } from "./instanceFiles.js";

const originSchema = z.strictObject({
  development: z.boolean(),
  r1csSha256: z.string(),
  /** Absent while the key is being made. */
  zkeySha256: z.string().optional(),
  /** Of the witness calculator; absent in folders of earlier versions. */
  wasmSha256: z.string().optional(),
});

/** What a proving key was made from: which setup, which circuit, and the key file that came of it. */
export type KeyOrigin = z.infer<typeof originSchema>;

/** What setup does with an instance's key: leave it, make it, or take in a ceremony's further contributions. */
export type KeyTask = "keep" | "make" | "adopt";

export async function readOrigin(files: InstanceFiles): Promise<KeyOrigin | undefined> {
  const text = await readIfPresent(files.origin);
  if (text === undefined) return undefined;
  try {
    return originSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export const writeOrigin = (files: InstanceFiles, origin: KeyOrigin): Promise<void> =>
  writeWhole(files.origin, JSON.stringify(origin), PUBLIC_FILE);

/**
 * Decides before anything is compiled or removed. Development keys can always be made again; the key of a ceremony is
 * never replaced, whatever else was asked for.
 *
 * @param r1csSha256 the circuit the key must be for; unknown before the first compilation of an unlocked circuit
 * @throws MarginproofError KEYS_OTHER_SETUP
 */
export async function keyTask(
  files: InstanceFiles,
  r1csSha256: string | undefined,
  ptau: string | undefined,
): Promise<KeyTask> {
  const origin = await readOrigin(files);
  if (origin === undefined) {
    const foreign = await access(files.zkey).then(
      () => true,
      () => false,
    );
    // A key without a note of its origin may be anybody's last copy.
    if (foreign) throw otherSetup(files, "is not marked as made by setup");
    return "make";
  }
  if (origin.zkeySha256 === undefined) return "make";
  const sameCircuit = r1csSha256 === undefined || origin.r1csSha256 === r1csSha256;
  const zkey = await sha256File(files.zkey).catch(() => undefined);
  const whole = zkey === origin.zkeySha256;
  if (origin.development) return sameCircuit && whole && ptau === undefined ? "keep" : "make";
  if (!sameCircuit) throw otherSetup(files, "comes from a ceremony for another version of the circuit");
  if (whole) return "keep";
  if (ptau !== undefined && zkey !== undefined) return "adopt";
  throw otherSetup(
    files,
    zkey === undefined
      ? "came from a ceremony and is missing"
      : "is not the one that the ceremony's setup noted",
    zkey === undefined
      ? "Restore it from a backup."
      : "If others contributed to it since, run setup again with the ceremony's --ptau: it is then verified and listed.",
  );
}

function otherSetup(files: InstanceFiles, problem: string, next?: string): MarginproofError {
  return new MarginproofError("KEYS_OTHER_SETUP", `${files.zkey} ${problem}; nothing was changed`, {
    kind: "usage",
    hint: next ?? "Choose another --keys folder, or move this one away yourself.",
  });
}
