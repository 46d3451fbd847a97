import { BinaryFile } from "../keys/iden3/binaryFile.js";
import { readLittleEndian } from "../keys/iden3/fieldBytes.js";
import { readVerifyingKey, readZkeyHeader } from "../keys/iden3/verifyingKey.js";
import { parseVerifyingKey, type VerifyingKey } from "../verifier/groth16/verifyingKey.js";
import type { Witness } from "./backend.js";
import { witnessRefused } from "./wasm/witnessInput.js";

/** What a key says of the witnesses that it proves, for engines that take both without a look. */
export class WitnessShape {
  private constructor(
    private readonly wireCount: number,
    private readonly publicCount: number,
    readonly verifyingKey: VerifyingKey,
  ) {}

  /** @throws MarginproofError those of reading a zkey */
  static async read(zkeyPath: string): Promise<WitnessShape> {
    const file = await BinaryFile.open(zkeyPath, "zkey");
    try {
      const { wireCount, publicCount } = await readZkeyHeader(file);
      const key = parseVerifyingKey(await readVerifyingKey(zkeyPath), publicCount);
      return new WitnessShape(wireCount, publicCount, key);
    } finally {
      await file.close();
    }
  }

  /** The public signals of a witness. @throws MarginproofError `WITNESS_INPUT_INVALID` for one of another circuit */
  publicSignals(wires: Uint8Array): bigint[] {
    if (wires.length !== 32 * this.wireCount)
      throw witnessRefused(`has ${wires.length / 32} wires, the key ${this.wireCount}`);
    return Array.from({ length: this.publicCount }, (_, i) => readLittleEndian(wires, 32 * (i + 1)));
  }
}

/** Notes that a witness is used. @throws MarginproofError `WITNESS_INPUT_INVALID` when it was before */
export function useUp(used: WeakSet<ArrayBuffer>, { buffer }: Witness["wires"]): void {
  if (used.has(buffer)) throw witnessRefused("was used up by a proof before");
  used.add(buffer);
}
