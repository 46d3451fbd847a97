import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeWires } from "../../src/keys/iden3/witness.js";
import { instanceFiles } from "../../src/keys/instanceFiles.js";
import type { Witness } from "../../src/prover/backend.js";

/**
 * Proves with rapidsnark's command, which reads the key anew for every proof; undefined where it is not on PATH.
 * @param folder for its files
 */
export function rapidsnark(folder: string): ((witness: Witness) => Promise<void>) | undefined {
  if (spawnSync("rapidsnark", []).error !== undefined) return undefined;
  const [wtns, proof, signals] = ["witness.wtns", "proof.json", "public.json"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  return async ({ circuit, wires }) => {
    writeFileSync(wtns, encodeWires(wires));
    const { zkey } = instanceFiles(circuit.keySet, circuit.instance);
    const child = spawn("rapidsnark", [zkey, wtns, proof, signals], { stdio: "inherit" });
    const [status] = (await once(child, "close")) as [number | null];
    if (status !== 0) throw new Error(`rapidsnark failed with ${status}`);
  };
}
