import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { FIELD_ORDER } from "../../field/order.js";
import { writeLittleEndian } from "../../keys/iden3/fieldBytes.js";
import { instanceFiles, type KeyName } from "../../keys/instanceFiles.js";
import type { ProofJob, ProofResult, ProverBackend, Witness } from "../backend.js";
import { proverClosed } from "../proverClosed.js";
import { useUp, WitnessShape } from "../witnessShape.js";
import { NativeProcess } from "./nativeProcess.js";
import { ProofChecks } from "./proofChecks.js";

/**
 * Proves in the native prover (native/), a process beside this one, a whole proof a core. Its answers are not believed: a proof
 * counts once our own verifier has accepted it, in a batch with others. The process gets its randomness with each task, from
 * this process's secure source. A process that crashes fails what it had in hand; the next proof starts another.
 *
 * @param path the binary, whose hash the caller has looked at (nativeBinary.ts)
 * @param witnesses the engine that calculates witnesses; closed with this one
 */
export function createNativeBackend(path: string, workers: number, witnesses: ProverBackend): ProverBackend {
  return new NativeBackend(path, workers, witnesses);
}

class NativeBackend implements ProverBackend {
  private readonly shapes = new Map<string, Promise<WitnessShape>>();
  private readonly usedUp = new WeakSet<ArrayBuffer>();
  private readonly checks = new ProofChecks();
  private process: NativeProcess | undefined;
  private proving = 0;
  private closed = false;

  constructor(
    private readonly path: string,
    private readonly workers: number,
    private readonly witnesses: ProverBackend,
  ) {}

  calculateWitness(job: ProofJob): Promise<Witness> {
    return this.witnesses.calculateWitness(job);
  }

  /** @throws MarginproofError as every backend, and `PROVER_FALSE_PROOF` for a proof that does not verify */
  async prove({ circuit, wires }: Witness): Promise<ProofResult> {
    if (this.closed) throw proverClosed();
    useUp(this.usedUp, wires);
    this.proving++;
    let checked: Promise<void> | undefined;
    let result: ProofResult;
    try {
      const made = await this.make(circuit, wires);
      result = made.result;
      checked = this.checks.add(made.item);
    } finally {
      // Nothing else is coming that those who wait could be verified with.
      if (--this.proving === 0) this.checks.run();
    }
    await checked;
    return result;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.checks.abandon(proverClosed());
    await Promise.all([this.process?.close(proverClosed()), this.witnesses.close()]);
  }

  private async make(circuit: KeyName, wires: Witness["wires"]) {
    const { zkey } = instanceFiles(circuit.keySet, circuit.instance);
    const shape = await this.shapeOf(zkey);
    const signals = shape.publicSignals(wires);
    if (this.closed) throw proverClosed();
    if (this.process === undefined || this.process.gone)
      this.process = new NativeProcess(this.path, this.workers);
    const start = performance.now();
    const [r, s] = [randomScalar(), randomScalar()];
    const { proof, heldBytes } = await this.process.prove({ zkeyPath: resolve(zkey), r, s, wires });
    const milliseconds = performance.now() - start;
    const publicSignals = signals.map(String);
    const result: ProofResult = { proof, publicSignals, milliseconds, peakRssBytes: heldBytes };
    return { result, item: { vk: shape.verifyingKey, signals, proof } };
  }

  /** Read once; a key that can't be read is tried again. */
  private shapeOf(zkeyPath: string): Promise<WitnessShape> {
    const known = this.shapes.get(zkeyPath);
    if (known !== undefined) return known;
    const reading = WitnessShape.read(zkeyPath);
    this.shapes.set(zkeyPath, reading);
    reading.catch(() => this.shapes.delete(zkeyPath));
    return reading;
  }
}

/** Uniform in the field, 32 little-endian bytes: 512 random bits reduced. */
function randomScalar(): Uint8Array {
  const scalar = new Uint8Array(32);
  writeLittleEndian(BigInt(`0x${randomBytes(64).toString("hex")}`) % FIELD_ORDER, scalar, 0);
  return scalar;
}
