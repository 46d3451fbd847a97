import { FIELD_ORDER as R } from "../../field/order.js";
import type { Bn254Wasm } from "../bn254Wasm.js";
import { writeLittleEndian } from "../iden3/fieldBytes.js";

export function powMod(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % R;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % R;
    square = (square * square) % R;
  }
  return result;
}

/** 1 / value modulo the scalar field; value is not 0. */
export function invertMod(value: bigint): bigint {
  return powMod(value, R - 2n);
}

/** The root of unity of order 2^power (power 0..28) that snarkjs uses: a power of the non-residue 5. */
export function rootOfUnity(power: number): bigint {
  return powMod(5n, (R - 1n) >> BigInt(power));
}

/** Puts a scalar into WASM memory in Montgomery form and returns its address. */
export function putScalar(wasm: Bn254Wasm, value: bigint): number {
  const bytes = new Uint8Array(32);
  writeLittleEndian(value, bytes, 0);
  const at = wasm.put(bytes);
  wasm.op.frm_toMontgomery!(at, at);
  return at;
}

/**
 * Writes `k * x_i / (tau - x_i)` for `x_i = shift * root^i`, i < count, in Montgomery form: with
 * `k = (tau^n - shift^n) / (n * shift^n)` these are the Lagrange polynomials of the coset at tau.
 *
 * @returns address of count field elements
 * @see https://eprint.iacr.org/2016/260, section 3.2 with the polynomials in Lagrange form
 */
export function lagrangeAtTau(
  wasm: Bn254Wasm,
  of: {
    readonly tau: bigint;
    readonly root: bigint;
    readonly shift: bigint;
    readonly k: bigint;
    readonly count: number;
  },
): number {
  const { frm_mul, frm_sub, frm_batchInverse } = wasm.op;
  const out = wasm.reserve(32 * of.count);
  const mark = wasm.mark();
  const [tau, root, k] = [putScalar(wasm, of.tau), putScalar(wasm, of.root), putScalar(wasm, of.k)];
  const point = putScalar(wasm, of.shift);
  const start = putScalar(wasm, of.shift);
  wasm.ensureScratch(32 * (of.count + 1));
  for (let i = 0; i < of.count; i++) {
    frm_sub!(tau, point, out + 32 * i);
    frm_mul!(point, root, point);
  }
  frm_batchInverse!(out, 32, of.count, out, 32);
  frm_mul!(start, k, point);
  for (let i = 0; i < of.count; i++) {
    frm_mul!(out + 32 * i, point, out + 32 * i);
    frm_mul!(point, root, point);
  }
  wasm.release(mark);
  return out;
}
