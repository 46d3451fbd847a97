import type { ProofJson } from "../../verifier/groth16/proof.js";

/** What to prove, as the process takes it. */
export interface NativeTask {
  /** Absolute. */
  readonly zkeyPath: string;
  /** Blinding, each 32 little-endian bytes, canonical and never used before. */
  readonly r: Uint8Array;
  readonly s: Uint8Array;
  readonly wires: Uint8Array;
}

export interface NativeProof {
  readonly proof: ProofJson;
  /** Memory the process has from the system. */
  readonly heldBytes: number;
}

/** What the process says first: its protocol, in native/frames.go. */
export const GREETING = "marginproof-prover/1";

const DONE = 0;
/** The key can't be read, or is none. */
export const REFUSED_KEY = 1;

const PROOF_BYTES = 264;
/** Longer than any answer: what is, is not from such a process. */
const MAX_ANSWER = 65_536;

/** A request in parts, so that the wires are not copied. */
export function encodeRequest(id: number, { zkeyPath, r, s, wires }: NativeTask): Uint8Array[] {
  const path = Buffer.from(zkeyPath);
  const head = Buffer.alloc(10);
  head.writeUInt32LE(6 + path.length + r.length + s.length + wires.length, 0);
  head.writeUInt32LE(id, 4);
  head.writeUInt16LE(path.length, 8);
  return [Buffer.concat([head, path, r, s]), wires];
}

/** One answer of the process. */
export class Answer {
  constructor(
    readonly id: number,
    readonly status: number,
    private readonly body: Buffer,
  ) {}

  /** For an error: whatever it is, it draws nothing on a screen but letters. */
  text(): string {
    return readable(this.body.toString());
  }

  /** Undefined for an answer that is no proof. Whether its points are any is for the verifier to say. */
  proof(): NativeProof | undefined {
    if (this.status !== DONE || this.body.length !== PROOF_BYTES) return undefined;
    const [ax, ay, bx0, bx1, by0, by1, cx, cy] = Array.from(
      { length: 8 },
      (_, i) => `0x${this.body.toString("hex", 32 * i, 32 * i + 32)}`,
    ) as [string, string, string, string, string, string, string, string];
    const proof: ProofJson = {
      ...{ a: [ax, ay] },
      b: [
        [bx0, bx1],
        [by0, by1],
      ],
      c: [cx, cy],
    };
    return { proof, heldBytes: Number(this.body.readBigUInt64LE(256)) };
  }
}

/** The beginning of what another program says, as plain letters. */
export const readable = (text: string): string => text.slice(0, 300).replace(/[^ -~]+/g, "?");

/** Puts answers together from what the pipe brings. */
export class Answers {
  private held = Buffer.alloc(0);

  /** The answers that are whole now; undefined, as the last, for what is none. */
  add(bytes: Buffer): (Answer | undefined)[] {
    this.held = Buffer.concat([this.held, bytes]);
    const whole: (Answer | undefined)[] = [];
    while (this.held.length >= 4) {
      const length = this.held.readUInt32LE(0);
      if (length < 5 || length > MAX_ANSWER) return [...whole, undefined];
      if (this.held.length < 4 + length) break;
      const frame = this.held.subarray(4, 4 + length);
      whole.push(new Answer(frame.readUInt32LE(0), frame[4]!, frame.subarray(5)));
      this.held = this.held.subarray(4 + length);
    }
    return whole;
  }
}
