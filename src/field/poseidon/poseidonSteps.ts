import { FunctionBuilder, I32, I64, type Local } from "../../wasm/wasmModule.js";
import { CONSTANT_BYTES } from "./poseidonMemory.js";
import { type Lanes, LIMB_BITS, LIMB_MASK, LIMBS, singleLane } from "./wasmLanes.js";
import { multiply, pushProducts, reduceColumns, scratch, square } from "./wasmMontgomery.js";

const WORDS = 4;
/** Products that a sum takes between two carries: 6 * 8 * 2^58, and 9 * 2^58 of the reduction, < 2^64. */
const TERMS_PER_CARRY = 6;

/** (destination, source, rSquared): source * R, from 32 bytes to the limbs of one lane. */
export function importFunction({ step }: Lanes): FunctionBuilder {
  const f = new FunctionBuilder(3);
  const lane = singleLane(step);
  const words = f.locals(I64, WORDS);
  const limbs = f.locals(I64, LIMBS);
  const factor = f.locals(I64, LIMBS);
  words.forEach((word, i) => {
    f.get(f.parameter(1)).op(0x29, ...FunctionBuilder.memory(8 * i));
    f.set(word);
  });
  limbs.forEach((limb, i) => {
    const word = Math.floor((LIMB_BITS * i) / 64);
    const shift = (LIMB_BITS * i) % 64;
    f.get(words[word]!).i64(shift).op(0x88);
    if (shift + LIMB_BITS > 64 && word + 1 < WORDS) {
      f.get(words[word + 1]!);
      f.i64(64 - shift).op(0x86, 0x84);
    }
    f.i64(LIMB_MASK).op(0x83).set(limb);
    lane.loadConstant(f, f.parameter(2), i);
    f.set(factor[i]!);
  });
  multiply(f, lane, scratch(f, lane), limbs, factor, limbs);
  for (const [i, limb] of limbs.entries()) lane.storeLimb(f, f.parameter(0), i, limb);
  return f;
}

/** (destination, source): the integer in the limbs of one lane, as 32 bytes. */
export function exportFunction({ step }: Lanes): FunctionBuilder {
  const f = new FunctionBuilder(2);
  const lane = singleLane(step);
  for (let word = 0; word < WORDS; word++) {
    f.get(f.parameter(0)).i64(0);
    for (let i = 0; i < LIMBS; i++) {
      const shift = LIMB_BITS * i - 64 * word;
      if (shift <= -LIMB_BITS || shift >= 64) continue;
      lane.loadLimb(f, f.parameter(1), i);
      f.i64(Math.abs(shift)).op(shift < 0 ? 0x88 : 0x86, 0x84);
    }
    f.op(0x37, ...FunctionBuilder.memory(8 * word));
  }
  return f;
}

/** (destination, source, constant): (source + constant)^5. */
export function sboxFunction(lanes: Lanes): FunctionBuilder {
  const f = new FunctionBuilder(3);
  const x = f.locals(lanes.type, LIMBS);
  const power = f.locals(lanes.type, LIMBS);
  const registers = scratch(f, lanes);
  x.forEach((limb, i) => {
    lanes.loadLimb(f, f.parameter(1), i);
    lanes.loadConstant(f, f.parameter(2), i);
    lanes.addLimbs(f);
    f.set(limb);
  });
  square(f, lanes, registers, x, power);
  square(f, lanes, registers, power, power);
  multiply(f, lanes, registers, power, x, power);
  power.forEach((limb, i) => {
    lanes.storeLimb(f, f.parameter(0), i, limb);
  });
  return f;
}

/** (destination, row, vector, terms): the sum of `terms` >= 1 products, reduced once. */
export function dotFunction(lanes: Lanes): FunctionBuilder {
  const f = new FunctionBuilder(4);
  const [destination, row, vector, terms] = [0, 1, 2, 3].map((i) => f.parameter(i)) as [
    Local,
    Local,
    Local,
    Local,
  ];
  const untilCarry = f.local(I32);
  const a = f.locals(lanes.type, LIMBS);
  const b = f.locals(lanes.type, LIMBS);
  const columns = f.locals(lanes.type, 2 * LIMBS - 1);
  const registers = scratch(f, lanes);
  f.i32(TERMS_PER_CARRY).set(untilCarry);
  f.countDown(terms, () => {
    for (let i = 0; i < LIMBS; i++) {
      lanes.loadLimb(f, vector, i);
      f.set(a[i]!);
      lanes.loadConstant(f, row, i);
      f.set(b[i]!);
    }
    columns.forEach((column, k) => {
      f.get(column);
      pushProducts(f, lanes, a, b, k);
      f.set(column);
    });
    f.increment(vector, lanes.step * LIMBS).increment(row, CONSTANT_BYTES);
    f.increment(untilCarry, -1).get(untilCarry).op(0x45);
    f.when(() => {
      f.i32(TERMS_PER_CARRY).set(untilCarry);
      for (let k = 0; k + 1 < columns.length; k++) {
        f.get(columns[k]!);
        lanes.shiftRight(f, LIMB_BITS);
        f.get(columns[k + 1]!);
        lanes.add(f);
        f.set(columns[k + 1]!).get(columns[k]!);
        lanes.wide(f, LIMB_MASK);
        lanes.and(f);
        f.set(columns[k]!);
      }
    });
  });
  const pushColumn = (k: number): void => {
    f.get(columns[k]!);
    lanes.add(f);
  };
  reduceColumns(f, lanes, registers, pushColumn, a);
  a.forEach((limb, i) => {
    lanes.storeLimb(f, destination, i, limb);
  });
  return f;
}
