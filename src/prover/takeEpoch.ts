import { MarginproofError } from "../errors.js";
import type { OpenInputs } from "./openInputs.js";
import { entryAt } from "./places.js";
import { outExists, settleRemains, standsAt } from "./publication.js";
import { secondStatement } from "./store/folderRun.js";
import type { EpochRun, ProverStore } from "./store/store.js";

/**
 * Takes the epoch for this run and puts in order what earlier runs left of it, before any work: refuses a second
 * statement, and a place that is not the epoch's own.
 * @param out where the bundle is to be
 * @param withdraw digest of the statement that its owner says never became public: it is forgotten
 * @throws MarginproofError PROVER_RUNNING, EPOCH_PUBLISHED, OUT_EXISTS
 */
export async function takeEpoch(
  store: ProverStore,
  { market, attemptName }: Pick<OpenInputs, "market" | "attemptName">,
  out: string,
  withdraw: string | undefined,
): Promise<EpochRun> {
  const run = await store.takeEpoch(market);
  try {
    await settleRemains(run);
    await refuseSecondStatement(run, attemptName, withdraw);
    const ours = (await run.publications()).some((publication) => publication.out === out);
    if (!ours && (await entryAt(out)) !== undefined) throw outExists(out);
    return run;
  } catch (error) {
    run.release();
    throw error;
  }
}

/**
 * @throws MarginproofError EPOCH_PUBLISHED unless the epoch's statement is this attempt's, or is withdrawn by its digest
 * and its bundle is gone
 */
async function refuseSecondStatement(
  run: EpochRun,
  attempt: string,
  withdraw: string | undefined,
): Promise<void> {
  const before = await run.statement();
  if (before === undefined || before.attempt === attempt) return;
  if (withdraw === before.digest) {
    const place = await standsAt(run, before.digest);
    if (place === undefined) return run.withdraw();
    throw new MarginproofError(
      "EPOCH_PUBLISHED",
      `the bundle of statement ${before.digest} still stands at ${place}: beside another of the epoch it would contradict it`,
      {
        kind: "usage",
        hint: "If it never left your hands, remove that folder, then run the same command again.",
      },
    );
  }
  throw secondStatement(
    before,
    (await run.publications()).map(({ out }) => out),
  );
}
