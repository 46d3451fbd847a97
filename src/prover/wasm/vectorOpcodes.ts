/**
 * Numbers of the vector instructions that the fused field uses.
 *
 * @see https://webassembly.github.io/spec/core/appendix/index-instructions.html
 */

export const LOAD = 0x00;
export const LOAD_SPLAT = 0x0a;
export const STORE = 0x0b;
export const CONSTANT = 0x0c;
export const SHUFFLE = 0x0d;
export const I64_SPLAT = 0x12;
export const I64_EXTRACT = 0x1d;
export const I64_REPLACE = 0x1e;
export const AND = 0x4e;
export const OR = 0x50;
export const XOR = 0x51;
export const SELECT = 0x52;
export const LOAD_LANE = 0x57;
export const STORE_LANE = 0x5b;
export const LOAD_ZERO = 0x5d;
export const SHIFT_LEFT = 0xcb;
export const SHIFT_RIGHT_SIGNED = 0xcc;
export const SHIFT_RIGHT = 0xcd;
export const I64_ADD = 0xce;
export const I64_SUB = 0xd1;
export const I64_MUL = 0xd5;
export const I64_EQ = 0xd6;
export const I64_LESS = 0xd8;
export const F64_ADD = 0xf0;
export const F64_SUB = 0xf1;
export const F64_MUL = 0xf2;
/** x y + z of doubles, rounded once where the processor can. */
export const FUSED = 0x107;
