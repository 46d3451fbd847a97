import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FIELD_ORDER as R } from "../../../src/field/order.js";
import { Bn254Wasm } from "../../../src/keys/bn254Wasm.js";
import { putScalar, rootOfUnity } from "../../../src/keys/development/scalarField.js";
import { BinaryFile, writeBinaryFile } from "../../../src/keys/iden3/binaryFile.js";
import { writeLittleEndian } from "../../../src/keys/iden3/fieldBytes.js";
import { createProvingKernel } from "../../../src/prover/wasm/provingKernel.js";
import { QuotientRows } from "../../../src/prover/wasm/quotientRows.js";
import { temporaryFolder } from "../../keys/support.js";
import { KERNEL_KINDS } from "./support.js";

let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
});
afterAll(() => remove());

/** Matrix, row, wire and what stands for value * 2^512. */
type Term = readonly [matrix: number, row: number, wire: number, value: bigint];

function section(terms: readonly Term[]): Uint8Array {
  const bytes = new Uint8Array(4 + 44 * terms.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, terms.length, true);
  terms.forEach(([matrix, row, wire, value], i) => {
    [matrix, row, wire].forEach((word, k) => {
      view.setUint32(4 + 44 * i + 4 * k, word, true);
    });
    writeLittleEndian(value, bytes, 16 + 44 * i);
  });
  return bytes;
}

/** The same by wasmcurves, the way snarkjs proves. */
function byWasmcurves(domainSize: number, wireCount: number, terms: Uint8Array, witness: Uint8Array): Buffer {
  const wasm = new Bn254Wasm();
  const [coefficients, w] = [wasm.put(terms), wasm.put(witness)];
  const [a, b, c] = [0, 1, 2].map(() => wasm.reserve(32 * domainSize)) as [number, number, number];
  const [one, shift] = [putScalar(wasm, 1n), putScalar(wasm, rootOfUnity(Math.log2(domainSize) + 1))];
  wasm.ensureScratch(32 * domainSize);
  const { qap_buildABC, frm_ifft, frm_batchApplyKey, frm_fft, qap_joinABC, frm_batchFromMontgomery } =
    wasm.op;
  qap_buildABC!(coefficients + 4, (terms.length - 4) / 44, w, a, b, c, 0, domainSize, 0, wireCount);
  for (const rows of [a, b, c]) {
    frm_ifft!(rows, domainSize);
    frm_batchApplyKey!(rows, domainSize, one, shift, rows);
    frm_fft!(rows, domainSize);
  }
  qap_joinABC!(a, b, c, domainSize, a);
  frm_batchFromMontgomery!(a, domainSize, a);
  return Buffer.from(wasm.bytes(a, 32 * domainSize));
}

async function rowsOf(kind: (typeof KERNEL_KINDS)[number], name: string, terms: Uint8Array, sizes: Sizes) {
  const path = join(folder, `${name}.zkey`);
  await writeBinaryFile(path, "zkey", 1, [{ id: 4, parts: [terms] }]);
  const file = await BinaryFile.open(path, "zkey");
  const kernel = createProvingKernel(kind);
  try {
    return { kernel, quotient: await QuotientRows.load(kernel, file, sizes) };
  } finally {
    await file.close();
  }
}
type Sizes = { readonly domainSize: number; readonly wireCount: number };

/** Values at the edges of the field among arbitrary ones. */
function* values(seed: bigint): Generator<bigint, never> {
  for (let value = seed, i = 0; ; i++) {
    value = (value ** 3n + 7n) % R;
    yield [value, R - 1n, 0n, value, 1n, value, (R - 1n) / 2n, (R + 1n) / 2n][i % 8]!;
  }
}

// The largest goes through blocks one after the other.
test.each([4, 8, 64, 16384])(
  "the quotient of %i rows is that of wasmcurves, byte for byte",
  async (domainSize) => {
    const wireCount = Math.floor(domainSize * 0.75) + 2;
    const value = values(BigInt(domainSize + 5));
    const terms: Term[] = [];
    for (let row = 0; row < domainSize - 1; row++)
      for (let k = 0; k < row % 6; k++)
        terms.push([k % 2, row, (row * 31 + k * 17) % wireCount, value.next().value]);
    // A row of more terms than one sum takes, in an order of its own, with a wire met again.
    for (let k = 0; k < 701; k++)
      terms.push([0, 2, (k * 7) % wireCount, k % 3 ? R - 1n : value.next().value]);
    for (let k = 0; k < 3; k++) terms.push([1, 2, k % wireCount, R - 1n]);
    const witness = new Uint8Array(32 * wireCount);
    for (let wire = 0; wire < wireCount; wire++) writeLittleEndian(value.next().value, witness, 32 * wire);
    const bytes = section(terms);
    const expected = byWasmcurves(domainSize, wireCount, bytes, witness);
    for (const kind of KERNEL_KINDS) {
      const { kernel, quotient } = await rowsOf(kind, `rows-${domainSize}`, bytes, { domainSize, wireCount });
      const at = quotient.calculate(kernel.wasm.put(witness));
      expect(Buffer.compare(kernel.wasm.bytes(at, 32 * domainSize), expected), kind).toBe(0);
    }
  },
);

test.each([
  [2, 0, 0],
  [0, 4, 0],
  [1, 0, 3],
])(
  "a coefficient of matrix %i, row %i, wire %i is refused: it would be read and written elsewhere",
  async (...at) => {
    const terms = section([[...at, 1n]]);
    await expect(rowsOf("integer", "outside", terms, { domainSize: 4, wireCount: 3 })).rejects.toMatchObject({
      code: "FILE_FORMAT",
    });
  },
);
