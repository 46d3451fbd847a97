/** The part of snarkjs 0.7 that this project calls. */
declare module "snarkjs" {
  interface MemoryFile {
    type: "mem";
    data?: Uint8Array;
  }
  type File = string | MemoryFile;

  export const zKey: {
    /** The circuit hash, or -1 when it refused. */
    verifyFromR1cs(r1cs: File, ptau: File, zkey: File): Promise<boolean>;
    newZKey(r1cs: File, ptau: File, zkey: File): Promise<Uint8Array | -1>;
    contribute(from: File, to: File, name: string, entropy: string): Promise<Uint8Array>;
    exportVerificationKey(zkey: File): Promise<Record<string, unknown>>;
  };
  export const powersOfTau: {
    newAccumulator(curve: unknown, power: number, ptau: File): Promise<unknown>;
    contribute(from: File, to: File, name: string, entropy: string): Promise<unknown>;
    preparePhase2(from: File, to: File): Promise<unknown>;
  };
  export const groth16: {
    prove(
      zkey: File,
      witness: File,
      logger?: undefined,
      options?: { singleThread?: boolean },
    ): Promise<{ proof: Record<string, unknown>; publicSignals: string[] }>;
    verify(key: Record<string, unknown>, publicSignals: readonly string[], proof: unknown): Promise<boolean>;
  };
  export const wtns: {
    calculate(input: unknown, wasm: File, wtns: File): Promise<void>;
  };
  export const curves: {
    getCurveFromName(name: string): Promise<{ terminate(): Promise<void> }>;
  };
}
