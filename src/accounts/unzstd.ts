import { Decompress } from "fzstd";
import xxhash, { type XXHash } from "xxhash-wasm";
import { ByteQueue } from "./byteQueue.js";
import { frameHeader, MAX_FRAME_HEADER, ZSTD_MAGIC, ZstdFault, zstdDamage } from "./zstdFrame.js";

const SKIPPABLE = 0x184d2a50;
const RUN_BLOCK = 1;
const RESERVED_BLOCK = 3;
const MAX_BLOCK = 128 * 1024;

/**
 * Unpacks zstd (RFC 8878): any number of frames. fzstd unpacks blocks, and looks at no checksum; the walk over frames here does, and bounds the window,
 * so that a damaged digit is never taken for another. Memory: the window and a block.
 * @throws ZstdFault while iterating
 */
export async function* unzstd(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const bytes = new ByteQueue(input);
  const { create64 } = await xxhash();
  let frames = 0;
  do {
    const head = await bytes.peek(MAX_FRAME_HEADER);
    if (head.length < 4) throw zstdDamage();
    const magic = head.readUInt32LE();
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
      const size = (await take(bytes, 8)).readUInt32LE(4);
      if (!(await bytes.skip(size))) throw zstdDamage();
      continue;
    }
    if (magic !== ZSTD_MAGIC)
      throw frames === 0 ? zstdDamage() : new ZstdFault("has data after the end of its zstd frames");
    frames++;
    yield* unpackFrame(bytes, head, create64());
  } while (!(await bytes.ended()));
  if (frames === 0) throw zstdDamage();
}

async function take(bytes: ByteQueue, count: number): Promise<Buffer> {
  const taken = await bytes.take(count);
  if (taken === undefined) throw zstdDamage();
  return taken;
}

async function* unpackFrame(bytes: ByteQueue, head: Buffer, hash: XXHash<bigint>): AsyncGenerator<Buffer> {
  const header = frameHeader(head);
  const out: Buffer[] = [];
  const decoder = new Decompress((piece) => void out.push(Buffer.from(piece)));
  push(decoder, await take(bytes, header.length), false);
  let size = 0n;
  for (let last = false; !last; ) {
    const blockHead = await take(bytes, 3);
    const word = blockHead.readUIntLE(0, 3);
    last = (word & 1) !== 0;
    const kind = (word >> 1) & 3;
    const length = word >>> 3;
    if (kind === RESERVED_BLOCK || length > MAX_BLOCK) throw zstdDamage();
    push(decoder, Buffer.concat([blockHead, await take(bytes, kind === RUN_BLOCK ? 1 : length)]), false);
    const checksum = await take(bytes, last && header.checksum ? 4 : 0);
    if (last) push(decoder, checksum, true);
    for (const piece of out.splice(0)) {
      size += BigInt(piece.length);
      hash.update(piece);
      if (piece.length > 0) yield piece;
    }
    if (last && header.checksum && checksum.readUInt32LE() !== Number(hash.digest() & 0xffffffffn))
      throw zstdDamage();
  }
  if (header.size !== undefined && header.size !== size) throw zstdDamage();
}

function push(decoder: Decompress, bytes: Buffer, final: boolean): void {
  try {
    decoder.push(bytes, final);
  } catch {
    throw zstdDamage();
  }
}
