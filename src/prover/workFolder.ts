import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { MarginproofError } from "../errors.js";
import { bytesToHex } from "../field/encoding.js";
import { PRIVATE_FILE, privateFolder, readIfPresent, systemReason } from "../files/files.js";

/** The private files of one attempt at one epoch. */
export interface WorkFolder {
  readonly path: string;
  readonly batches: string;
  readonly steps: string;
  readonly proofs: string;
  /** The private model, if the market has secret rates. */
  readonly model: string;
  /** Present once all batches are written. */
  readonly plan: string;
  /** The statement, once published. */
  readonly published: string;
}

export function workFolder(privateDir: string, attempt: string): WorkFolder {
  const path = join(privateDir, "epochs", attempt);
  return {
    path,
    batches: join(path, "batches"),
    steps: join(path, "steps"),
    proofs: join(path, "proofs"),
    model: join(path, "model.json"),
    plan: join(path, "plan.json"),
    published: join(path, "published.json"),
  };
}

export async function makeWorkFolder(work: WorkFolder): Promise<void> {
  for (const folder of [work.path, work.batches, work.steps, work.proofs]) await privateFolder(folder);
}

/** SHA-256 of a file, streamed. @throws MarginproofError FILE_UNREADABLE */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (cause) {
    throw new MarginproofError("FILE_UNREADABLE", `can't read ${path}: ${systemReason(cause)}`, {
      kind: "io",
      cause,
      hint: "Check the path and its permissions.",
    });
  }
  return hash.digest("hex");
}

/** Names an attempt by its exact inputs: the same command finds its own work again, another never touches it. */
export function attemptName(inputs: {
  readonly marketDigest: Uint8Array;
  readonly accountsSha256: string;
  readonly profile: string;
  readonly keyDigests: readonly Uint8Array[];
}): string {
  const hash = createHash("sha256");
  hash.update("marginproof/v2/attempt\n");
  const parts = [
    bytesToHex(inputs.marketDigest),
    inputs.accountsSha256,
    inputs.profile,
    ...inputs.keyDigests.map((digest) => bytesToHex(digest)),
  ];
  for (const part of parts) hash.update(`${part.length}:${part}\n`);
  return hash.digest("hex").slice(0, 32);
}

/**
 * Takes the folder for this process. A lock left by a process that is gone is taken over.
 * @returns a function that gives it back
 * @throws MarginproofError PROVER_RUNNING
 */
export async function lockFolder(path: string): Promise<() => Promise<void>> {
  const lock = join(path, "lock");
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = await open(lock, "wx", PRIVATE_FILE);
      await file.writeFile(`${process.pid}\n`);
      await file.close();
      return () => rm(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const owner = Number((await readIfPresent(lock))?.trim());
      if (Number.isInteger(owner) && owner > 0 && owner !== process.pid && isAlive(owner)) {
        throw new MarginproofError("PROVER_RUNNING", `process ${owner} is already proving this epoch`, {
          kind: "usage",
          hint: `Wait for it, or stop it. If no such process runs, remove ${lock}.`,
        });
      }
      await rm(lock, { force: true });
    }
  }
  throw new MarginproofError("PROVER_RUNNING", "another process is proving this epoch", { kind: "usage" });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
