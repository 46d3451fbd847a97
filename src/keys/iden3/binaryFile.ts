import { type FileHandle, open } from "node:fs/promises";
import { MarginproofError } from "../../errors.js";
import { PUBLIC_FILE, writeWhole } from "../../files/files.js";

/** Where one section of an iden3 binary file (`r1cs`, `wtns`, `zkey`) lies, in bytes. */
export interface Section {
  readonly position: number;
  readonly size: number;
}

/** An open iden3 binary file: magic, version, then numbered sections of known length. */
export class BinaryFile {
  private constructor(
    readonly path: string,
    readonly version: number,
    private readonly sections: ReadonlyMap<number, Section>,
    private readonly handle: FileHandle,
  ) {}

  /** @throws MarginproofError `FILE_FORMAT` for another magic, a repeated section or a truncated file. */
  static async open(path: string, magic: string): Promise<BinaryFile> {
    const handle = await open(path, "r").catch((cause) => {
      throw new MarginproofError("FILE_UNREADABLE", `cannot open ${path}`, {
        hint: `Check the path of the .${magic} file.`,
        kind: "io",
        cause,
      });
    });
    try {
      const fileSize = (await handle.stat()).size;
      const head = await readAt(handle, 0, 12, path);
      if (head.toString("latin1", 0, 4) !== magic) throw formatError(path, `is not a ${magic} file`);
      const sections = new Map<number, Section>();
      let position = 12;
      for (let i = 0; i < head.readUInt32LE(8); i++) {
        const entry = await readAt(handle, position, 12, path);
        const id = entry.readUInt32LE(0);
        const size = Number(entry.readBigUInt64LE(4));
        if (sections.has(id)) throw formatError(path, `repeats section ${id}`);
        position += 12;
        if (position + size > fileSize) throw formatError(path, "is truncated");
        sections.set(id, { position, size });
        position += size;
      }
      return new BinaryFile(path, head.readUInt32LE(4), sections, handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** @throws MarginproofError `FILE_FORMAT` when the section is missing. */
  section(id: number): Section {
    const found = this.sections.get(id);
    if (found === undefined) throw formatError(this.path, `has no section ${id}`);
    return found;
  }

  has(id: number): boolean {
    return this.sections.has(id);
  }

  /** Reads `into.length` bytes of a section from `offset`. */
  async readInto(id: number, offset: number, into: Uint8Array): Promise<void> {
    const section = this.section(id);
    if (offset + into.length > section.size) throw formatError(this.path, `section ${id} is too short`);
    await fill(this.handle, into, section.position + offset, this.path);
  }

  async read(id: number): Promise<Buffer> {
    const bytes = Buffer.alloc(this.section(id).size);
    await this.readInto(id, 0, bytes);
    return bytes;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/** Writes an iden3 binary file: whole or absent. @throws MarginproofError DISK_FULL, FILE_REFUSED */
export async function writeBinaryFile(
  path: string,
  magic: string,
  version: number,
  sections: readonly { readonly id: number; readonly parts: readonly Uint8Array[] }[],
): Promise<void> {
  const write = async (handle: FileHandle): Promise<void> => {
    const head = Buffer.alloc(12);
    head.write(magic, 0, "latin1");
    head.writeUInt32LE(version, 4);
    head.writeUInt32LE(sections.length, 8);
    await writeAll(handle, head);
    for (const { id, parts } of sections) {
      const entry = Buffer.alloc(12);
      entry.writeUInt32LE(id, 0);
      entry.writeBigUInt64LE(BigInt(parts.reduce((sum, part) => sum + part.length, 0)), 4);
      await writeAll(handle, entry);
      for (const part of parts) await writeAll(handle, part);
    }
  };
  await writeWhole(path, write, PUBLIC_FILE);
}

export function formatError(path: string, what: string): MarginproofError {
  return new MarginproofError("FILE_FORMAT", `${path} ${what}`, {
    hint: "It is of another kind, or was cut short: download or make it again; in a keys folder, run marginproof setup again.",
    kind: "io",
  });
}

// One read or write call moves less than 2 GiB; sections of large keys are longer.
const STEP = 1 << 28;

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, at, Math.min(STEP, bytes.length - at));
    at += bytesWritten;
  }
}

async function readAt(handle: FileHandle, position: number, size: number, path: string): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  await fill(handle, bytes, position, path);
  return bytes;
}

async function fill(handle: FileHandle, into: Uint8Array, position: number, path: string): Promise<void> {
  let at = 0;
  while (at < into.length) {
    const { bytesRead } = await handle.read(into, at, Math.min(STEP, into.length - at), position + at);
    if (bytesRead === 0) throw formatError(path, "is truncated");
    at += bytesRead;
  }
}
