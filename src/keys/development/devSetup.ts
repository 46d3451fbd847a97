import { BASE_FIELD_ORDER, FIELD_ORDER } from "../../field/order.js";
import { sha256File } from "../compile.js";
import { BinaryFile, formatError, writeBinaryFile } from "../iden3/binaryFile.js";
import { writeLittleEndian } from "../iden3/fieldBytes.js";
import { readHeader } from "../iden3/r1cs.js";
import { readVerifyingKey, type VerifyingKeyFile } from "../iden3/verifyingKey.js";
import { deriveTrapdoor, type Trapdoor } from "./devTrapdoor.js";
import { POINT_BYTES } from "./fixedBase.js";
import { FixedBasePool } from "./fixedBasePool.js";
import { evaluateQap } from "./qapAtTau.js";

export interface DevSetupJob {
  readonly r1csPath: string;
  readonly zkeyPath: string;
  /** Worker threads; one per available core unless given. */
  readonly threads?: number;
  /** Called with the finished fraction, 0..1, as it grows. */
  readonly onProgress?: (doneFraction: number) => void;
}

// A G2 multiplication costs about three of G1; only the progress reading depends on it.
const COST = { g1: 1, g2: 3 } as const;

/**
 * Writes the development key of a circuit: a Groth16 `.zkey` as snarkjs 0.7 reads it, whose trapdoor is public
 * (see `deriveTrapdoor`), so that every machine makes the same bytes. Proofs under it show nothing.
 *
 * @returns the verifying key of the new file
 * @throws MarginproofError `FILE_FORMAT` when the R1CS is damaged or over another field
 */
export async function devSetup(job: DevSetupJob): Promise<VerifyingKeyFile> {
  const secrets = deriveTrapdoor(await sha256File(job.r1csPath));
  const file = await BinaryFile.open(job.r1csPath, "r1cs");
  const pool = new FixedBasePool(job.threads);
  try {
    const header = await readHeader(file);
    const publicCount = header.publicOutputCount + header.publicInputCount;
    if (publicCount + 1 > header.wireCount)
      throw formatError(job.r1csPath, "has fewer wires than public signals");
    const qap = await evaluateQap(file, header, secrets);

    const total = (qap.a.length + qap.b.length * (1 + COST.g2) + qap.c.length + qap.h.length) / 32;
    let done = 0;
    const multiply = (group: "g1" | "g2", scalars: Uint8Array) =>
      pool.multiply(group, scalars, (count) => {
        done += count * COST[group];
        job.onProgress?.(Math.min(0.99, done / total));
      });
    const ofHeader = await headerPoints(pool, secrets);
    const points = {
      ic: await multiply("g1", qap.ic),
      a: await multiply("g1", qap.a),
      b1: await multiply("g1", qap.b),
      b2: await multiply("g2", qap.b),
      c: await multiply("g1", qap.c),
      h: await multiply("g1", qap.h),
    };
    const protocol = Uint8Array.of(1, 0, 0, 0);
    // Section 10 is an empty contribution transcript: 64 zero bytes of circuit hash, then a count of 0.
    await writeBinaryFile(job.zkeyPath, "zkey", 1, [
      { id: 1, parts: [protocol] },
      { id: 2, parts: [encodeSizes(header.wireCount, publicCount, qap.domainSize), ...ofHeader] },
      { id: 4, parts: [qap.coefficients] },
      { id: 3, parts: points.ic },
      { id: 9, parts: points.h },
      { id: 8, parts: points.c },
      { id: 5, parts: points.a },
      { id: 6, parts: points.b1 },
      { id: 7, parts: points.b2 },
      { id: 10, parts: [new Uint8Array(68)] },
    ]);
    job.onProgress?.(1);
    return await readVerifyingKey(job.zkeyPath);
  } finally {
    await Promise.all([pool.close(), file.close()]);
  }
}

/** alpha1, beta1, beta2, gamma2, delta1, delta2: the points of the zkey header, in its order. */
async function headerPoints(pool: FixedBasePool, secrets: Trapdoor): Promise<Uint8Array[]> {
  const encode = (values: readonly bigint[]) => {
    const scalars = new Uint8Array(32 * values.length);
    values.forEach((value, i) => {
      writeLittleEndian(value, scalars, 32 * i);
    });
    return scalars;
  };
  const ignore = () => {};
  const [g1] = await pool.multiply("g1", encode([secrets.alpha, secrets.beta, secrets.delta]), ignore);
  const [g2] = await pool.multiply("g2", encode([secrets.beta, secrets.gamma, secrets.delta]), ignore);
  const pick = (points: Uint8Array, size: number, i: number) => points.subarray(size * i, size * (i + 1));
  return [
    pick(g1!, POINT_BYTES.g1, 0),
    pick(g1!, POINT_BYTES.g1, 1),
    pick(g2!, POINT_BYTES.g2, 0),
    pick(g2!, POINT_BYTES.g2, 1),
    pick(g1!, POINT_BYTES.g1, 2),
    pick(g2!, POINT_BYTES.g2, 2),
  ];
}

function encodeSizes(wireCount: number, publicCount: number, domainSize: number): Uint8Array {
  const bytes = Buffer.alloc(84);
  bytes.writeUInt32LE(32, 0);
  writeLittleEndian(BASE_FIELD_ORDER, bytes, 4);
  bytes.writeUInt32LE(32, 36);
  writeLittleEndian(FIELD_ORDER, bytes, 40);
  bytes.writeUInt32LE(wireCount, 72);
  bytes.writeUInt32LE(publicCount, 76);
  bytes.writeUInt32LE(domainSize, 80);
  return bytes;
}
