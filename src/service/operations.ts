import { MarginproofError } from "../errors.js";
import type { Service } from "./open.js";
import { sendWork } from "./queue.js";
import { askDiagnosis, forgetDiagnosis } from "./store/diagnosis.js";
import {
  CANCELLABLE,
  type EpochRow,
  type EpochState,
  keepsAccounts,
  keptManifest,
  keptUpload,
  moveEpoch,
  readEpoch,
  sealManifest,
} from "./store/epochs.js";
import { forgetPrivate } from "./store/forget.js";
import { bytes, type Sql } from "./store/sql.js";
import {
  type AccountsForm,
  forgetOtherUploads,
  forgetUpload,
  type Manifest,
  takeIn,
} from "./store/upload.js";

/** How accounts come in. */
interface Receiving extends Partial<Pick<Manifest, "parts" | "alone">> {
  /** Seconds before a worker takes them from the queue. */
  readonly delay?: number;
  /** They wait until the epoch is resumed, or others come in their place. */
  readonly hold?: boolean | undefined;
  /** They are the live book's own, of an epoch that it began. */
  readonly live?: boolean;
  /** What they take the place of, as `assertReceives` said when they were asked for. */
  readonly before?: string | null;
}

/**
 * Takes in an epoch's accounts, in the place of those that it holds, and queues its proof unless these are to be held too. An upload that
 * broke off may be sent again from its start. Accounts that came since this was asked for stay: whoever asked knew nothing of them.
 * @returns the epoch, with these
 * @throws MarginproofError SERVICE_NOT_FOUND, SERVICE_EPOCH_STATE, SERVICE_TOO_LARGE
 */
export async function receiveAccounts(
  { database, secrets, queue }: Pick<Service, "database" | "secrets" | "queue">,
  id: string,
  form: AccountsForm,
  stream: AsyncIterable<Uint8Array>,
  limit: number,
  { parts, alone, delay = 0, hold = false, live = false, ...own }: Receiving = {},
): Promise<EpochRow> {
  const { before = await assertReceives({ database, secrets }, id, live) } = own;
  const manifest = await takeIn(database, secrets.sealer, id, form, stream, limit);
  const sealed = sealManifest(secrets.sealer, id, { ...manifest, parts, alone }, hold);
  try {
    return await database.transaction(async (sql) => {
      const row = await readEpoch(sql, id, true);
      assertReceiving(row);
      if (keptUpload(row, secrets.sealer) !== before) throw otherAccounts("other accounts came meanwhile");
      if (!hold) await move(sql, id, ["receiving"], "queued", NO_ACCOUNTS);
      await forgetOtherUploads(sql, id, manifest.upload);
      await forgetDiagnosis(sql, id);
      await sql.query("update marginproof.epoch set accounts = $2 where id = $1", [id, sealed]);
      if (!hold) await sendWork(queue, sql, [{ epoch: id, work: "commit" }], delay);
      return readEpoch(sql, id);
    });
  } catch (error) {
    // Where that fails too, the next one that is taken in forgets them, or a cancel.
    await forgetUnkept(database, id, manifest, sealed).catch(() => {});
    throw error;
  }
}

/** Forgets an upload whose epoch did not take it, and not one of an epoch that did while the answer was lost. */
async function forgetUnkept(
  database: Service["database"],
  id: string,
  { upload }: Manifest,
  sealed: Buffer,
): Promise<void> {
  await database.transaction(async (sql) => {
    const { accounts } = await readEpoch(sql, id, true);
    if (accounts === null || !sealed.equals(bytes(accounts))) await forgetUpload(sql, id, upload);
  });
}

const NO_ACCOUNTS = "takes no accounts";

function assertReceiving({ state }: Pick<EpochRow, "state">): void {
  if (state !== "receiving") throw wrongState(state, NO_ACCOUNTS);
}

/**
 * @param live whether they are the live book's own: an epoch that it began takes no others, which would be proved as its own
 * @returns the upload that it holds, whose place others may take; null: none
 * @throws MarginproofError SERVICE_NOT_FOUND; SERVICE_EPOCH_STATE for an epoch that takes no accounts, or no more; SERVICE_SEALED
 */
export async function assertReceives(
  { database, secrets }: Pick<Service, "database" | "secrets">,
  id: string,
  live: boolean,
): Promise<string | null> {
  const row = await readEpoch(database, id);
  assertReceiving(row);
  if (!live) {
    const [own] = await database.query(
      "select 1 from marginproof.call where epoch = $1 union all select 1 from marginproof.continuous where epoch = $1",
      [id],
    );
    if (own !== undefined) {
      throw new MarginproofError(
        "SERVICE_EPOCH_STATE",
        "the epoch is of the live book: it takes no other accounts",
        {
          kind: "usage",
          hint: "Begin an epoch of your own for them.",
        },
      );
    }
  }
  return keptUpload(row, secrets.sealer);
}

/**
 * Goes on with an epoch that is held, or whose accounts are: every step that has no proof is queued again.
 * @param upload that was looked at, if the caller says: no other is proved
 * @throws MarginproofError SERVICE_EPOCH_STATE
 */
export async function resumeEpoch(
  { database, secrets, queue }: Pick<Service, "database" | "secrets" | "queue">,
  id: string,
  upload?: string,
): Promise<void> {
  await database.transaction(async (sql) => {
    const before = await readEpoch(sql, id, true);
    const waits = before.state === "receiving" && keepsAccounts(before);
    await move(sql, id, waits ? ["receiving"] : ["held"], "queued", "is not held");
    const kept = keptManifest(before, secrets.sealer);
    if (upload !== undefined && upload !== kept.upload) throw otherAccounts("the epoch keeps other accounts");
    if (waits) {
      await forgetOtherUploads(sql, id, kept.upload);
      const sealed = sealManifest(secrets.sealer, id, kept, false);
      await sql.query("update marginproof.epoch set accounts = $2 where id = $1", [id, sealed]);
    }
    await sql.query("update marginproof.epoch set problem_code = null, problem = null where id = $1", [id]);
    await sendWork(queue, sql, [{ epoch: id, work: "commit" }]);
  });
}

/**
 * Has a worker look at the accounts of an epoch that keeps them, before it is proved or after it failed. Asked again, what was found stays, and
 * what is waited for is queued again after an hour, in case its job was lost.
 * @throws MarginproofError SERVICE_NOT_FOUND, SERVICE_EPOCH_STATE
 */
export async function askDoctor(
  { database, secrets, queue }: Pick<Service, "database" | "secrets" | "queue">,
  id: string,
): Promise<void> {
  await database.transaction(async (sql) => {
    const row = await readEpoch(sql, id, true);
    if (!keepsAccounts(row)) throw wrongState(row.state, "keeps no accounts");
    const asks = await askDiagnosis(sql, { epoch: id, upload: keptManifest(row, secrets.sealer).upload });
    await sendWork(
      queue,
      sql,
      asks.map((ask) => ({ ...ask, work: "doctor" })),
    );
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

const otherAccounts = (problem: string): MarginproofError =>
  new MarginproofError("SERVICE_EPOCH_STATE", problem, {
    kind: "usage",
    hint: "GET /v1/epochs/ID says which upload it keeps: look at that one, or send others in its place.",
  });
