import { lstat, type open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { MarginproofError } from "../../errors.js";
import { readIfPresent, syncFolder, writeWhole } from "../../files/files.js";
import { naming } from "../../files/systemError.js";
import type { HolderText } from "./everyFile.js";

/** What stands of an output that is being made, noted beside it: where the next run goes on. */
export interface Mark {
  readonly format: "marginproof/disclosure-part/1";
  /** Of the epoch's statement. */
  readonly digest: string;
  /** The batch that comes next. */
  readonly next: number;
  /** Files before it. */
  readonly files: number;
  /** Of an archive, its bytes before it, which are durable. */
  readonly bytes: number;
}

/** Where files go: an archive or a folder, made under another name until it is whole. */
export interface Sink {
  /** Makes files durable. @returns bytes that an archive has by now */
  add(files: readonly HolderText[]): Promise<number>;
  /** Ends what stands under `partOf(out)`. */
  end(): Promise<void>;
  close(): Promise<void>;
}

export const partOf = (out: string): string => `${out}.part`;
const markOf = (out: string): string => `${out}.part.json`;

/**
 * What an earlier run left of this output; a new beginning where there is nothing.
 * @throws MarginproofError DISCLOSE_PART when something else stands there
 */
export async function readMark(out: string, digest: string): Promise<Mark> {
  const text = await readIfPresent(markOf(out));
  if (text === undefined) {
    if (await exists(partOf(out))) throw foreign(out, "nothing says what it is the beginning of");
    return { format: "marginproof/disclosure-part/1", digest, next: 0, files: 0, bytes: 0 };
  }
  let mark: Mark;
  try {
    mark = JSON.parse(text) as Mark;
  } catch {
    throw foreign(out, `${markOf(out)} is damaged`);
  }
  if (mark.format !== "marginproof/disclosure-part/1") throw foreign(out, `${markOf(out)} is damaged`);
  if (mark.digest !== digest) throw foreign(out, "it is the beginning of another epoch's files");
  return mark;
}

export const writeMark = (out: string, mark: Mark): Promise<void> =>
  writeWhole(markOf(out), `${JSON.stringify(mark)}\n`);

/** Gives the whole its name; where something appeared meanwhile, that stays. @throws MarginproofError OUT_EXISTS */
export async function nameWhole(out: string): Promise<void> {
  if (await exists(out)) {
    throw new MarginproofError("OUT_EXISTS", `${out} appeared while it was being made`, {
      kind: "usage",
      hint: "Nothing is ever overwritten: remove it yourself, and run the same command again.",
    });
  }
  await naming(out, () => rename(partOf(out), out));
  await syncFolder(dirname(out));
  await naming(markOf(out), () => rm(markOf(out), { force: true }));
}

const exists = async (path: string): Promise<boolean> =>
  (await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  })) !== undefined;

export const foreign = (out: string, problem: string): MarginproofError =>
  new MarginproofError("DISCLOSE_PART", `${partOf(out)} stands in the way: ${problem}`, {
    kind: "usage",
    hint: `Remove ${partOf(out)} and ${markOf(out)}, or give another --out.`,
  });

export type File = Awaited<ReturnType<typeof open>>;
