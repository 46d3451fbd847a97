import { rm } from "node:fs/promises";
import { join } from "node:path";
import { MarginproofError } from "../errors.js";
import { readPlainFile } from "../files/files.js";
import { naming } from "../files/systemError.js";
import { FILE_LIMITS } from "../protocol/fileLimits.js";
import { parseStatement } from "../protocol/statement.js";
import { BUNDLE_FILE_NAMES } from "../verifier/bundleTexts.js";
import { entryAt } from "./places.js";
import type { EpochName, EpochRun, ProverStore, Publication } from "./store/store.js";
import { digestOf } from "./store/storedStatement.js";

/** Where a bundle is made and where it is to be. */
export type BundlePlaces = Pick<Publication, "out" | "aside">;

/** Does a part of publishing. What fails before the bundle has its name leaves nothing behind. */
export async function orUndo<T>(run: EpochRun, places: BundlePlaces, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { out, aside } = places;
    // Once it has its name it is public, whatever failed after that.
    const unnamed = (await entryAt(aside)) !== undefined || (await entryAt(out)) === undefined;
    // What can't be put in order now (a full disk) is left to the next run of the epoch: the record says what it is.
    if (unnamed) await undo(run, places).catch(() => {});
    throw error;
  }
}

async function undo(run: EpochRun, { out, aside }: BundlePlaces): Promise<void> {
  await naming(aside, () => rm(aside, { recursive: true, force: true }));
  await run.dropPublication(out);
}

/**
 * Puts in order what earlier runs of this epoch left when they were stopped: a bundle that got its name is recorded as
 * public, one that did not is removed. Nothing is touched but what those runs recorded as theirs.
 */
export async function settleRemains(run: EpochRun): Promise<void> {
  for (const { out, aside, state } of await run.publications()) {
    if (state === "done") continue;
    const unnamed = (await entryAt(aside)) !== undefined;
    // Once it is gone from there it may have been seen, wherever it is now.
    if (state === "ready" && !unnamed) await run.finishPublication(out);
    else await undo(run, { out, aside });
  }
}

/** The same for a reader, who leaves an epoch alone that is being proved. */
export async function settleEpoch(store: ProverStore, epoch: EpochName): Promise<void> {
  let run: EpochRun;
  try {
    run = await store.takeEpoch(epoch);
  } catch (error) {
    if (error instanceof MarginproofError && error.code === "PROVER_RUNNING") return;
    throw error;
  }
  try {
    await settleRemains(run);
  } finally {
    run.release();
  }
}

/** Where a bundle with this statement stands, of the places that it was published at. */
export async function standsAt(run: EpochRun, digest: string): Promise<string | undefined> {
  for (const { out } of await run.publications()) {
    const path = join(out, BUNDLE_FILE_NAMES.statement);
    const text = await readPlainFile(path, FILE_LIMITS["bundle file"]).catch(() => undefined);
    try {
      if (text !== undefined && digestOf(parseStatement(JSON.parse(text))) === digest) return out;
    } catch {
      // Something else by now.
    }
  }
  return undefined;
}

export function outExists(out: string, problem = "already exists"): MarginproofError {
  return new MarginproofError("OUT_EXISTS", `${out} ${problem}`, {
    kind: "usage",
    hint: "A published bundle is never overwritten: choose another place, or remove it yourself.",
  });
}
