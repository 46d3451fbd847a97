import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Witness } from "../../src/prover/backend.js";
import { copyOf, type ENGINES, openEngine } from "./engines.js";

/** What a process that measures one engine's memory is told. */
interface Task {
  readonly engine: (typeof ENGINES)[number];
  readonly circuit: Witness["circuit"];
  readonly wires: string;
  readonly folder: string;
}

/** Proofs made: the first loads the key, and all that is kept warm is there with the second. */
const PROOFS = 2;

/**
 * MiB that proving two witnesses one after the other takes at most, in a process of its own and its children together. What Node and
 * the programs themselves take is in it; undefined where there is no /proc.
 */
export async function ownMemory(
  engine: (typeof ENGINES)[number],
  { circuit, wires }: Witness,
  folder: string,
): Promise<number | undefined> {
  const path = join(folder, "wires");
  await writeFile(path, wires);
  const task: Task = { engine, circuit, wires: path, folder };
  const child = fork(new URL("ownMemory.js", import.meta.url), [JSON.stringify(task)]);
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, treeMemory(child.pid!));
  }, 5);
  const [status] = (await once(child, "exit")) as [number | null];
  clearInterval(watch);
  await rm(path);
  if (status !== 0) throw new Error(`${engine} failed by itself with ${status}`);
  return most === 0 ? undefined : Math.round(most / 1024);
}

/** Resident kB of a process and all below it; 0 of what is gone. */
function treeMemory(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const own = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
    const below = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean),
    );
    return below.reduce((sum, child) => sum + treeMemory(Number(child)), own);
  } catch {
    return 0;
  }
}

if (process.send !== undefined && process.argv[2] !== undefined) {
  const { engine: name, circuit, wires, folder } = JSON.parse(process.argv[2]) as Task;
  const engine = await openEngine(name, 1, folder);
  if (typeof engine === "string") throw new Error(engine);
  const witness: Witness = { circuit, wires: new Uint8Array(readFileSync(wires)), milliseconds: 0 };
  for (let proof = 0; proof < PROOFS; proof++) await engine.prove(copyOf(witness));
  await engine.close();
  process.disconnect();
}
