import { FIELD_ORDER as R } from "../../field/order.js";
import { invertMod, rootOfUnity } from "../../keys/development/scalarField.js";
import type { BinaryFile } from "../../keys/iden3/binaryFile.js";
import { writeLittleEndian } from "../../keys/iden3/fieldBytes.js";
import { type KeySizes, loadRows, type MatrixRows, multiplyRows } from "./matrixRows.js";
import type { ProvingKernel } from "./provingKernel.js";

// Layers of blocks of at most so many vectors go through one block after the other, which stays in the second-level cache.
const BLOCK = 4096;

/**
 * Makes the scalars of a key's H points: the values of A B - C at the odd points of the double domain, from a witness.
 *
 * Interpolation takes a vector in order and leaves it in bit-reversed order, evaluation takes it from there, at the points
 * w^(2j+1) for w of order 2n. Nothing is divided by n on the way: `quotient` does that at the end.
 */
export class QuotientRows {
  private constructor(
    private readonly kernel: ProvingKernel,
    private readonly header: KeySizes,
    private readonly rows: MatrixRows,
    /** w^0 to w^n, Montgomery form. */
    private readonly factors: number,
    /** 1/n^2 and 1/n. */
    private readonly scales: number,
  ) {}

  /** @throws MarginproofError `FILE_FORMAT` */
  static async load(kernel: ProvingKernel, file: BinaryFile, header: KeySizes): Promise<QuotientRows> {
    const rows = await loadRows(kernel, file, header);
    const inverse = invertMod(BigInt(header.domainSize));
    const scales = putIntegers(kernel, [(inverse * inverse) % R, inverse], "importScalars");
    return new QuotientRows(kernel, header, rows, putFactors(kernel, header.domainSize), scales);
  }

  /** @param witness address of 32 bytes per wire. @returns address of 32 bytes per row */
  calculate(witness: number): number {
    const { kernel, header, rows } = this;
    const { wasm, lanes, elementBytes } = kernel;
    const n = header.domainSize;
    const vectors = n / lanes;
    const out = wasm.reserve(32 * n);
    const mark = wasm.mark();
    const values = wasm.reserve((header.wireCount + lanes) * elementBytes);
    kernel.importScalars(witness, values, Math.ceil(header.wireCount / lanes), elementBytes);
    const [a, b, c] = [0, 1, 2].map(() => wasm.reserve(n * elementBytes)) as [number, number, number];
    multiplyRows(kernel, rows, 0, values, a);
    multiplyRows(kernel, rows, 1, values, b);
    kernel.multiplyAll(a, b, c, vectors);
    for (const vector of [a, b, c]) {
      this.interpolate(vector);
      this.evaluate(vector);
    }
    kernel.quotient(a, b, c, out, vectors, this.scales);
    wasm.release(mark);
    return out;
  }

  /** n times the coefficients, in bit-reversed order. The factor w^(-2jn/2h) is -w^(n - jn/h). */
  private interpolate(data: number): void {
    const { kernel, factors } = this;
    const { lanes, elementBytes } = kernel;
    const n = this.header.domainSize;
    const last = factors + n * elementBytes;
    const layers = (at: number, size: number) => {
      for (let half = size / 2; half >= 1; half /= 2) {
        if (2 * half > BLOCK) {
          kernel.split(at, half, 1, last, (-n / half) * elementBytes);
          layers(at, half);
          layers(at + half * lanes * elementBytes, half);
          return;
        }
        kernel.split(at, half, size / 2 / half, last, (-n / half) * elementBytes);
      }
    };
    if (lanes === 2) kernel.splitLanes(data, n / 4, last, -2 * elementBytes);
    layers(data, n / lanes);
  }

  /** From coefficients in bit-reversed order. The factor w^((2j + 1) n / 2h). */
  private evaluate(data: number): void {
    const { kernel, factors } = this;
    const { lanes, elementBytes } = kernel;
    const n = this.header.domainSize;
    const layer = (at: number, half: number, blocks: number) =>
      kernel.join(at, half, blocks, factors + (n / half / 2) * elementBytes, (n / half) * elementBytes);
    const layers = (at: number, size: number) => {
      if (size > BLOCK) {
        layers(at, size / 2);
        layers(at + (size / 2) * lanes * elementBytes, size / 2);
        layer(at, size / 2, 1);
      } else for (let half = 1; half < size; half *= 2) layer(at, half, size / 2 / half);
    };
    layers(data, n / lanes);
    if (lanes === 2) kernel.joinLanes(data, n / 4, factors + elementBytes, 2 * elementBytes);
  }
}

/** Puts integers into kernel memory, each alone. */
export function putIntegers(
  kernel: ProvingKernel,
  values: readonly bigint[],
  how: "importScalars" | "importFactors",
): number {
  const { wasm, lanes, elementBytes } = kernel;
  const to = wasm.reserve((values.length + lanes) * elementBytes);
  const mark = wasm.mark();
  const bytes = new Uint8Array(32 * (values.length + lanes));
  values.forEach((value, i) => {
    writeLittleEndian(value, bytes, 32 * i);
  });
  kernel[how](wasm.put(bytes), to, Math.ceil(values.length / lanes), elementBytes);
  wasm.release(mark);
  return to;
}

function putFactors(kernel: ProvingKernel, domainSize: number): number {
  const root = rootOfUnity(Math.log2(domainSize) + 1);
  const powers: bigint[] = [1n];
  for (let i = 0; i < domainSize; i++) powers.push((powers[i]! * root) % R);
  return putIntegers(kernel, powers, "importFactors");
}
