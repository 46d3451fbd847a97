import { type FileHandle, open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { MarginproofError } from "../errors.js";
import { systemReason } from "../files/files.js";
import { show } from "./badRows.js";
import type { Packing } from "./format.js";
import { textChunks } from "./textChunks.js";
import { unzstd } from "./unzstd.js";
import { ZstdFault } from "./zstdFrame.js";

/** How packed files begin, hexadecimal. */
const MAGIC: Readonly<Record<Exclude<Packing, "none">, string>> = { gzip: "1f8b", zstd: "28b52ffd" };
const ENDING = { gzip: ".gz", zstd: ".zst" };
const CHUNK = 256 * 1024;

/** An accounts file open for reading. */
export interface ByteSource {
  /** Size of the file on disk, bytes (compressed, if it is). */
  readonly totalBytes: number;
  /** Bytes of the file read so far. */
  bytesRead(): number;
  /** The text, in pieces of whole UTF-8 characters; a fault ends it with FatalRow. Iterate once. */
  readonly chunks: AsyncIterable<Buffer>;
  close(): Promise<void>;
}

export function unreadable(path: string, cause: unknown): MarginproofError {
  const reason = systemReason(cause);
  return new MarginproofError(
    "ACCOUNTS_UNREADABLE",
    `can't read the accounts file ${show(path)}: ${reason}`,
    {
      kind: "io",
      hint: "Check the path and its permissions.",
      cause,
    },
  );
}

/** Neither a folder nor a pipe. @throws Error */
export async function sizeOfFile(handle: FileHandle): Promise<number> {
  const stat = await handle.stat();
  if (!stat.isFile()) throw new Error(stat.isDirectory() ? "it is a folder" : "it is not a plain file");
  return stat.size;
}

export function changed(path: string): MarginproofError {
  return new MarginproofError("ACCOUNTS_CHANGED", `${show(path)} changed while it was read`, {
    kind: "io",
    hint: "Run again when the export has finished.",
  });
}

function zstdError(path: string, { message }: ZstdFault): MarginproofError {
  return new MarginproofError("ACCOUNTS_ZSTD", `${show(path)} ${message}`, {
    kind: "usage",
    hint: "Compress the file again with zstd, without a dictionary and with a window of at most 128 MiB.",
  });
}

function gzipError(path: string, what: string, cause: unknown): MarginproofError {
  return new MarginproofError("ACCOUNTS_GZIP", `${show(path)} ${what}`, {
    kind: "usage",
    hint: "Compress the file again with gzip.",
    cause,
  });
}

/** The packing that a file's first bytes show. */
async function packingOf(handle: FileHandle): Promise<Packing> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
  const begin = buffer.subarray(0, bytesRead).toString("hex");
  for (const packing of ["gzip", "zstd"] as const) if (begin.startsWith(MAGIC[packing])) return packing;
  return "none";
}

/**
 * Opens a text file of accounts, unpacked on the way.
 * @throws MarginproofError ACCOUNTS_FILE_TYPE (packed, but not named so), ACCOUNTS_UNREADABLE (open or read fails, not a
 * regular file); while iterating ACCOUNTS_GZIP and ACCOUNTS_ZSTD (damaged, cut short or followed by other data), ACCOUNTS_CHANGED (the file's
 * size changed meanwhile), FatalRow
 */
export async function openBytes(path: string, packing: Packing): Promise<ByteSource> {
  let handle: FileHandle | undefined;
  let totalBytes: number;
  let found: Packing;
  try {
    handle = await open(path, "r");
    totalBytes = await sizeOfFile(handle);
    found = await packingOf(handle);
  } catch (cause) {
    await handle?.close();
    throw unreadable(path, cause);
  }
  if (packing === "none" && found !== "none") {
    await handle.close();
    throw new MarginproofError("ACCOUNTS_FILE_TYPE", `${show(path)} is compressed, but not named so`, {
      kind: "usage",
      hint: `Name it ${path}${ENDING[found]}.`,
    });
  }
  const raw = handle.createReadStream({ start: 0, highWaterMark: CHUNK, autoClose: false });
  const gunzip = packing === "gzip" ? createGunzip({ chunkSize: CHUNK }) : undefined;
  if (gunzip !== undefined) pipeline(raw, gunzip, () => {});
  const unpacked = packing === "zstd" ? unzstd(raw) : ((gunzip ?? raw) as AsyncIterable<Buffer>);

  async function* bytes(): AsyncGenerator<Buffer> {
    try {
      yield* unpacked;
    } catch (cause) {
      if (cause instanceof ZstdFault) throw zstdError(path, cause);
      const damaged = cause instanceof Error && "code" in cause && String(cause.code).startsWith("Z_");
      if (!damaged) throw unreadable(path, cause);
      throw gzipError(path, "is damaged or cut short", cause);
    }
    if (raw.bytesRead !== totalBytes) throw changed(path);
    if (gunzip !== undefined && gunzip.bytesWritten !== totalBytes) {
      throw gzipError(path, "has data after the end of its gzip stream", undefined);
    }
  }
  const file = handle;
  return {
    totalBytes,
    bytesRead: () => raw.bytesRead,
    chunks: textChunks(bytes()),
    close: async () => {
      gunzip?.destroy();
      raw.destroy();
      await file.close();
    },
  };
}
