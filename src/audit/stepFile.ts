import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { BUNDLE_FILE_LIMIT } from "../protocol/fileLimits.js";
import { parseStep } from "../verifier/bundle.js";
import { MAX_STEP_LINE, MAX_STEPS, parseStepLine } from "../verifier/bundleTexts.js";
import { invalidBundle } from "../verifier/invalidBundle.js";

const CHUNK = 1 << 20;
const NEWLINE = 10;

/**
 * The lines of a `steps.ndjson`, read again each time they are asked for. Refuses whatever a reader of the whole file may refuse, and more:
 * a no is no verdict, only a yes counts.
 */
export class StepFile {
  private readonly file: number;

  /** @throws MarginproofError STEP_INVALID for what is no plain file, or too long; the system's errors */
  constructor(path: string) {
    // No link is followed, and opening a pipe must not wait for somebody to write to it.
    this.file = openSync(
      path,
      constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0),
    );
    const found = fstatSync(this.file);
    if (!found.isFile() || found.size > BUNDLE_FILE_LIMIT) {
      this.close();
      throw refused("no plain file of the size of one");
    }
  }

  close(): void {
    closeSync(this.file);
  }

  /** How many there are. @throws MarginproofError STEP_INVALID */
  count(): number {
    let count = 0;
    for (const _ of this.lines()) count++;
    return count;
  }

  /** The commitments that the steps end in. @throws MarginproofError STEP_INVALID, and what parsers of lines throw */
  states(): bigint[] {
    const states: bigint[] = [];
    for (const line of this.lines()) {
      const number = states.length + 1;
      states.push(parseStep(parseStepLine(line, number), number, () => undefined).stateOut);
    }
    return states;
  }

  /** Their texts. @throws MarginproofError STEP_INVALID */
  *lines(): Generator<string> {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    let [at, lines] = [0, 0];
    let rest: Uint8Array = new Uint8Array();
    for (;;) {
      const chunk = this.chunk(at);
      at += chunk.length;
      const bytes = Buffer.concat([rest, chunk]);
      let start = 0;
      for (let end = ends(bytes, start, chunk); end >= 0; end = ends(bytes, start, chunk)) {
        if (end - start > MAX_STEP_LINE || ++lines > MAX_STEPS) throw refused("too long");
        yield decode(decoder, bytes.subarray(start, end));
        start = end + 1;
      }
      if (chunk.length === 0) return;
      rest = bytes.subarray(start);
      if (rest.length > MAX_STEP_LINE) throw refused("too long");
    }
  }

  private chunk(at: number): Uint8Array {
    const chunk = new Uint8Array(CHUNK);
    try {
      return chunk.subarray(0, readSync(this.file, chunk, 0, CHUNK, at));
    } catch {
      throw refused("not readable");
    }
  }
}

/** Where the line that begins at `start` ends; the last one may end with the file. */
function ends(bytes: Uint8Array, start: number, chunk: Uint8Array): number {
  const found = bytes.indexOf(NEWLINE, start);
  return found < 0 && chunk.length === 0 && start < bytes.length ? bytes.length : found;
}

function decode(decoder: TextDecoder, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw refused("no UTF-8");
  }
}

const refused = (why: string) => invalidBundle("STEP_INVALID", `steps.ndjson is ${why}`);
