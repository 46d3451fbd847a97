import { join } from "node:path";

/** Which key: of which instance, in which set. A set goes by the keys folder that setup made. */
export interface KeyName {
  readonly keySet: string;
  readonly instance: string;
}

/** Files of one instance in a keys folder. */
export interface InstanceFiles {
  readonly folder: string;
  readonly r1cs: string;
  readonly wasm: string;
  readonly sym: string;
  readonly zkey: string;
  readonly verifyingKey: string;
  /** What the keys were made from: see keyOrigin.ts. */
  readonly origin: string;
}

export function instanceFiles(keysDir: string, id: string): InstanceFiles {
  const folder = join(keysDir, id);
  const file = (name: string): string => join(folder, name);
  return {
    folder,
    r1cs: file("circuit.r1cs"),
    wasm: file("circuit.wasm"),
    sym: file("circuit.sym"),
    zkey: file("circuit.zkey"),
    verifyingKey: file("verifying-key.json"),
    origin: file("setup.json"),
  };
}
