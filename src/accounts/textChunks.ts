import { isUtf8 } from "node:buffer";
import { FatalRow } from "./badRows.js";

/** Longest line of an accounts file, bytes: far above any valid row. */
export const MAX_LINE_BYTES = 8192;

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** Bytes at the end of `buffer` that begin a UTF-8 character not yet complete: 0 to 3. */
function incompleteTail(buffer: Buffer): number {
  for (let back = 1; back <= 3 && back <= buffer.length; back++) {
    const byte = buffer[buffer.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

/** Follows the lines of a text piece by piece. */
class LineGuard {
  #line = 1;
  /** Bytes of the current line in earlier pieces. */
  #begun = 0;

  /** Takes the next piece. At a fault returns how many bytes are whole good lines before it, and the fault. */
  take(piece: Buffer): { good: number; fault: FatalRow } | undefined {
    const encoded = isUtf8(piece);
    let start = 0;
    for (;;) {
      const feed = piece.indexOf(10, start);
      const end = feed < 0 ? piece.length : feed;
      const long = this.#begun + end - start > MAX_LINE_BYTES;
      if (long || (!encoded && !isUtf8(piece.subarray(start, end)))) {
        const fault = new FatalRow({
          line: this.#line,
          reason: long ? `is longer than ${MAX_LINE_BYTES} bytes` : "is not valid UTF-8",
          hint: long ? "Check the line endings and quotes of the file." : "Export the file as UTF-8.",
        });
        return { good: start, fault };
      }
      this.#begun = feed < 0 ? this.#begun + end - start : 0;
      if (feed < 0) return undefined;
      this.#line++;
      start = feed + 1;
    }
  }
}

/**
 * Cuts a byte stream at character boundaries and drops a leading byte-order mark.
 * Invalid UTF-8 or an over-long line ends it with FatalRow, after the whole lines before.
 */
export async function* textChunks(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const guard = new LineGuard();
  let carry: Buffer = Buffer.alloc(0);
  let started = false;

  function* checked(piece: Buffer): Generator<Buffer> {
    const stop = guard.take(piece);
    const good = stop === undefined ? piece : piece.subarray(0, stop.good);
    if (good.length > 0) yield good;
    if (stop !== undefined) throw stop.fault;
  }

  for await (const chunk of input) {
    let buffer = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    if (!started) {
      if (buffer.length < BOM.length) {
        carry = buffer;
        continue;
      }
      started = true;
      if (buffer.subarray(0, BOM.length).equals(BOM)) buffer = buffer.subarray(BOM.length);
    }
    const cut = buffer.length - incompleteTail(buffer);
    carry = Buffer.from(buffer.subarray(cut));
    yield* checked(buffer.subarray(0, cut));
  }
  yield* checked(carry);
}
