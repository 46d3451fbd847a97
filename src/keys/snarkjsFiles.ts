import { AsyncLocalStorage } from "node:async_hooks";
import fs from "node:fs";
import type { FileHandle } from "node:fs/promises";

/** Of each call that is under way, the files it opened. */
const opened = new AsyncLocalStorage<FileHandle[]>();
const { open } = fs.promises;

/**
 * Runs something of snarkjs and closes the files that it leaves open: it does when it refuses one, and of a phase-1 file always. Left to the
 * garbage collector, a long setup would run out of them, and later versions of Node make an error of it.
 */
export function closingFiles<T>(work: () => Promise<T>): Promise<T> {
  // What snarkjs opens files by; modules that import `open` by its name have another.
  fs.promises.open = noting;
  const own: FileHandle[] = [];
  return opened.run(own, async () => {
    try {
      return await work();
    } finally {
      // Closing twice is no error.
      await Promise.all(own.map((file) => file.close()));
    }
  });
}

async function noting(...args: Parameters<typeof open>): Promise<FileHandle> {
  const file = await open(...args);
  opened.getStore()?.push(file);
  return file;
}
