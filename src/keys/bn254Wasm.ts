import { createRequire } from "node:module";

/** A function of the curve module; every argument is a byte address in its memory or a count. */
type Op = (...args: number[]) => number;

/**
 * One private instance of the BN254 WebAssembly of `wasmcurves`, called by address: field elements are
 * 32 bytes in Montgomery form, affine points two coordinates, Jacobian points three. Single-threaded and
 * synchronous; it owns its memory, so one instance belongs to one worker.
 */
export class Bn254Wasm {
  readonly op: Readonly<Record<string, Op>>;
  readonly g1Generator: number;
  readonly g2Generator: number;

  /** @param memory at least 25 pages, the first of which the module fills with its constants */
  constructor(private readonly memory = new WebAssembly.Memory({ initial: 25 })) {
    const compiled = compiledModule();
    const instance = new WebAssembly.Instance(compiled.module, { env: { memory: this.memory } });
    this.op = instance.exports as Record<string, Op>;
    this.g1Generator = compiled.g1Generator;
    this.g2Generator = compiled.g2Generator;
  }

  /** Reserves bytes for good. Grows memory, so views taken before no longer hold: use `bytes()` afresh. */
  reserve(size: number): number {
    const at = this.mark();
    const end = at + Math.ceil(size / 8) * 8;
    this.makeRoom(end);
    this.release(end);
    return at;
  }

  /** Makes sure that the module's own scratch (bucket tables, batch inversions) has `size` bytes. */
  ensureScratch(size: number): void {
    this.makeRoom(this.mark() + size);
  }

  /** The first free address; give it to `release` to drop everything reserved since. */
  mark(): number {
    return new Uint32Array(this.memory.buffer, 0, 1)[0]!;
  }

  release(mark: number): void {
    new Uint32Array(this.memory.buffer, 0, 1)[0] = mark;
  }

  bytes(at: number, size: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, size);
  }

  words(at: number, count: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, at, count);
  }

  /** Copies bytes in at a reserved place and returns its address. */
  put(data: Uint8Array): number {
    const at = this.reserve(data.length);
    this.bytes(at, data.length).set(data);
    return at;
  }

  get memoryBytes(): number {
    return this.memory.buffer.byteLength;
  }

  private makeRoom(end: number): void {
    const missing = end - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / 65536));
  }
}

interface Compiled {
  readonly module: WebAssembly.Module;
  readonly g1Generator: number;
  readonly g2Generator: number;
}

let compiled: Compiled | undefined;

function compiledModule(): Compiled {
  if (compiled === undefined) {
    // CommonJS without types: the shape is that of wasmcurves 0.2.
    const source = createRequire(import.meta.url)("wasmcurves/build/bn128_wasm.js") as {
      readonly code: string;
      readonly pG1gen: number;
      readonly pG2gen: number;
    };
    compiled = {
      module: new WebAssembly.Module(Buffer.from(source.code, "base64")),
      g1Generator: source.pG1gen,
      g2Generator: source.pG2gen,
    };
  }
  return compiled;
}
