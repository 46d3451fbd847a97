import { LIMBS } from "./wasmLanes.js";

/** Bytes of a constant: nine limbs in Montgomery form. */
export const CONSTANT_BYTES = 4 * LIMBS;
/** Bytes of an input or output: a little-endian integer. */
export const ELEMENT_BYTES = 32;
/** Address of the inputs, t elements a lane, and of the outputs, one a lane. */
export const INPUT = 0;
export const OUTPUT = 0;
/** Address of the constant R^2 mod p, which brings an input to Montgomery form. */
export const R_SQUARED = 2048;
/** First address free for the tables of constants. */
export const TABLES = 24_576;
/** 512 KiB: the tables of all sixteen widths take 350 kB. */
export const MEMORY_PAGES = 8;

/** State elements, S-box outputs, and the history of the partial rounds, in limbs of all lanes. */
export const STATE = 4096;
export const POWERS = 6144;
export const HISTORY = 8192; // at most 2 * (68 + 16) + 1 elements of 72 bytes
