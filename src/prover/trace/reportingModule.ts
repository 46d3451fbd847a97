import { bytesOfLeb, readLeb } from "./leb.js";

/** Operations on elements that a calculator's templates call, by circom's names; the number of each is its place. */
export const OPERATIONS = [
  ...["Fr_copy", "Fr_copyn", "Fr_add", "Fr_sub", "Fr_mul", "Fr_div", "Fr_neg", "Fr_inv"],
  ...["Fr_shr", "Fr_band", "Fr_eq", "Fr_neq", "Fr_eqR", "Fr_isTrue", "Fr_toInt"],
  ...["Fr_shl", "Fr_bor", "Fr_bxor", "Fr_bnot", "Fr_land", "Fr_lor", "Fr_lnot"],
  ...["Fr_lt", "Fr_gt", "Fr_leq", "Fr_geq", "Fr_idiv", "Fr_mod", "Fr_pow"],
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** The import that the reports go to: circom's own, which no calculator calls; here of four numbers. */
const REPORT_IMPORT = "showSharedRWMemory";

const I32 = 0x7f;
const [TYPES, IMPORTS, FUNCTIONS, MEMORIES, GLOBALS, CODE] = [1, 2, 3, 5, 6, 10];

interface Section {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/**
 * A circom calculator in which every operation on elements first reports its number and its operands' addresses, unless
 * another operation calls it; `Fr_isTrue` and `Fr_toInt` report their operand and what they found. It computes what it computed.
 *
 * @returns undefined for a module that is not laid out as circom 2.1 and 2.2 lay it out
 */
export function reportingModule(wasm: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const sections = readSections(wasm);
  const one = (id: number): Uint8Array | undefined => {
    const found = sections.filter((section) => section.id === id);
    return found.length === 1 ? found[0]!.bytes : undefined;
  };
  const [types, imports, functions, code] = [one(TYPES), one(IMPORTS), one(FUNCTIONS), one(CODE)];
  if (types === undefined || imports === undefined || functions === undefined || code === undefined) return;
  if (sections.some(({ id }) => id === GLOBALS)) return;
  const typeList = entries(types, skipType);
  const importList = entries(imports, skipImport);
  const report = importList.findIndex((entry) => importName(entry) === REPORT_IMPORT);
  const typeOf = entries(functions, (bytes, at) => readLeb(bytes, at).end);
  const bodies = entries(code, (bytes, at) => {
    const size = readLeb(bytes, at);
    return size.end + size.value;
  });
  const names = functionNames(sections);
  if (report < 0 || importList.some((entry) => kindOfImport(entry) !== 0) || names === undefined) return;

  const watched = OPERATIONS.flatMap((name, number) => {
    const own = (names.get(name) ?? -1) - importList.length;
    return typeOf[own] === undefined ? [] : [{ number, own }];
  });
  for (const [place, { number, own }] of watched.entries()) {
    const type = typeList[readLeb(typeOf[own]!, 0).value]!;
    const parameters = type[1]!;
    if (parameters > 3 || parameters < 1) return;
    const original = importList.length + typeOf.length + place;
    const body = wrapper({ number, original, report, parameters, result: type[2 + parameters] === 1 });
    // The original moves behind all others, so that no function's number changes.
    bodies.push(bodies[own]!);
    bodies[own] = Uint8Array.from([...bytesOfLeb(body.length), ...body]);
  }
  typeOf.push(...watched.map(({ own }) => typeOf[own]!));
  importList[report] = withType(importList[report]!, typeList.length);
  typeList.push(Uint8Array.from([0x60, 4, I32, I32, I32, I32, 0]));

  const rewritten = new Map([
    [TYPES, joined(typeList)],
    [IMPORTS, joined(importList)],
    [FUNCTIONS, joined(typeOf)],
    [CODE, joined(bodies)],
  ]);
  const inside = Uint8Array.from([1, I32, 1, 0x41, 0, 0x0b]);
  const all = sections.flatMap(({ id, bytes }): Section[] => [
    { id, bytes: rewritten.get(id) ?? bytes },
    ...(id === MEMORIES ? [{ id: GLOBALS, bytes: inside }] : []),
  ]);
  return concatenated([
    wasm.subarray(0, 8),
    ...all.flatMap(({ id, bytes }) => [Uint8Array.from([id, ...bytesOfLeb(bytes.length)]), bytes]),
  ]);
}

interface Wrapped {
  readonly number: number;
  readonly original: number;
  readonly report: number;
  readonly parameters: number;
  readonly result: boolean;
}

/** Global 0 is 1 inside an operation. */
function wrapper({ number, original, report, parameters, result }: Wrapped): number[] {
  const get = (local: number) => [0x20, local];
  const operands = Array.from({ length: parameters }, (_, i) => get(i)).flat();
  const callOriginal = [...operands, 0x10, ...bytesOfLeb(original)];
  const inside = (value: number) => [0x41, value, 0x24, 0];
  const padding = new Array(3 - parameters).fill([0x41, 0]).flat();
  const kept = parameters;
  const tell = (rest: readonly number[]) => [0x41, number, ...rest, 0x10, ...bytesOfLeb(report)];
  return [
    ...(result ? [1, 1, I32] : [0]),
    ...[0x23, 0, 0x04, result ? I32 : 0x40],
    ...callOriginal,
    0x05,
    ...(result
      ? [
          ...inside(1),
          ...callOriginal,
          ...[0x21, kept],
          ...inside(0),
          // One operand and the result, or as many operands as it has.
          ...tell(parameters === 1 ? [...operands, ...get(kept), 0x41, 0] : [...operands, ...padding]),
          ...get(kept),
        ]
      : [...tell([...operands, ...padding]), ...inside(1), ...callOriginal, ...inside(0)]),
    ...[0x0b, 0x0b],
  ];
}

function readSections(wasm: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let at = 8; at < wasm.length; ) {
    const size = readLeb(wasm, at + 1);
    sections.push({ id: wasm[at]!, bytes: wasm.subarray(size.end, size.end + size.value) });
    at = size.end + size.value;
  }
  return sections;
}

/** The entries of a section that is a vector; `skip` gives where the entry at a place ends. */
function entries(bytes: Uint8Array, skip: (bytes: Uint8Array, at: number) => number): Uint8Array[] {
  const count = readLeb(bytes, 0);
  let at = count.end;
  return Array.from({ length: count.value }, () => {
    const start = at;
    at = skip(bytes, at);
    return bytes.subarray(start, at);
  });
}

function skipType(bytes: Uint8Array, at: number): number {
  const parameters = readLeb(bytes, at + 1);
  const results = readLeb(bytes, parameters.end + parameters.value);
  return results.end + results.value;
}

const skipName = (bytes: Uint8Array, at: number): number => {
  const length = readLeb(bytes, at);
  return length.end + length.value;
};
const kindAt = (entry: Uint8Array): number => skipName(entry, skipName(entry, 0));
const kindOfImport = (entry: Uint8Array): number => entry[kindAt(entry)]!;
const skipImport = (bytes: Uint8Array, at: number): number =>
  // Of functions alone: whatever else is imported is refused.
  readLeb(bytes, skipName(bytes, skipName(bytes, at)) + 1).end;
const importName = (entry: Uint8Array): string => {
  const length = readLeb(entry, skipName(entry, 0));
  return new TextDecoder().decode(entry.subarray(length.end, length.end + length.value));
};
const withType = (entry: Uint8Array, type: number): Uint8Array =>
  Uint8Array.from([...entry.subarray(0, kindAt(entry) + 1), ...bytesOfLeb(type)]);

/** Numbers of functions by their names, from the custom section `name`. */
function functionNames(sections: readonly Section[]): Map<string, number> | undefined {
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  for (const { id, bytes } of sections) {
    const start = id === 0 ? skipName(bytes, 0) : 0;
    if (id !== 0 || text(bytes.subarray(1, start)) !== "name") continue;
    for (let at = start; at < bytes.length; ) {
      const size = readLeb(bytes, at + 1);
      const end = size.end + size.value;
      if (bytes[at] === 1) {
        const named = entries(bytes.subarray(size.end, end), (all, from) =>
          skipName(all, readLeb(all, from).end),
        );
        return new Map(
          named.map((entry) => {
            const number = readLeb(entry, 0);
            return [text(entry.subarray(readLeb(entry, number.end).end)), number.value];
          }),
        );
      }
      at = end;
    }
  }
  return undefined;
}

const joined = (parts: readonly Uint8Array[]): Uint8Array =>
  concatenated([Uint8Array.from(bytesOfLeb(parts.length)), ...parts]);

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
