import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import * as snarkjs from "snarkjs";
import { MarginproofError } from "../errors.js";
import { BinaryFile } from "./iden3/binaryFile.js";
import { readR1csHeader } from "./iden3/r1cs.js";
import { readVerifyingKey, type VerifyingKeyFile } from "./iden3/verifyingKey.js";
import { closingFiles } from "./snarkjsFiles.js";

export interface PtauSetupJob {
  readonly r1csPath: string;
  /** A phase-1 file, prepared for phase 2 (`snarkjs powersoftau prepare phase2`). */
  readonly ptauPath: string;
  readonly zkeyPath: string;
  /** Name of the first phase-2 contribution, written into the key. */
  readonly contributor?: string;
}

/**
 * Makes a key from a phase-1 ceremony: snarkjs' circuit-specific setup and one contribution with fresh
 * randomness, forgotten at once. Whoever ran it must be trusted until others contribute too.
 *
 * snarkjs keeps its curve threads: a program that ends by itself calls `globalThis.curve_bn128?.terminate()`.
 *
 * @returns the verifying key of the new file
 * @throws MarginproofError `PTAU_TOO_SMALL`, `PTAU_NOT_PREPARED`, `FILE_FORMAT`
 */
export async function ptauSetup(job: PtauSetupJob): Promise<VerifyingKeyFile> {
  const power = await checkPtau(job);
  const nonce = randomBytes(4).toString("hex");
  const initial = `${job.zkeyPath}.${nonce}.initial.tmp`;
  const contributed = `${job.zkeyPath}.${nonce}.tmp`;
  try {
    const hash = await closingFiles(() => snarkjs.zKey.newZKey(job.r1csPath, job.ptauPath, initial));
    // snarkjs reports a refusal by its return value.
    if (!(hash instanceof Uint8Array))
      throw setupError("PTAU_REFUSED", `snarkjs refused ${job.ptauPath}`, power);
    const entropy = randomBytes(64).toString("hex");
    await closingFiles(() =>
      snarkjs.zKey.contribute(initial, contributed, job.contributor ?? "marginproof", entropy),
    );
    const key = await readVerifyingKey(contributed);
    const file = await open(contributed, "r+");
    await file.sync().finally(() => file.close());
    await rename(contributed, job.zkeyPath);
    return key;
  } finally {
    await Promise.all([rm(initial, { force: true }), rm(contributed, { force: true })]);
  }
}

/**
 * Verifies a key that others contributed to since it was made here: against its circuit, the phase-1 file, and the
 * transcript of contributions in it.
 * @returns its verifying key
 * @throws MarginproofError `KEYS_CONTRIBUTION_INVALID`, `FILE_FORMAT`
 */
export async function adoptContributions(job: PtauSetupJob): Promise<VerifyingKeyFile> {
  await checkPtau(job);
  const key = await readVerifyingKey(job.zkeyPath);
  const { r1csPath, ptauPath, zkeyPath } = job;
  if (!(await closingFiles(() => snarkjs.zKey.verifyFromR1cs(r1csPath, ptauPath, zkeyPath)))) {
    throw new MarginproofError(
      "KEYS_CONTRIBUTION_INVALID",
      `${zkeyPath} does not follow from ${r1csPath}, ${ptauPath} and its contributions`,
      { kind: "invalid", hint: "Ask the last contributor for the file again; nothing was changed." },
    );
  }
  return key;
}

/** @returns the power of two of rows that the circuit needs */
async function checkPtau(job: PtauSetupJob): Promise<number> {
  const circuit = await readR1csHeader(job.r1csPath);
  return assertPtauFits(
    job.ptauPath,
    circuit.constraintCount + circuit.publicOutputCount + circuit.publicInputCount + 1,
  );
}

/**
 * Reads the header of a phase-1 file: made for at least `rows` rows, and prepared for phase 2?
 * @returns the power of two that `rows` need
 * @throws MarginproofError `PTAU_TOO_SMALL`, `PTAU_NOT_PREPARED`, `FILE_UNREADABLE`, `FILE_FORMAT`
 */
export async function assertPtauFits(ptauPath: string, rows: number): Promise<number> {
  const needed = Math.ceil(Math.log2(rows));
  const file = await BinaryFile.open(ptauPath, "ptau");
  try {
    const header = await file.read(1);
    const power = header.readUInt32LE(header.length - 8);
    const refuse = (code: string, problem: string) => setupError(code, `${ptauPath} ${problem}`, needed);
    if (power < needed)
      throw refuse("PTAU_TOO_SMALL", `is for 2^${power} rows, the circuit needs 2^${needed}`);
    if (!file.has(12)) throw refuse("PTAU_NOT_PREPARED", "is not prepared for phase 2");
    return needed;
  } finally {
    await file.close();
  }
}

function setupError(code: string, message: string, power: number): MarginproofError {
  return new MarginproofError(code, message, {
    hint: `Use a published phase-1 file, prepared for phase 2 and of 2^${power} rows or more, such as powersOfTau28_hez_final_${power}.ptau; compare its published hash.`,
    kind: "usage",
  });
}
