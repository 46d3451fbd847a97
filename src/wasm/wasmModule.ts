/** A small WebAssembly assembler: as much of the binary format as the kernels use. */

export const I32 = 0x7f;
export const I64 = 0x7e;
export const V128 = 0x7b;
export type ValueType = typeof I32 | typeof I64 | typeof V128;

function unsignedLeb(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  for (; value < -0x40 || value >= 0x40; value >>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value & 0x7f];
}

/** A local variable of the function under construction. */
export interface Local {
  readonly index: number;
}

/**
 * One function: locals are declared as they come. The methods append instructions and return the builder.
 */
export class FunctionBuilder {
  readonly #bytes: number[] = [];
  readonly #locals: ValueType[] = [];

  readonly parameterTypes: readonly ValueType[];

  /** @param parameters their types, or how many they are if all are i32 */
  constructor(
    parameters: number | readonly ValueType[],
    readonly results: readonly ValueType[] = [],
  ) {
    this.parameterTypes =
      typeof parameters === "number" ? new Array<ValueType>(parameters).fill(I32) : parameters;
  }

  get parameters(): number {
    return this.parameterTypes.length;
  }

  parameter(index: number): Local {
    return { index };
  }

  /** All parameters in order. */
  all(): Local[] {
    return Array.from({ length: this.parameters }, (_, index) => ({ index }));
  }

  local(type: ValueType): Local {
    this.#locals.push(type);
    return { index: this.parameters + this.#locals.length - 1 };
  }

  locals(type: ValueType, count: number): Local[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  /** Raw instruction bytes. */
  op(...bytes: number[]): this {
    this.#bytes.push(...bytes);
    return this;
  }

  /** A SIMD instruction by its number, with immediates. */
  simd(instruction: number, ...immediates: number[]): this {
    return this.op(0xfd, ...unsignedLeb(instruction), ...immediates);
  }

  /** The memory immediate of loads and stores, with an alignment hint of none. */
  static memory(offset: number): number[] {
    return [0, ...unsignedLeb(offset)];
  }

  get(local: Local): this {
    return this.op(0x20, ...unsignedLeb(local.index));
  }

  set(local: Local): this {
    return this.op(0x21, ...unsignedLeb(local.index));
  }

  tee(local: Local): this {
    return this.op(0x22, ...unsignedLeb(local.index));
  }

  /** Pushes a global of the module. */
  global(index: number): this {
    return this.op(0x23, ...unsignedLeb(index));
  }

  /** Pushes a constant of 32 signed bits. */
  i32(value: number): this {
    return this.op(0x41, ...signedLeb(value));
  }

  /** Pushes a 64-bit constant that fits 32 signed bits. */
  i64(value: number): this {
    return this.op(0x42, ...signedLeb(value));
  }

  /** local += value, a constant or another local (i32). */
  increment(local: Local, value: number | Local): this {
    this.get(local);
    if (typeof value === "number") this.i32(value);
    else this.get(value);
    return this.op(0x6a).set(local);
  }

  call(functionIndex: number): this {
    return this.op(0x10, ...unsignedLeb(functionIndex));
  }

  /** Runs `body` `count` times (at least once), counting the local down to 0. */
  countDown(count: Local, body: () => void): this {
    this.op(0x03, 0x40);
    body();
    this.increment(count, -1);
    return this.get(count).op(0x0d, 0, 0x0b);
  }

  /** Runs `body` when the i32 on the stack is not 0. */
  when(body: () => void): this {
    this.op(0x04, 0x40);
    body();
    return this.op(0x0b);
  }

  /** The code section's entry. */
  assemble(): number[] {
    const locals = this.#locals.flatMap((type) => [1, type]);
    const body = [...unsignedLeb(this.#locals.length), ...locals, ...this.#bytes, 0x0b];
    return [...unsignedLeb(body.length), ...body];
  }
}

/** A module with one memory exported as `memory`, and the named functions and variables (i32, 0 at first) exported. */
export function assembleModule(
  functions: readonly FunctionBuilder[],
  exported: Readonly<Record<string, number>>,
  memoryPages: number,
  variables: readonly string[] = [],
): Uint8Array<ArrayBuffer> {
  const section = (id: number, entries: readonly (readonly number[])[]): number[] => {
    const content = [...unsignedLeb(entries.length), ...entries.flat()];
    return [id, ...unsignedLeb(content.length), ...content];
  };
  const name = (text: string): number[] => [...unsignedLeb(text.length), ...new TextEncoder().encode(text)];
  const signatures = functions.map(({ parameterTypes, results }) =>
    String([0x60, parameterTypes.length, ...parameterTypes, results.length, ...results]),
  );
  const types = [...new Set(signatures)];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(
      1,
      types.map((type) => type.split(",").map(Number)),
    ),
    ...section(
      3,
      signatures.map((signature) => [types.indexOf(signature)]),
    ),
    ...section(5, [[0, ...unsignedLeb(memoryPages)]]),
    ...section(
      6,
      variables.map(() => [I32, 1, 0x41, 0, 0x0b]),
    ),
    ...section(7, [
      [...name("memory"), 2, 0],
      ...Object.entries(exported).map(([text, index]) => [...name(text), 0, ...unsignedLeb(index)]),
      ...variables.map((text, index) => [...name(text), 3, ...unsignedLeb(index)]),
    ]),
    ...section(
      10,
      functions.map((f) => f.assemble()),
    ),
  ]);
}
