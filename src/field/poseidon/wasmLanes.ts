import { FunctionBuilder, I64, type Local, V128, type ValueType } from "../../wasm/wasmModule.js";

/** Limbs of 29 bits: nine of them hold a field element with 7 bits to spare, and R = 2^261. */
export const LIMB_BITS = 29;
export const LIMBS = 9;
export const LIMB_MASK = 2 ** LIMB_BITS - 1;

/** x as nine limbs of 29 bits, the lowest first. */
export function toLimbs(x: bigint): number[] {
  return Array.from({ length: LIMBS }, (_, i) => Number((x >> BigInt(LIMB_BITS * i)) & BigInt(LIMB_MASK)));
}

/**
 * The instructions the kernel is written in, for one hash at a time in i64 or two side by side in v128.
 * A "limb" holds up to 32 bits and may be a factor; a "wide" value holds 64 bits and may not.
 */
export interface Lanes {
  readonly count: 1 | 2;
  readonly type: ValueType;
  /** Bytes from one limb to the next in the kernel's variables; constants always have 4. */
  readonly step: number;
  loadLimb(f: FunctionBuilder, address: Local, index: number): void;
  storeLimb(f: FunctionBuilder, address: Local, index: number, limb: Local): void;
  /** A limb of a constant, which all lanes share. */
  loadConstant(f: FunctionBuilder, address: Local, index: number): void;
  /** Pushes a limb known now. */
  limb(f: FunctionBuilder, value: number): void;
  /** Pushes a wide value known now. */
  wide(f: FunctionBuilder, value: number): void;
  /** (limb, limb) to limb. */
  addLimbs(f: FunctionBuilder): void;
  /** (limb, limb) to wide. */
  multiply(f: FunctionBuilder): void;
  /** (wide, wide) to wide. */
  add(f: FunctionBuilder): void;
  subtract(f: FunctionBuilder): void;
  and(f: FunctionBuilder): void;
  /** wide to wide. */
  shiftLeft(f: FunctionBuilder, bits: number): void;
  shiftRight(f: FunctionBuilder, bits: number): void;
  /** wide below 2^32 to limb. */
  narrow(f: FunctionBuilder): void;
}

const memory = FunctionBuilder.memory;

/** One hash at a time: limbs and wide values are both i64, and a variable's limbs are `step` bytes apart. */
export function singleLane(step: number): Lanes {
  return {
    count: 1,
    type: I64,
    step,
    loadLimb: (f, address, index) => f.get(address).op(0x35, ...memory(step * index)),
    storeLimb: (f, address, index, limb) =>
      f
        .get(address)
        .get(limb)
        .op(0x3e, ...memory(step * index)),
    loadConstant: (f, address, index) => f.get(address).op(0x35, ...memory(4 * index)),
    limb: (f, value) => f.i64(value),
    wide: (f, value) => f.i64(value),
    addLimbs: (f) => f.op(0x7c),
    multiply: (f) => f.op(0x7e),
    add: (f) => f.op(0x7c),
    subtract: (f) => f.op(0x7d),
    and: (f) => f.op(0x83),
    shiftLeft: (f, bits) => f.i64(bits).op(0x86),
    shiftRight: (f, bits) => f.i64(bits).op(0x88),
    narrow: () => undefined,
  };
}

const littleEndian = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => (i < 4 ? (value >>> (8 * i)) & 0xff : 0));

/** Two hashes side by side: a limb is the low two i32 of a v128, a wide value an i64x2. */
export const pairLanes: Lanes = {
  count: 2,
  type: V128,
  step: 8,
  loadLimb: (f, address, index) => f.get(address).simd(0x5d, ...memory(8 * index)),
  storeLimb: (f, address, index, limb) =>
    f
      .get(address)
      .get(limb)
      .simd(0x5b, ...memory(8 * index), 0),
  loadConstant: (f, address, index) => f.get(address).simd(0x09, ...memory(4 * index)),
  limb: (f, value) => f.simd(0x0c, ...[0, 1, 2, 3].flatMap(() => littleEndian(value, 4))),
  wide: (f, value) => f.simd(0x0c, ...[0, 1].flatMap(() => littleEndian(value, 8))),
  addLimbs: (f) => f.simd(0xae),
  multiply: (f) => f.simd(0xde),
  add: (f) => f.simd(0xce),
  subtract: (f) => f.simd(0xd1),
  and: (f) => f.simd(0x4e),
  shiftLeft: (f, bits) => f.i32(bits).simd(0xcb),
  shiftRight: (f, bits) => f.i32(bits).simd(0xcd),
  narrow: (f) => {
    const copy = f.local(V128);
    f.tee(copy).get(copy).simd(0x0d, 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11);
  },
};
