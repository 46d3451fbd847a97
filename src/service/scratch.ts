import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { privateFolder } from "../files/files.js";
import { Database } from "../prover/store/database.js";

const MOST_PROCESSES = 1024;

/** A private folder of one process, for what outlives no job: emptied when a process takes it, whatever the last one left. */
export interface Scratch {
  /** A new folder in it; `run` removes it afterwards. */
  run<T>(work: (folder: string) => Promise<T>): Promise<T>;
  close(): void;
}

/** Empties every place that no process has: what a killed one left in clear must not wait for who takes its place. */
export async function emptyScratch(parent: string): Promise<void> {
  const place = await privateFolder(parent);
  for (const name of await readdir(place)) {
    const slot = /^(\d{1,4})\.lock$/.exec(name)?.[1];
    const lock = slot === undefined ? undefined : await Database.lock(join(place, name));
    if (lock === undefined) continue;
    try {
      await emptied(place, Number(slot));
    } finally {
      lock.close();
    }
  }
}

async function emptied(place: string, slot: number): Promise<string> {
  const own = await privateFolder(join(place, String(slot)));
  for (const name of await readdir(own)) await rm(join(own, name), { recursive: true, force: true });
  return own;
}

/** Takes the first free place of a folder that several processes may share. */
export async function takeScratch(parent: string): Promise<Scratch> {
  const place = await privateFolder(parent);
  for (let slot = 0; slot < MOST_PROCESSES; slot++) {
    const lock = await Database.lock(join(place, `${slot}.lock`));
    if (lock === undefined) continue;
    const own = await emptied(place, slot);
    return {
      async run(work) {
        const folder = await mkdtemp(join(own, "job-"));
        try {
          return await work(folder);
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      },
      close: () => lock.close(),
    };
  }
  throw new Error(`more than ${MOST_PROCESSES} processes in ${place}`);
}
