import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { type R1cs, readR1cs } from "../../src/keys/iden3/r1cs.js";
import { readSymbols } from "../../src/keys/iden3/symbols.js";
import { instanceFiles } from "../../src/keys/instanceFiles.js";
import { mainCircuit } from "../../src/keys/instances.js";
import type { AccountShape, Instance } from "../../src/protocol/shapes.js";
import { instanceId } from "../../src/protocol/shapes.js";
import { TEST_KEYS } from "../support/circuit.js";

/** A constraint system with the names of its wires. */
export interface NamedSystem {
  readonly r1cs: R1cs;
  /** Name of each wire; wire 0 is "one". */
  readonly names: readonly string[];
  readonly wireOf: ReadonlyMap<string, number>;
  /** Wires that are inputs of the circuit, public or private. */
  readonly inputs: ReadonlySet<number>;
}

/** A circuit as it is proved, and as it was written. */
export interface AttackedCircuit {
  readonly id: string;
  /** After the optimiser: the relation that the keys prove, and so the judge of every attack. */
  readonly proved: NamedSystem;
  /** Before the optimiser: every signal of the source has its own wire, so a cheat can set each by name. */
  readonly written: NamedSystem;
}

/** Mutation testing puts a changed copy here (scripts/circuitMutants.ts), and has the attacks judged by what was written. */
const CHANGED = process.env.MARGINPROOF_CHANGED_CIRCUITS;
const CIRCUITS = CHANGED ?? join(PACKAGE_ROOT, "circuits");
const LIBRARIES = [CIRCUITS, join(PACKAGE_ROOT, "node_modules", "circomlib", "circuits")];

type Level = "O0" | "O2";

const loaded = new Map<string, Promise<AttackedCircuit>>();

/** Two group places and three bracketed slots: what the shapes of the test profile have no room for. */
export const twoGroupShape: AccountShape = accountShape({
  bracketed: 3,
  flat: 2,
  groups: 2,
  scenarios: 4,
  stress: 2,
});

/** A shape of two accounts that no profile needs. */
function accountShape(places: Omit<AccountShape, "id" | "template" | "accounts">): AccountShape {
  const shape = { template: "accounts" as const, accounts: 2, ...places };
  return { ...shape, id: instanceId(shape) };
}

/** A circuit of the test profile (as proved: from the test run's keys folder), or one compiled for these tests. */
export function attackedCircuit(instance: Instance): Promise<AttackedCircuit> {
  let circuit = loaded.get(instance.id);
  if (circuit === undefined) loaded.set(instance.id, (circuit = load(instance)));
  return circuit;
}

/**
 * One template by itself: `Band()` of circuits/lib/band.circom.
 * @param publicInputs kept by the optimiser as they are; any other may be expressed by what follows from it
 * @param around Circom text before the main component: for a template whose inputs have tags, which main can't have
 */
export function attackedTemplate(
  call: string,
  file: string,
  publicInputs: readonly string[] = [],
  around = "",
): Promise<AttackedCircuit> {
  const inputs = publicInputs.length === 0 ? "" : ` {public [${publicInputs.join(", ")}]}`;
  const source = `pragma circom 2.1.9;\n\ninclude "lib/${file}";\n${around}\ncomponent main${inputs} = ${call};\n`;
  return loadSource([call, ...publicInputs].join(" ").replace(/\W+/g, "-"), source);
}

async function load(instance: Instance): Promise<AttackedCircuit> {
  const known = instanceFiles(TEST_KEYS, instance.id);
  const source = mainCircuit(instance);
  if (CHANGED !== undefined || !existsSync(known.r1cs)) return loadSource(instance.id, source);
  const [proved, written] = await Promise.all([
    readSystem(known),
    compiled(instance.id, source, "O0").then(readSystem),
  ]);
  return { id: instance.id, proved, written };
}

/** Any circuit of ours, given as the text of its main file. */
export async function loadSource(id: string, source: string): Promise<AttackedCircuit> {
  const levels: readonly Level[] = CHANGED === undefined ? ["O2", "O0"] : ["O0"];
  const systems = await Promise.all(levels.map((level) => compiled(id, source, level).then(readSystem)));
  return { id, proved: systems[0]!, written: systems.at(-1)! };
}

async function readSystem(files: { readonly r1cs: string; readonly sym: string }): Promise<NamedSystem> {
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
  return { r1cs, names, wireOf, inputs: new Set(Array.from({ length: count }, (_, i) => first + i)) };
}

/** Our own files that a circuit includes, directly or not; those of circomlib don't change. */
async function includedFiles(
  source: string,
  found = new Map<string, string>(),
): Promise<Map<string, string>> {
  for (const [, name] of source.matchAll(/^include "([^"]+)";$/gm)) {
    const path = [join(CIRCUITS, name!), join(CIRCUITS, "lib", name!)].find((each) => existsSync(each));
    if (path === undefined || found.has(path)) continue;
    found.set(path, await readFile(path, "utf8"));
    await includedFiles(found.get(path)!, found);
  }
  return found;
}

/** Compiles once per state of the circuit's files, into build/attacks, or beside a changed copy. */
async function compiled(id: string, source: string, level: Level): Promise<{ r1cs: string; sym: string }> {
  const hash = createHash("sha256").update(source);
  const files = [...(await includedFiles(source)).values()];
  for (const text of files.sort()) hash.update(`${text.length}:`).update(text);
  const parent = CHANGED === undefined ? join(PACKAGE_ROOT, "build", "attacks") : join(CHANGED, "compiled");
  const folder = join(parent, `${id}-${level}-${hash.digest("hex").slice(0, 12)}`);
  if (!existsSync(folder)) {
    await mkdir(parent, { recursive: true });
    const aside = await mkdtemp(join(parent, ".making-"));
    await writeFile(join(aside, "circuit.circom"), source);
    await runCircom(join(aside, "circuit.circom"), level);
    // Another worker may have been faster; its files are the same.
    await rename(aside, folder).catch(() => rm(aside, { recursive: true, force: true }));
  }
  return { r1cs: join(folder, "circuit.r1cs"), sym: join(folder, "circuit.sym") };
}

/** The compiler in WASM finds no file by a path that climbs out of its working folder. */
function runCircom(source: string, level: Level): Promise<void> {
  const cli = createRequire(import.meta.url).resolve("circom2/cli.js");
  const path = (file: string): string => relative(PACKAGE_ROOT, file);
  const includes = LIBRARIES.flatMap((folder) => ["-l", path(folder)]);
  const args = [cli, path(source), "--r1cs", "--sym", `--${level}`, ...includes, "-o", path(dirname(source))];
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args, {
      cwd: PACKAGE_ROOT,
      stdio: ["ignore", "ignore", "inherit"],
    });
    child.once("error", fail);
    child.once("close", (code) => (code === 0 ? done() : fail(new Error(`circom ended with ${code}`))));
  });
}
