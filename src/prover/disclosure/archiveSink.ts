import { open } from "node:fs/promises";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { MarginproofError } from "../../errors.js";
import { PRIVATE_FILE } from "../../files/files.js";
import { naming } from "../../files/systemError.js";
import { TAR_END, tarEntry } from "../../files/tar.js";
import type { HolderText } from "./everyFile.js";
import { type File, foreign, type Mark, partOf, type Sink } from "./part.js";

/** Packs one piece; pieces one after the other are a whole of the same kind, so that an archive can be gone on with. */
type Packer = (bytes: Uint8Array) => Promise<Uint8Array>;

const gzip: (bytes: Uint8Array, options: zlib.ZlibOptions) => Promise<Uint8Array> = promisify(zlib.gzip);

/**
 * How an output of this name is packed; undefined: a folder.
 * @throws MarginproofError DISCLOSE_FLAGS
 */
export function packerFor(out: string): Packer | undefined {
  if (out.endsWith(".tar")) return async (bytes) => bytes;
  // Most of a file is digests, which hardly pack: the quickest does as well as any.
  if (/\.(tar\.gz|tgz)$/.test(out)) return (bytes) => gzip(bytes, { level: 1 });
  if (!out.endsWith(".tar.zst")) return undefined;
  const { zstdCompress } = zlib as { zstdCompress?: (bytes: Uint8Array, done: Done) => void };
  if (zstdCompress !== undefined) return promisify(zstdCompress);
  throw new MarginproofError("DISCLOSE_FLAGS", "this version of Node does not pack zstd", {
    kind: "usage",
    hint: "Give an --out that ends in .tar.gz or .tar, or use Node 22.15 or later.",
  });
}

type Done = (error: Error | null, packed: Uint8Array) => void;

/** A tar archive, packed or not. The same epoch makes the same archive, gone on with or not. */
export class ArchiveSink implements Sink {
  private constructor(
    private readonly path: string,
    private readonly file: File,
    private readonly pack: Packer,
    private bytes: number,
    private readonly seconds: number,
  ) {}

  /** @param seconds the epoch's time: that of every file in it; @throws MarginproofError DISCLOSE_PART */
  static async open(out: string, pack: Packer, { bytes }: Mark, seconds: number): Promise<ArchiveSink> {
    const path = partOf(out);
    return naming(path, async () => {
      const file = await open(path, bytes === 0 ? "w" : "r+", PRIVATE_FILE).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") throw foreign(out, "it is gone");
        throw error;
      });
      if ((await file.stat()).size < bytes) {
        await file.close();
        throw foreign(out, "it is shorter than it was");
      }
      // What came after the last mark may be half.
      await file.truncate(bytes);
      return new ArchiveSink(path, file, pack, bytes, seconds);
    });
  }

  async add(files: readonly HolderText[]): Promise<number> {
    const entries = files.map(({ name, text }) =>
      tarEntry(name, Buffer.from(text), PRIVATE_FILE, this.seconds),
    );
    await this.append(Buffer.concat(entries));
    return this.bytes;
  }

  async end(): Promise<void> {
    await this.append(TAR_END);
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private async append(piece: Uint8Array): Promise<void> {
    const packed = await this.pack(piece);
    await naming(this.path, async () => {
      for (let at = 0; at < packed.length; ) {
        at += (await this.file.write(packed, at, packed.length - at, this.bytes + at)).bytesWritten;
      }
      await this.file.datasync();
    });
    this.bytes += packed.length;
  }
}
