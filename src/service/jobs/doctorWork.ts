import { performance } from "node:perf_hooks";
import { workerFile } from "../../files/workerFile.js";
import type { AccountsPlaces, MarketPlaces } from "../../prover/openInputs.js";
import { type Asked, isAwaited, keepDiagnosis } from "../store/diagnosis.js";
import { assertTerms, keptManifest, readEpoch } from "../store/epochs.js";
import { epochPlaces } from "./epochPlaces.js";
import { inThread } from "./inThread.js";
import type { WorkerContext } from "./workerContext.js";

/** What the thread is given. */
export interface DoctorRequest extends Omit<MarketPlaces, "profile">, AccountsPlaces {
  readonly profile: string;
  /** The private folder that all of it is in, and that rows are spooled in. */
  readonly folder: string;
  /** Proofs at a time, for the time that is expected. */
  readonly workers: number;
}

/**
 * Has doctor look at an epoch's accounts, and keeps what it finds, sealed. Needs no keys, and changes nothing of the epoch. Done twice, it comes
 * out the same.
 * @param asked of an epoch that has other accounts now, or none any more, nothing is kept
 * @throws MarginproofError SERVICE_SEALED, PROFILE_UNKNOWN, those of `diagnose`
 */
export async function doctorWork(context: WorkerContext, asked: Asked, signal: AbortSignal): Promise<void> {
  const { database, secrets, workers, scratch, log, name } = context;
  if (!(await isAwaited(database, asked))) return;
  const begun = performance.now();
  try {
    const row = await readEpoch(database, asked.epoch);
    assertTerms(row, secrets.sealer);
    const text = await scratch.run(async (folder) => {
      const places = await epochPlaces(context, row, keptManifest(row, secrets.sealer), folder);
      const request: DoctorRequest = { ...places, profile: row.profile, folder, workers };
      return inThread<string>(workerFile(import.meta.url, "doctorWorker"), request, signal);
    });
    const kept = await keepDiagnosis(database, secrets.sealer, asked, text);
    const seconds = (performance.now() - begun) / 1000;
    log.info("diagnosed", { epoch: asked.epoch, seconds, counted: kept, worker: name });
  } catch (error) {
    // Proved, cancelled or sent anew meanwhile: what it reads was taken from under it, and nobody waits for it.
    if (await isAwaited(database, asked)) throw error;
  }
}
