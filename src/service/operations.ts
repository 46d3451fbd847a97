import { MarginproofError } from "../errors.js";
import type { Service } from "./open.js";
import { sendWork } from "./queue.js";
import { CANCELLABLE, type EpochState, moveEpoch, readEpoch } from "./store/epochs.js";
import { forgetPrivate } from "./store/forget.js";
import type { Sql } from "./store/sql.js";
import { type AccountsForm, forgetOtherUploads, type Manifest, takeIn } from "./store/upload.js";

/**
 * Takes in an epoch's accounts and queues its proof. An upload that broke off may be sent again from its start.
 * @param parts of an export: the files that the stream is, one after the other
 * @param alone they are one account, and nobody is to read what is proved of it
 * @param delay seconds before a worker takes it from the queue
 * @throws MarginproofError SERVICE_NOT_FOUND, SERVICE_EPOCH_STATE, SERVICE_TOO_LARGE
 */
export async function receiveAccounts(
  { database, secrets, queue }: Pick<Service, "database" | "secrets" | "queue">,
  id: string,
  form: AccountsForm,
  stream: AsyncIterable<Uint8Array>,
  limit: number,
  { parts, alone, delay = 0 }: Partial<Pick<Manifest, "parts" | "alone">> & { readonly delay?: number } = {},
): Promise<void> {
  await assertReceives({ database }, id);
  const manifest = await takeIn(database, secrets.sealer, id, form, stream, limit);
  await database.transaction(async (sql) => {
    await move(sql, id, ["receiving"], "queued", "takes no accounts");
    await forgetOtherUploads(sql, id, manifest.upload);
    const sealed = secrets.sealer.seal(`accounts/${id}`, JSON.stringify({ ...manifest, parts, alone }));
    await sql.query("update marginproof.epoch set accounts = $2 where id = $1", [id, sealed]);
    await sendWork(queue, sql, [{ epoch: id, work: "commit" }], delay);
  });
}

/** @throws MarginproofError SERVICE_NOT_FOUND; SERVICE_EPOCH_STATE for an epoch that has its accounts */
export async function assertReceives({ database }: Pick<Service, "database">, id: string): Promise<void> {
  const { state } = await readEpoch(database, id);
  if (state !== "receiving") throw wrongState(state, "takes no accounts");
}

/** Goes on with an epoch that is held: every step that has no proof is queued again. @throws MarginproofError SERVICE_EPOCH_STATE */
export async function resumeEpoch(
  { database, queue }: Pick<Service, "database" | "queue">,
  id: string,
): Promise<void> {
  await database.transaction(async (sql) => {
    await move(sql, id, ["held"], "queued", "is not held");
    await sql.query("update marginproof.epoch set problem_code = null, problem = null where id = $1", [id]);
    await sendWork(queue, sql, [{ epoch: id, work: "commit" }]);
  });
}

/**
 * Stops an epoch that is not published, and forgets all that is private of it.
 * @throws MarginproofError SERVICE_EPOCH_STATE, SERVICE_OBJECTS
 */
export async function cancelEpoch(
  { database, inputs }: Pick<Service, "database" | "inputs">,
  id: string,
): Promise<void> {
  const { state } = await readEpoch(database, id);
  if (CANCELLABLE.includes(state)) {
    const rows = await database.query<{ step: number }>(
      "select step from marginproof.step where epoch = $1",
      [id],
    );
    // First: where the object store is away the epoch is not cancelled, and can be cancelled again.
    await inputs.forget(
      id,
      rows.map(({ step }) => step),
    );
  }
  await database.transaction(async (sql) => {
    await move(sql, id, CANCELLABLE, "cancelled", "can't be cancelled");
    await forgetPrivate(sql, id);
  });
}

/** Makes a proved epoch public: its bundle and its holders' files are handed out from now on. @throws MarginproofError SERVICE_EPOCH_STATE */
export async function publishEpoch({ database }: Pick<Service, "database">, id: string): Promise<void> {
  await database.transaction(async (sql) => {
    const [call] = await sql.query("select 1 from marginproof.call where epoch = $1", [id]);
    if (call !== undefined) {
      throw new MarginproofError("SERVICE_EPOCH_STATE", "the epoch is of one account, and for its holder", {
        kind: "usage",
        hint: "What it publishes would be all that this account holds.",
      });
    }
    await move(sql, id, ["proved"], "published", "can't be published");
    await sql.query("update marginproof.epoch set published = now() where id = $1", [id]);
  });
}

async function move(
  sql: Sql,
  id: string,
  from: readonly EpochState[],
  to: EpochState,
  problem: string,
): Promise<void> {
  const { state } = await readEpoch(sql, id, true);
  if (!(await moveEpoch(sql, id, from, to))) throw wrongState(state, problem);
}

const wrongState = (state: EpochState, problem: string): MarginproofError =>
  new MarginproofError("SERVICE_EPOCH_STATE", `the epoch is ${state}: it ${problem}`, {
    kind: "usage",
    hint: "GET /v1/epochs/ID says where it stands.",
  });
