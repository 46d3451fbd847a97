import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PRIVATE_FILE } from "../../files/files.js";
import type { AccountsPlaces, MarketPlaces } from "../../prover/openInputs.js";
import { type EpochRow, modelOf } from "../store/epochs.js";
import { type Manifest, writeOut } from "../store/upload.js";
import type { WorkerContext } from "./workerContext.js";

/**
 * Writes an epoch's inputs into a private folder, as files that the prover opens.
 * @param manifest of its accounts
 * @throws MarginproofError SERVICE_SEALED
 */
export async function epochPlaces(
  { database, secrets }: Pick<WorkerContext, "database" | "secrets">,
  row: EpochRow,
  manifest: Manifest,
  folder: string,
): Promise<Omit<MarketPlaces, "profile"> & AccountsPlaces> {
  const put = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: PRIVATE_FILE });
    return join(folder, name);
  };
  const model = modelOf(row, secrets.sealer);
  return {
    marketPath: await put("market.json", row.market),
    ...(row.evidence === null ? {} : { evidencePath: await put("evidence.json", row.evidence) }),
    ...(model === undefined ? {} : { modelPath: await put("model.json", model) }),
    ...(await writeOut(database, secrets.sealer, row.id, manifest, folder)),
  };
}
