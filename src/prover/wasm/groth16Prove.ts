import { randomBytes } from "node:crypto";
import { FIELD_ORDER as R } from "../../field/order.js";
import type { Bn254Wasm } from "../../keys/bn254Wasm.js";
import { BinaryFile } from "../../keys/iden3/binaryFile.js";
import { readLittleEndian, writeLittleEndian } from "../../keys/iden3/fieldBytes.js";
import { g1ToHex, g2ToHex, readZkeyHeader, type ZkeyHeader } from "../../keys/iden3/verifyingKey.js";
import type { ProofJson } from "../../verifier/groth16/proof.js";
import { BatchAddition, type Group } from "./batchAddition.js";
import { kernelFor } from "./kernelChoice.js";
import { type KeyPoints, loadPoints } from "./keyPoints.js";
import { multiScalar } from "./multiScalar.js";
import type { ProvingKernel } from "./provingKernel.js";
import { QuotientRows } from "./quotientRows.js";

/** The points of a zkey, all kept in WASM memory. */
interface Key {
  readonly a: KeyPoints;
  readonly b1: KeyPoints;
  readonly b2: KeyPoints;
  readonly c: KeyPoints;
  readonly h: KeyPoints;
}

/**
 * Groth16 proving for one key, on one thread: the sums of snarkjs' `groth16.prove` with the key loaded once,
 * nothing copied between threads, and points added in affine batches.
 */
export class Groth16Prover {
  private readonly wasm: Bn254Wasm;
  private readonly adders: Readonly<Record<Group, BatchAddition>>;

  private constructor(
    private readonly kernel: ProvingKernel,
    private readonly header: ZkeyHeader,
    private readonly quotient: QuotientRows,
    private readonly key: Key,
    /** alpha1, beta1, beta2, gamma2, delta1, delta2. */
    private readonly points: number,
  ) {
    this.wasm = kernel.wasm;
    this.adders = { g1: new BatchAddition("g1", kernel), g2: new BatchAddition("g2", kernel) };
  }

  /** Loads a zkey. @throws MarginproofError those of `readZkeyHeader`. */
  static async load(zkeyPath: string): Promise<Groth16Prover> {
    const file = await BinaryFile.open(zkeyPath, "zkey");
    try {
      const header = await readZkeyHeader(file);
      const { wireCount, publicCount, domainSize } = header;
      const kernel = kernelFor(domainSize);
      const quotient = await QuotientRows.load(kernel, file, header);
      const load = (id: number, group: Group, count: number) =>
        loadPoints(kernel, file, { id, group, count });
      const key: Key = {
        a: await load(5, "g1", wireCount),
        b1: await load(6, "g1", wireCount),
        b2: await load(7, "g2", wireCount),
        c: await load(8, "g1", wireCount - publicCount - 1),
        h: await load(9, "g1", domainSize),
      };
      return new Groth16Prover(kernel, header, quotient, key, kernel.wasm.put(header.points));
    } finally {
      await file.close();
    }
  }

  get wireCount(): number {
    return this.header.wireCount;
  }

  get memoryBytes(): number {
    return this.wasm.memoryBytes;
  }

  /**
   * Proves a witness. A witness that violates a constraint gives a proof that does not verify: the key does
   * not hold enough to notice.
   *
   * @param witness 32 little-endian bytes per wire, canonical
   */
  prove(witness: Uint8Array): { proof: ProofJson; publicSignals: string[] } {
    const { wasm, header, key } = this;
    if (witness.length !== 32 * header.wireCount)
      throw new RangeError(`witness has ${witness.length / 32} wires, the key ${header.wireCount}`);
    const mark = wasm.mark();
    try {
      const w = wasm.put(witness);
      const quotient = this.quotient.calculate(w);
      const sums = {
        a: this.sum(key.a, w),
        b1: this.sum(key.b1, w),
        b2: this.sum(key.b2, w),
        c: this.sum(key.c, w + 32 * (header.publicCount + 1)),
        h: this.sum(key.h, quotient),
      };
      const publicSignals = Array.from({ length: header.publicCount }, (_, i) =>
        readLittleEndian(witness, 32 * (i + 1)).toString(),
      );
      return { proof: this.blind(sums), publicSignals };
    } finally {
      wasm.release(mark);
    }
  }

  /** The sum of scalar times point, Jacobian; the scalars are those of all points of the section, in order. */
  private sum(points: KeyPoints, scalars: number): number {
    const result = this.wasm.reserve(192);
    const scalarAt = points.indices.map((index) => scalars + 32 * index);
    multiScalar(this.kernel, this.adders[points.group], points.at, scalarAt, result);
    return result;
  }

  /** Adds the key's constants and fresh randomness, which makes the proof zero-knowledge. */
  private blind(sums: Readonly<Record<"a" | "b1" | "b2" | "c" | "h", number>>): ProofJson {
    const { wasm } = this;
    const [alpha1, beta1, beta2, delta1, delta2] = [0, 64, 128, 384, 448].map((at) => this.points + at) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const [r, s] = [randomScalar(), randomScalar()];
    const product = wasm.reserve(192);
    const scalar = wasm.reserve(32);
    const { g1m_add, g1m_addMixed, g2m_add, g2m_addMixed } = wasm.op;
    const addTimes = (sum: number, op: string, base: number, factor: bigint) => {
      writeLittleEndian(factor, wasm.bytes(scalar, 32), 0);
      wasm.op[op]!(base, scalar, 32, product);
      (op.startsWith("g1") ? g1m_add : g2m_add)!(sum, product, sum);
    };
    g1m_addMixed!(sums.a, alpha1, sums.a);
    addTimes(sums.a, "g1m_timesScalarAffine", delta1, r);
    g2m_addMixed!(sums.b2, beta2, sums.b2);
    addTimes(sums.b2, "g2m_timesScalarAffine", delta2, s);
    g1m_addMixed!(sums.b1, beta1, sums.b1);
    addTimes(sums.b1, "g1m_timesScalarAffine", delta1, s);
    g1m_add!(sums.c, sums.h, sums.c);
    addTimes(sums.c, "g1m_timesScalar", sums.a, s);
    addTimes(sums.c, "g1m_timesScalar", sums.b1, r);
    addTimes(sums.c, "g1m_timesScalarAffine", delta1, (R - ((r * s) % R)) % R);
    const affine = (group: "g1" | "g2", point: number) => {
      wasm.op[`${group}m_toAffine`]!(point, product);
      return wasm.bytes(product, 128);
    };
    return {
      a: g1ToHex(affine("g1", sums.a), 0),
      b: g2ToHex(affine("g2", sums.b2), 0),
      c: g1ToHex(affine("g1", sums.c), 0),
    };
  }
}

/** Uniform in the field: 512 random bits reduced. */
function randomScalar(): bigint {
  return BigInt(`0x${randomBytes(64).toString("hex")}`) % R;
}
