import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MarginproofError } from "../errors.js";
import { systemReason } from "../files/files.js";

/** Bytes of text waiting to be written, over all buckets, and the most of one. */
const WRITE_BUDGET = 16 * 1024 * 1024;
const MAX_PENDING = 256 * 1024;
/** Longest line, bytes. */
const MAX_SPOOL_LINE = 4096;
const READ_CHUNK = 1024 * 1024;

function spoolError(what: string, cause: unknown): MarginproofError {
  return new MarginproofError(
    "ACCOUNTS_SPOOL",
    `${what}${cause === undefined ? "" : `: ${systemReason(cause)}`}`,
    {
      kind: "io",
      hint: "Sorting accounts needs free disk space of about the accounts file's size; choose another directory.",
      cause,
    },
  );
}

/**
 * Line files for private intermediate data: files 0600 in a fresh directory 0700. Where the system allows
 * it they are unlinked as soon as they are open, so that not even a killed process leaves them behind.
 * Errors of every method: ACCOUNTS_SPOOL.
 */
export class Spool {
  readonly #directory: string;
  readonly #files: number[] = [];
  readonly #sizes: number[] = [];
  readonly #pending: Buffer[] = [];
  /** Bytes used of each pending buffer. */
  readonly #used: number[] = [];
  #closed = false;

  constructor(
    readonly buckets: number,
    parent: string = tmpdir(),
  ) {
    try {
      this.#directory = mkdtempSync(join(parent, "marginproof-"));
    } catch (cause) {
      throw spoolError(`can't create a directory in ${parent}`, cause);
    }
    try {
      for (let i = 0; i < buckets; i++) {
        this.#files.push(openSync(join(this.#directory, `${i}`), "wx+", 0o600));
        this.#sizes.push(0);
        this.#pending.push(Buffer.allocUnsafe(Math.min(MAX_PENDING, Math.floor(WRITE_BUDGET / buckets))));
        this.#used.push(0);
      }
    } catch (cause) {
      this.close();
      throw spoolError("can't create temporary files", cause);
    }
    this.#unlink();
  }

  /** The open files' descriptors, by bucket. */
  get descriptors(): readonly number[] {
    return this.#files;
  }

  /** Appends a line (without its line feed, holding none, at most MAX_SPOOL_LINE bytes) to a bucket. */
  append(bucket: number, line: string): void {
    const pending = this.#pending[bucket]!;
    if (pending.length - this.#used[bucket]! <= MAX_SPOOL_LINE) this.#flush(bucket);
    const end = this.#used[bucket]! + pending.write(line, this.#used[bucket]!, "utf8");
    pending[end] = 10;
    this.#used[bucket] = end + 1;
  }

  flush(): void {
    for (let i = 0; i < this.buckets; i++) this.#flush(i);
  }

  #flush(bucket: number): void {
    const bytes = this.#pending[bucket]!.subarray(0, this.#used[bucket]!);
    this.#used[bucket] = 0;
    try {
      for (let done = 0; done < bytes.length; ) {
        const written = writeSync(
          this.#files[bucket]!,
          bytes,
          done,
          bytes.length - done,
          this.#sizes[bucket]!,
        );
        done += written;
        this.#sizes[bucket]! += written;
      }
    } catch (cause) {
      throw spoolError("can't write temporary files", cause);
    }
  }

  /** The lines of a bucket, in the order appended, each a view only valid until the next. Call `flush` first. */
  *lines(bucket: number): Generator<Buffer> {
    let carry: Buffer = Buffer.alloc(0);
    for (let at = 0; at < this.#sizes[bucket]!; ) {
      const chunk = Buffer.allocUnsafe(READ_CHUNK);
      let count: number;
      if (this.#closed) throw spoolError("the accounts were closed while being read", undefined);
      try {
        count = readSync(this.#files[bucket]!, chunk, 0, READ_CHUNK, at);
      } catch (cause) {
        throw spoolError("can't read temporary files", cause);
      }
      if (count === 0) throw spoolError("temporary files were cut short", undefined);
      at += count;
      const data = Buffer.concat([carry, chunk.subarray(0, count)]);
      let start = 0;
      for (let feed = data.indexOf(10); feed >= 0; feed = data.indexOf(10, start)) {
        yield data.subarray(start, feed);
        start = feed + 1;
      }
      carry = data.subarray(start);
    }
  }

  #unlink(): void {
    try {
      rmSync(this.#directory, { recursive: true, force: true });
    } catch {
      // Not allowed while files are open on some systems; close() removes the directory there.
    }
  }

  /** Removes everything; may be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const file of this.#files) closeSync(file);
    this.#unlink();
  }
}
