import xxhash from "xxhash-wasm";

/** A zstd frame (RFC 8878) of blocks that are not compressed, with a checksum: as good as any to who reads it. */
export async function zstdOf(text: string | Buffer, window = 0x58): Promise<Buffer> {
  const data = Buffer.from(text);
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x04, window])];
  for (let at = 0; at === 0 || at < data.length; at += 65_536) {
    const block = data.subarray(at, at + 65_536);
    const last = at + 65_536 >= data.length ? 1 : 0;
    const head = Buffer.alloc(3);
    head.writeUIntLE((block.length << 3) | last, 0, 3);
    parts.push(head, block);
  }
  const checksum = Buffer.alloc(4);
  const { create64 } = await xxhash();
  checksum.writeUInt32LE(Number(create64().update(data).digest() & 0xffffffffn));
  return Buffer.concat([...parts, checksum]);
}
