import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../src/packageRoot.js";
import type { AccountShape, Instance } from "../../src/protocol/shapes.js";
import { instanceId, mainCircuit } from "../../src/prover/instances.js";
import { instanceFiles } from "../../src/prover/keyFolder.js";
import { compileCircuit } from "../../src/prover/keys/compile.js";
import { type R1cs, readR1cs } from "../../src/prover/keys/r1cs.js";
import { readSymbols } from "../../src/prover/keys/symbols.js";
import { TEST_KEYS } from "../support/circuit.js";

/** A compiled circuit with the names of its wires. */
export interface NamedCircuit {
  readonly instance: Instance;
  readonly r1cs: R1cs;
  /** Name of each wire (circom's optimiser leaves exactly one); wire 0 is "one". */
  readonly names: readonly string[];
  readonly wireOf: ReadonlyMap<string, number>;
  /** Wires that are inputs of the circuit, public or private. */
  readonly inputs: ReadonlySet<number>;
}

const LIBRARIES = [join(PACKAGE_ROOT, "circuits"), join(PACKAGE_ROOT, "node_modules", "circomlib", "circuits")];

const loaded = new Map<string, Promise<NamedCircuit>>();

/** A circuit of the test profile, from the keys folder of the test run, or one compiled for these tests. */
export function namedCircuit(instance: Instance): Promise<NamedCircuit> {
  let circuit = loaded.get(instance.id);
  if (circuit === undefined) loaded.set(instance.id, (circuit = load(instance)));
  return circuit;
}

/** Two group places and three bracketed slots: what the shapes of the test profile have no room for. */
export const twoGroupShape: AccountShape = accountShape({ bracketed: 3, flat: 2, groups: 2, scenarios: 4, stress: 2 });

/** A shape of two accounts that no profile needs, for attacks on its form. */
export function accountShape(places: Omit<AccountShape, "id" | "template" | "accounts">): AccountShape {
  const shape = { template: "accounts" as const, accounts: 2, ...places };
  return { ...shape, id: instanceId(shape) };
}

async function load(instance: Instance): Promise<NamedCircuit> {
  const known = instanceFiles(TEST_KEYS, instance.id);
  const files = existsSync(known.r1cs) ? known : await compileForAttacks(instance);
  const [r1cs, symbols] = await Promise.all([readR1cs(files.r1cs), readSymbols(files.sym)]);
  const names = Array.from({ length: r1cs.wireCount }, () => "one");
  const wireOf = new Map<string, number>();
  for (const { wire, name } of symbols) {
    names[wire] = name;
    wireOf.set(name, wire);
  }
  // Circom orders wires: one, public outputs, public inputs, private inputs, the rest.
  const first = 1 + r1cs.publicOutputCount;
  const count = r1cs.publicInputCount + r1cs.privateInputCount;
  return { instance, r1cs, names, wireOf, inputs: new Set(Array.from({ length: count }, (_, i) => first + i)) };
}

/** Compiles once per state of the circuits, into build/attacks. */
async function compileForAttacks(instance: Instance): Promise<{ r1cs: string; sym: string }> {
  const hash = createHash("sha256");
  for (const folder of [LIBRARIES[0]!, join(LIBRARIES[0]!, "lib")]) {
    for (const file of (await readdir(folder)).filter((name) => name.endsWith(".circom")).sort()) {
      hash.update(await readFile(join(folder, file)));
    }
  }
  const folder = join(PACKAGE_ROOT, "build", "attacks", `${instance.id}-${hash.digest("hex").slice(0, 12)}`);
  const files = { r1cs: join(folder, "circuit.r1cs"), sym: join(folder, "circuit.sym") };
  if (!existsSync(files.r1cs)) {
    await mkdir(folder, { recursive: true });
    const source = join(folder, "main.circom");
    await writeFile(source, mainCircuit(instance));
    await compileCircuit({ source, outDir: folder, includePaths: LIBRARIES, name: "circuit" });
  }
  return files;
}
