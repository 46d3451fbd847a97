import { randomBytes } from "node:crypto";
import { access, chmod, constants, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { MarginproofError } from "../errors.js";

/** Owner-only permissions of everything private. */
export const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
export const PUBLIC_FILE = 0o644;

/** Makes a folder (and its parents) that only its owner can enter. */
export async function privateFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
  // It may have been there before, open to others.
  await chmod(path, PRIVATE_FOLDER);
  return path;
}

/** Removes what a run that was killed left in a private folder. */
export async function emptyPrivateFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await privateFolder(path);
}

/** Writes a whole file so that it is seen complete or not at all: aside, fsync, rename. */
export async function writeWhole(
  path: string,
  data: string | Uint8Array,
  mode = PRIVATE_FILE,
): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const file = await open(aside, "wx", mode);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

/** Makes the folder that a result will be written into, before the work for it begins. */
export async function provideParent(path: string): Promise<void> {
  const parent = dirname(path);
  await mkdir(parent, { recursive: true });
  await access(parent, constants.W_OK);
}

/** Makes a rename in this folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Text of a file, or undefined when there is none. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Text of a file the user named. @throws MarginproofError FILE_UNREADABLE */
export async function readNamedFile(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new MarginproofError("FILE_UNREADABLE", `can't read ${what} ${path}: ${(cause as Error).message}`, {
      kind: "io",
      cause,
      hint: "Check the path and its permissions.",
    });
  }
}
