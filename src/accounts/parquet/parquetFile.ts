import { type FileHandle, open } from "node:fs/promises";
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync } from "hyparquet";
import { MarginproofError } from "../../errors.js";
import { FatalRow, show } from "../badRows.js";
import { changed, sizeOfFile, unreadable } from "../byteSource.js";

/** Most bytes read at once: the footer, or a column of a row group as it is packed. */
const MAX_SLICE = 512 * 1024 * 1024;

/** A Parquet file open for reading, its footer read. */
export interface ParquetFile {
  readonly path: string;
  readonly size: number;
  readonly bytes: AsyncBuffer;
  readonly metadata: FileMetaData;
  close(): Promise<void>;
}

/** @throws MarginproofError ACCOUNTS_UNREADABLE, ACCOUNTS_PARQUET */
export async function openParquetFile(path: string): Promise<ParquetFile> {
  let handle: FileHandle | undefined;
  let size: number;
  try {
    handle = await open(path, "r");
    size = await sizeOfFile(handle);
  } catch (cause) {
    await handle?.close();
    throw unreadable(path, cause);
  }
  const own = handle;
  const bytes = sliced(own, size, path);
  try {
    const metadata = await parquetMetadataAsync(bytes, { geoparquet: false });
    return { path, size, bytes, metadata, close: () => own.close() };
  } catch (cause) {
    await own.close();
    throw readFault(path, cause);
  }
}

/** What was thrown while the file was read, in the exchange's words. */
export function readFault(path: string, cause: unknown): unknown {
  if (cause instanceof MarginproofError || cause instanceof FatalRow) return cause;
  if (cause instanceof Error && "syscall" in cause) return unreadable(path, cause);
  const said = cause instanceof Error ? show(cause.message) : "no reason given";
  return new MarginproofError(
    "ACCOUNTS_PARQUET",
    `${show(path)} is damaged, or Parquet of a kind that isn't read: ${said}`,
    {
      kind: "usage",
      hint: "Write it again, unpacked or with snappy, gzip, zstd or brotli, in row groups of about a million rows.",
      cause,
    },
  );
}

/** Pieces of a file, none beyond its end or of unbounded size. */
function sliced(handle: FileHandle, size: number, path: string): AsyncBuffer {
  return {
    byteLength: size,
    async slice(start, end = size) {
      const length = end - start;
      if (!(start >= 0 && length >= 0 && end <= size)) throw new Error("it points beyond its end");
      if (length > MAX_SLICE) throw new Error(`it has a piece of ${length} bytes, above ${MAX_SLICE}`);
      const piece = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await handle.read(piece, done, length - done, start + done);
        if (bytesRead === 0) throw changed(path);
        done += bytesRead;
      }
      return piece.buffer;
    },
  };
}
