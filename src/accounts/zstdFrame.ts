/** Largest window, bytes: what the reference decoder takes by default, and `zstd --long` writes. */
const MAX_WINDOW = 128 * 1024 * 1024;

/** What is wrong with a zstd stream, as the end of a sentence. */
export class ZstdFault extends Error {}

export const zstdDamage = (): ZstdFault => new ZstdFault("is damaged or cut short");

export const ZSTD_MAGIC = 0xfd2fb528;

/** Longest header of a frame, its magic number in it, bytes. */
export const MAX_FRAME_HEADER = 18;

/** What a frame's header says (RFC 8878, 3.1.1.1). */
export interface FrameHeader {
  /** Of the header, its magic number in it, bytes. */
  readonly length: number;
  /** Whether four bytes of checksum follow its last block. */
  readonly checksum: boolean;
  /** Bytes that it unpacks to, where it says so. */
  readonly size: bigint | undefined;
}

/**
 * Reads a frame's header, whose magic number was looked at.
 * @param bytes that begin with it: MAX_FRAME_HEADER, or as many as there are
 * @throws ZstdFault cut short, a dictionary, a window above 128 MiB
 */
export function frameHeader(bytes: Buffer): FrameHeader {
  const flags = bytes[4];
  if (flags === undefined || (flags & 8) !== 0) throw zstdDamage();
  if ((flags & 3) !== 0) throw new ZstdFault("needs a zstd dictionary");
  const single = (flags & 32) !== 0;
  const sizeAt = single ? 5 : 6;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6]!;
  const length = sizeAt + sizeBytes;
  if (bytes.length < length) throw zstdDamage();
  const size = sizeBytes === 0 ? undefined : contentSize(bytes.subarray(sizeAt, length));
  const window = single ? Number(size) : windowOf(bytes[5]!);
  if (window > MAX_WINDOW) throw new ZstdFault(`needs a window of ${window} bytes, above ${MAX_WINDOW}`);
  return { length, checksum: (flags & 4) !== 0, size };
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** A content size of two bytes counts from 256. */
function contentSize(text: Buffer): bigint {
  if (text.length === 8) return text.readBigUInt64LE();
  return BigInt(text.readUIntLE(0, text.length)) + (text.length === 2 ? 256n : 0n);
}
