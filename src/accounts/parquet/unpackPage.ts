import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { Decompress } from "fzstd";
import { type Compressors, snappyUncompress } from "hyparquet";
import { frameHeader } from "../zstdFrame.js";

/** Largest page, unpacked, bytes: what writers make is about a megabyte. */
const MAX_PAGE = 64 * 1024 * 1024;

type Unpack = (page: Uint8Array, size: number) => Uint8Array;

/** @throws Error when it unpacks to another size than its header says */
function bounded(unpack: Unpack): Unpack {
  return (page, size) => {
    if (!(size >= 0 && size <= MAX_PAGE)) throw new Error(`a page of ${size} bytes, above ${MAX_PAGE}`);
    return unpack(page, size);
  };
}

/** Unpacks pages by their codec, none into more than its header says and a page may have. */
export const UNPACK: Compressors = {
  SNAPPY: bounded((page, size) => {
    const out = new Uint8Array(size);
    snappyUncompress(page, out);
    return out;
  }),
  GZIP: bounded((page, size) => gunzipSync(page, { maxOutputLength: Math.max(1, size) })),
  BROTLI: bounded((page, size) => brotliDecompressSync(page, { maxOutputLength: Math.max(1, size) })),
  ZSTD: bounded((page, size) => unzstdPage(page, size)),
};

function unzstdPage(page: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  if (size === 0) return out;
  frameHeader(Buffer.from(page.buffer, page.byteOffset, page.length));
  let filled = 0;
  const decoder = new Decompress((piece) => {
    if (filled + piece.length > size) throw new Error("a page that is longer than its header says");
    out.set(piece, filled);
    filled += piece.length;
  });
  decoder.push(page, true);
  return out.subarray(0, filled);
}
