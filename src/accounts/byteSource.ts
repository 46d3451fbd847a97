import { type FileHandle, open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { MarginproofError } from "../errors.js";
import { systemReason } from "../files/files.js";
import { show } from "./badRows.js";
import { textChunks } from "./textChunks.js";

const GZIP_MAGIC = 0x1f8b;
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

function unreadable(path: string, cause: unknown): MarginproofError {
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

function gzipError(path: string, what: string, cause: unknown): MarginproofError {
  return new MarginproofError("ACCOUNTS_GZIP", `${show(path)} ${what}`, {
    kind: "usage",
    hint: "Compress the file again with gzip.",
    cause,
  });
}

/**
 * Opens an accounts file; `gzip` unpacks it on the way.
 * @throws MarginproofError ACCOUNTS_FILE_TYPE (packed, but not named so), ACCOUNTS_UNREADABLE (open or read fails, not a
 * regular file); while iterating ACCOUNTS_GZIP (damaged, cut short or followed by other data), ACCOUNTS_CHANGED (the file's
 * size changed meanwhile), FatalRow
 */
export async function openBytes(path: string, gzip: boolean): Promise<ByteSource> {
  let handle: FileHandle | undefined;
  let totalBytes: number;
  let packed: boolean;
  try {
    handle = await open(path, "r");
    const stat = await handle.stat();
    if (!stat.isFile()) throw new Error(stat.isDirectory() ? "it is a folder" : "it is not a plain file");
    totalBytes = stat.size;
    const magic = await handle.read(Buffer.alloc(2), 0, 2, 0);
    packed = magic.bytesRead === 2 && magic.buffer.readUInt16BE(0) === GZIP_MAGIC;
  } catch (cause) {
    await handle?.close();
    throw unreadable(path, cause);
  }
  if (packed && !gzip) {
    await handle.close();
    throw new MarginproofError("ACCOUNTS_FILE_TYPE", `${show(path)} is compressed, but not named so`, {
      kind: "usage",
      hint: `Name it ${path}.gz.`,
    });
  }
  const raw = handle.createReadStream({ start: 0, highWaterMark: CHUNK, autoClose: false });
  const gunzip = gzip ? createGunzip({ chunkSize: CHUNK }) : undefined;
  if (gunzip !== undefined) pipeline(raw, gunzip, () => {});

  async function* bytes(): AsyncGenerator<Buffer> {
    try {
      yield* (gunzip ?? raw) as AsyncIterable<Buffer>;
    } catch (cause) {
      const damaged = cause instanceof Error && "code" in cause && String(cause.code).startsWith("Z_");
      if (!damaged) throw unreadable(path, cause);
      throw gzipError(path, "is damaged or cut short", cause);
    }
    if (raw.bytesRead !== totalBytes) {
      throw new MarginproofError("ACCOUNTS_CHANGED", `${show(path)} changed while it was read`, {
        kind: "io",
        hint: "Run again when the export has finished.",
      });
    }
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
