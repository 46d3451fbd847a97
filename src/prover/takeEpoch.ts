import type { OpenInputs } from "./openInputs.js";
import { entryAt } from "./places.js";
import { outExists, settleRemains } from "./publication.js";
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

/** @throws MarginproofError EPOCH_PUBLISHED unless the epoch's statement is this attempt's, or is withdrawn by its digest */
async function refuseSecondStatement(
  run: EpochRun,
  attempt: string,
  withdraw: string | undefined,
): Promise<void> {
  const before = await run.statement();
  if (before === undefined || before.attempt === attempt) return;
  if (withdraw === before.digest) return run.withdraw();
  throw secondStatement(
    before,
    (await run.publications()).map(({ out }) => out),
  );
}
