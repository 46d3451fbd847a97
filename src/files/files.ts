import { randomBytes } from "node:crypto";
import {
  chmod,
  constants,
  type FileHandle,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { MarginproofError } from "../errors.js";
import { FILE_LIMITS, type FileKind, tooLarge } from "../protocol/fileLimits.js";
import { fileFault, naming } from "./systemError.js";

/** Owner-only permissions of everything private. */
export const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
export const PUBLIC_FILE = 0o644;

/** What file managers leave in every folder they show. */
export const LITTER = /^(\.DS_Store|\._.*|Thumbs\.db|desktop\.ini)$/;

/**
 * Makes a folder and the parents it lacks, one by one. (Node's own way with `recursive` never ends where the system
 * refuses new folders as /proc does.)
 * @throws MarginproofError DISK_FULL, FILE_REFUSED
 */
export async function provideFolder(path: string, mode = 0o777): Promise<string> {
  const missing: string[] = [];
  for (let at = resolve(path); !(await isFolder(at)); at = dirname(at)) missing.push(at);
  for (const folder of missing.reverse()) {
    await naming(folder, async () => {
      await mkdir(folder, { mode }).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST" || !(await isFolder(folder))) throw error;
      });
    });
  }
  return path;
}

/** Whether there is a folder, not nothing. @throws MarginproofError FILE_REFUSED when there is something else */
function isFolder(path: string): Promise<boolean> {
  return naming(path, async () => {
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (found === undefined) return false;
    if (found.isDirectory()) return true;
    throw fileFault("ENOTDIR", `${path} is not a folder`, undefined);
  });
}

/** Makes a folder (and its parents) that only its owner can enter, or closes one of our own that is there. */
export async function privateFolder(path: string): Promise<string> {
  await provideFolder(path, PRIVATE_FOLDER);
  await naming(path, () => chmod(path, PRIVATE_FOLDER));
  return path;
}

/** Removes what a run that was killed left in a private folder. */
export async function emptyPrivateFolder(path: string): Promise<void> {
  await naming(path, () => rm(path, { recursive: true, force: true }));
  await privateFolder(path);
}

/**
 * Writes a whole file so that it is seen complete or not at all: aside, fsync, rename.
 * @param content what is written, or writes it piece by piece
 * @throws MarginproofError DISK_FULL, FILE_REFUSED
 */
export async function writeWhole(path: string, content: Content, mode = PRIVATE_FILE): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  await naming(path, async () => {
    try {
      await writeDurably(aside, content, mode);
      await rename(aside, path);
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
  });
}

export type Content = string | Uint8Array | ((file: FileHandle) => Promise<void>);

/** Writes a new file and makes its content durable. */
export async function writeDurably(path: string, content: Content, mode: number): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    if (typeof content === "function") await content(file);
    else await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes a file where none is, at once under its name: nothing is ever overwritten.
 * @returns false when something stands there
 * @throws MarginproofError DISK_FULL, FILE_REFUSED
 */
export async function writeNew(path: string, text: string, mode = PRIVATE_FILE): Promise<boolean> {
  return naming(path, async () => {
    try {
      await writeDurably(path, text, mode);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      // Half a file would stand in the way of the next try.
      await rm(path, { force: true });
      throw error;
    }
  });
}

/** Gives a file that another program made in full its name here, its content durable first. */
export async function placeWhole(made: string, path: string): Promise<void> {
  await naming(path, async () => {
    const file = await open(made, "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(made, path);
  });
}

/**
 * Makes the folder that a result will be written into, and tries whether anything can be made there, before the work
 * for it begins.
 * @throws MarginproofError DISK_FULL, FILE_REFUSED
 */
export async function provideParent(path: string): Promise<void> {
  const parent = dirname(path);
  await provideFolder(parent);
  // One name for all: what a run that was killed just here leaves, the next one removes.
  const trial = join(parent, ".marginproof-trial");
  const unless = (code: string) => (error: NodeJS.ErrnoException) => {
    if (error.code !== code) throw error;
  };
  await naming(parent, async () => {
    await mkdir(trial).catch(unless("EEXIST"));
    await rmdir(trial).catch(unless("ENOENT"));
  });
}

/** Makes a rename in this folder durable. */
export async function syncFolder(path: string): Promise<void> {
  await naming(path, async () => {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  });
}

/**
 * Text of a plain file, or undefined when there is none. A pipe is refused: reading one waits for ever, deaf to signals.
 * @throws MarginproofError FILE_REFUSED
 */
export function readIfPresent(path: string): Promise<string | undefined> {
  return naming(path, async () => {
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (found === undefined) return undefined;
    if (!found.isFile()) throw fileFault("", `${path} is not a plain file`, undefined);
    return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
  });
}

/**
 * Text of a file the user named: a plain file, refused by its size before any of it is read.
 * @throws MarginproofError FILE_UNREADABLE, FILE_TOO_LARGE
 */
export async function readNamedFile(path: string, kind: FileKind): Promise<string> {
  const text = await readPlainFile(path, FILE_LIMITS[kind]).catch((cause: unknown) => {
    throw new MarginproofError("FILE_UNREADABLE", `can't read ${kind} ${path}: ${systemReason(cause)}`, {
      kind: "io",
      cause,
      hint: "Check the path and its permissions.",
    });
  });
  if (text !== undefined) return text;
  throw new MarginproofError("FILE_TOO_LARGE", `${path} is ${tooLarge(kind)}`, {
    kind: "io",
    hint: "Check that it is the right file.",
  });
}

/**
 * Text of a plain file; undefined, with none of it read, when it has more than `limit` bytes.
 * @throws the system's errors
 */
export async function readPlainFile(path: string, limit: number): Promise<string | undefined> {
  // Opening a pipe must not wait for somebody to write to it.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const found = await file.stat();
    if (found.isDirectory()) throw new Error("it is a folder");
    if (!found.isFile()) throw new Error("it is not a plain file");
    if (found.size > limit) return undefined;
    const chunks: Buffer[] = [];
    let size = 0;
    // It may grow while it is read.
    const stream = file.createReadStream({ end: limit, autoClose: false });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
    }
    return size > limit ? undefined : Buffer.concat(chunks).toString("utf8");
  } finally {
    await file.close();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "you have no permission",
  EPERM: "you have no permission",
  EISDIR: "it is a folder",
  ENOTDIR: "it is a file, or a part of the path is one, where a folder has to be",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "the name is too long",
  ENOSPC: "the disk is full",
  EDQUOT: "your share of the disk is full",
  EROFS: "the disk can only be read",
  EFBIG: "the file would be larger than the system allows",
  EMFILE: "too many files are open",
};

/** Why the system refused a file, in words where it is one of the usual reasons. */
export function systemReason(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}
