import { Bn254Wasm } from "../bn254Wasm.js";

export type Group = "g1" | "g2";
const COORDINATE_BYTES = { g1: 32, g2: 64 } as const;
const WINDOW_BITS = { g1: 12, g2: 10 } as const;
const BATCH = 1024;

/** Bytes of an affine point: two coordinates in Montgomery form. */
export const POINT_BYTES = { g1: 64, g2: 128 } as const;

/**
 * Multiplies the generator of a group by many scalars, from a table of every multiple of every window.
 * The table is 5.8 MB for G1 and 3.4 MB for G2 and is built at the first use.
 */
export class FixedBase {
  private readonly wasm = new Bn254Wasm();
  private readonly tables = new Map<Group, number>();

  /**
   * @param scalars standard form, 32 little-endian bytes each
   * @returns affine points as a zkey holds them; a zero scalar gives the point at infinity, all zero bytes
   */
  multiply(group: Group, scalars: Uint8Array): Uint8Array<ArrayBuffer> {
    const table = this.table(group);
    const count = scalars.length / 32;
    const affine = POINT_BYTES[group];
    const jacobian = 3 * COORDINATE_BYTES[group];
    const out = new Uint8Array(count * affine);
    const mark = this.wasm.mark();
    const sums = this.wasm.reserve(BATCH * jacobian);
    this.wasm.ensureScratch(BATCH * jacobian + 4096);
    for (let first = 0; first < count; first += BATCH) {
      const size = Math.min(BATCH, count - first);
      for (let i = 0; i < size; i++)
        this.sumWindows(
          group,
          table,
          scalars.subarray(32 * (first + i), 32 * (first + i + 1)),
          sums + i * jacobian,
        );
      this.wasm.op[`${group}m_batchToAffine`]!(sums, size, sums);
      out.set(this.wasm.bytes(sums, size * affine), first * affine);
    }
    this.wasm.release(mark);
    return out;
  }

  private sumWindows(group: Group, table: number, scalar: Uint8Array, sum: number): void {
    const bits = WINDOW_BITS[group];
    const addMixed = this.wasm.op[`${group}m_addMixed`]!;
    const affine = POINT_BYTES[group];
    this.wasm.op[`${group}m_zero`]!(sum);
    for (let bit = 0, row = table; bit < 254; bit += bits, row += affine << bits) {
      const byte = bit >> 3;
      const three = scalar[byte]! | ((scalar[byte + 1] ?? 0) << 8) | ((scalar[byte + 2] ?? 0) << 16);
      const digit = (three >> (bit & 7)) & ((1 << bits) - 1);
      if (digit !== 0) addMixed(sum, row + digit * affine, sum);
    }
  }

  private table(group: Group): number {
    const known = this.tables.get(group);
    if (known !== undefined) return known;
    const { wasm } = this;
    const bits = WINDOW_BITS[group];
    const affine = POINT_BYTES[group];
    const jacobian = 3 * COORDINATE_BYTES[group];
    const rows = Math.ceil(254 / bits);
    const table = wasm.reserve(rows * (affine << bits));
    const mark = wasm.mark();
    const multiples = wasm.reserve(jacobian << bits);
    const base = wasm.reserve(affine);
    wasm.ensureScratch((jacobian << bits) + 4096);
    wasm.op[`${group}m_toAffine`]!(group === "g1" ? wasm.g1Generator : wasm.g2Generator, base);
    for (let row = 0; row < rows; row++) {
      wasm.op[`${group}m_zero`]!(multiples);
      for (let digit = 1; digit < 1 << bits; digit++)
        wasm.op[`${group}m_addMixed`]!(
          multiples + (digit - 1) * jacobian,
          base,
          multiples + digit * jacobian,
        );
      const rowAt = table + row * (affine << bits);
      wasm.op[`${group}m_batchToAffine`]!(multiples, 1 << bits, rowAt);
      const last = multiples + ((1 << bits) - 1) * jacobian;
      wasm.op[`${group}m_addMixed`]!(last, base, last);
      wasm.op[`${group}m_toAffine`]!(last, base);
    }
    wasm.release(mark);
    this.tables.set(group, table);
    return table;
  }
}
