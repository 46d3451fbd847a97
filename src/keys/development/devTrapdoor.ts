import { createHash } from "node:crypto";
import { FIELD_ORDER } from "../../field/order.js";

/** Public on purpose: whoever reads it can forge proofs under a development key. */
const DEV_SETUP_LABEL = "marginproof insecure development setup v1";

/** The secrets of a Groth16 setup, elements of the scalar field. Here everybody knows them. */
export interface Trapdoor {
  readonly tau: bigint;
  readonly alpha: bigint;
  readonly beta: bigint;
  readonly gamma: bigint;
  readonly delta: bigint;
}

/**
 * Derives the trapdoor of a development key from the label and the circuit, so everybody obtains one key.
 * Each value is 512 bits of SHA-256 reduced, hence uniform and, by overwhelming odds, neither 0 nor 1 nor equal.
 *
 * @param r1csSha256 lower-case hex
 */
export function deriveTrapdoor(r1csSha256: string): Trapdoor {
  const value = (name: string): bigint => {
    const half = (part: number) =>
      createHash("sha256").update(`${DEV_SETUP_LABEL}/${r1csSha256}/${name}/${part}`).digest("hex");
    return BigInt(`0x${half(0)}${half(1)}`) % FIELD_ORDER;
  };
  return {
    tau: value("tau"),
    alpha: value("alpha"),
    beta: value("beta"),
    gamma: value("gamma"),
    delta: value("delta"),
  };
}
