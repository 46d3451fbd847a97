import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Abi, Hex } from "viem";
import { MarginproofError } from "../errors.js";
import { PACKAGE_ROOT } from "../files/packageRoot.js";

/** Contracts that are deployed for a registry, or called. */
export type ContractName =
  | "Groth16Verifier"
  | "Poseidon"
  | "TableColumns"
  | "StatementSeed"
  | "EpochRegistry"
  | "ReserveClaims";

/** A compiled contract. */
export interface Compiled {
  readonly abi: Abi;
  readonly bytecode: Hex;
}

/** Reads what the package was built with. @throws MarginproofError CONTRACTS_MISSING */
export async function compiled(name: ContractName): Promise<Compiled> {
  try {
    const text = await readFile(join(PACKAGE_ROOT, "build", "contracts", `${name}.json`), "utf8");
    return JSON.parse(text) as Compiled;
  } catch {
    throw new MarginproofError("CONTRACTS_MISSING", `the compiled contract ${name} is not in this package`, {
      kind: "io",
      hint: "Install the package again; in a checkout of the sources run npm run contracts.",
    });
  }
}
