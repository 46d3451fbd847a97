import { FIELD_ORDER } from "../../field/order.js";
import { BinaryFile, formatError, writeBinaryFile } from "./binaryFile.js";
import { readLittleEndian, SCALAR_BYTES, writeLittleEndian } from "./fieldBytes.js";

/**
 * Reads a `.wtns` file, version 2: one value per wire.
 * @throws MarginproofError `FILE_FORMAT` for another field, a wrong length or a value not below the prime.
 */
export async function readWitness(path: string): Promise<bigint[]> {
  const file = await BinaryFile.open(path, "wtns");
  try {
    const header = await file.read(1);
    if (file.version !== 2 || header.length !== 40 || readLittleEndian(header, 4) !== FIELD_ORDER)
      throw formatError(path, "is not a version 2 witness over the BN254 scalar field");
    const count = header.readUInt32LE(36);
    const values = await file.read(2);
    if (values.length !== count * SCALAR_BYTES) throw formatError(path, "has another length than its header");
    return Array.from({ length: count }, (_, wire) => {
      const value = readLittleEndian(values, wire * SCALAR_BYTES);
      if (value >= FIELD_ORDER) throw formatError(path, `has a value outside the field at wire ${wire}`);
      return value;
    });
  } finally {
    await file.close();
  }
}

/** Writes a `.wtns` file, version 2. @throws RangeError for a value outside the field. */
export async function writeWitness(path: string, witness: readonly bigint[]): Promise<void> {
  const { header, values } = encodeWitness(witness);
  await writeBinaryFile(path, "wtns", 2, [
    { id: 1, parts: [header] },
    { id: 2, parts: [values] },
  ]);
}

/** A whole `.wtns` file of wires that are bytes already: 32 canonical little-endian ones each. */
export function encodeWires(wires: Uint8Array): Uint8Array {
  const head = Buffer.alloc(12 + 12 + 40 + 12);
  head.write("wtns", 0, "latin1");
  head.writeUInt32LE(2, 4);
  head.writeUInt32LE(2, 8);
  head.writeUInt32LE(1, 12);
  head.writeBigUInt64LE(40n, 16);
  witnessHeader(wires.length / SCALAR_BYTES).copy(head, 24);
  head.writeUInt32LE(2, 64);
  head.writeBigUInt64LE(BigInt(wires.length), 68);
  return Buffer.concat([head, wires]);
}

function witnessHeader(wireCount: number): Buffer {
  const header = Buffer.alloc(40);
  header.writeUInt32LE(SCALAR_BYTES, 0);
  writeLittleEndian(FIELD_ORDER, header, 4);
  header.writeUInt32LE(wireCount, 36);
  return header;
}

/** The two sections of a `.wtns` file. @throws RangeError for a value outside the field. */
function encodeWitness(witness: readonly bigint[]): { header: Uint8Array; values: Uint8Array } {
  const header = witnessHeader(witness.length);
  const values = new Uint8Array(witness.length * SCALAR_BYTES);
  witness.forEach((value, wire) => {
    if (value < 0n || value >= FIELD_ORDER)
      throw new RangeError(`value of wire ${wire} is outside the field`);
    writeLittleEndian(value, values, wire * SCALAR_BYTES);
  });
  return { header, values };
}
