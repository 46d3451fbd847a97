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

/** Takes the first free place of a folder that several processes may share. */
export async function takeScratch(parent: string): Promise<Scratch> {
  const place = await privateFolder(parent);
  for (let slot = 0; slot < MOST_PROCESSES; slot++) {
    const lock = await Database.lock(join(place, `${slot}.lock`));
    if (lock === undefined) continue;
    const own = await privateFolder(join(place, String(slot)));
    for (const name of await readdir(own)) await rm(join(own, name), { recursive: true, force: true });
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
