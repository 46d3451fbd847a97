import { randomBytes } from "node:crypto";
import { MarginproofError } from "../../errors.js";
import type { Sealer } from "./seal.js";
import { bytes, type Sql } from "./sql.js";
import type { Manifest } from "./upload.js";

/**
 * Where an epoch stands. `receiving` its accounts, or waiting with those that came to be held; `queued`; `committing` to them; `proving`; `finishing`: made a bundle and checked; `proved`,
 * and shown to nobody; `published`. `held`: steps were set aside. `failed` and `cancelled` have an end, and their name is free again.
 */
export type EpochState =
  | "receiving"
  | "queued"
  | "committing"
  | "proving"
  | "finishing"
  | "proved"
  | "published"
  | "held"
  | "failed"
  | "cancelled";

/** An epoch of the service, by its own id: its name may have been another's that failed. */
export interface EpochRow {
  readonly id: string;
  readonly exchange: string;
  readonly epoch: string;
  readonly state: EpochState;
  readonly profile: string;
  readonly market: string;
  readonly evidence: string | null;
  readonly terms: string;
  readonly model: unknown;
  readonly accounts: unknown;
  readonly attempt: string | null;
  readonly steps: number | null;
  readonly statement: string | null;
  readonly digest: string | null;
  readonly behind: unknown;
  readonly verdict: string | null;
  readonly problem_code: string | null;
  readonly problem: unknown;
  readonly created: Date;
  readonly changed: Date;
  readonly published: Date | null;
}

export interface NewEpoch {
  readonly exchange: string;
  readonly epoch: string;
  readonly profile: string;
  readonly market: string;
  readonly evidence?: string | undefined;
  readonly model?: string | undefined;
}

/** Keyed hash of what is to be proved, which is no secret: whoever writes to the database without the key can't exchange it. */
function termsOf(
  sealer: Sealer,
  own: Pick<EpochRow, "id" | "exchange" | "epoch" | "profile" | "market"> & {
    readonly evidence?: string | null | undefined;
  },
): string {
  const { id, exchange, epoch, profile, market, evidence = null } = own;
  return sealer
    .mac(`terms ${JSON.stringify([id, exchange, epoch, profile, market, evidence])}`)
    .toString("hex");
}

/** @throws MarginproofError SERVICE_SEALED when a row is not of the market that was sent */
export function assertTerms(row: EpochRow, sealer: Sealer): void {
  if (termsOf(sealer, row) === row.terms) return;
  throw new MarginproofError("SERVICE_SEALED", `the market of epoch ${row.id} is not the one that came in`, {
    kind: "io",
    hint: "Somebody changed the database. Cancel the epoch and begin it again.",
  });
}

/** @throws MarginproofError EPOCH_PUBLISHED while another epoch of this name is published or on its way */
export async function createEpoch(sql: Sql, sealer: Sealer, own: NewEpoch): Promise<string> {
  const id = randomBytes(16).toString("hex");
  const model = own.model === undefined ? null : sealer.seal(`model/${id}`, own.model);
  const made = await sql.query(
    `insert into marginproof.epoch (id, exchange, epoch, state, profile, market, evidence, model, terms)
     values ($1, $2, $3, 'receiving', $4, $5, $6, $7, $8) on conflict do nothing returning id`,
    [
      ...[id, own.exchange, own.epoch, own.profile, own.market, own.evidence ?? null, model],
      termsOf(sealer, { ...own, id }),
    ],
  );
  if (made.length === 1) return id;
  const [before] = await sql.query<{ id: string; state: string }>(
    "select id, state from marginproof.epoch where exchange = $1 and epoch = $2 and state not in ('failed', 'cancelled')",
    [own.exchange, own.epoch],
  );
  throw new MarginproofError(
    "EPOCH_PUBLISHED",
    `epoch ${own.epoch} is there already: ${before?.id ?? "another"} is ${before?.state ?? "on its way"}`,
    {
      kind: "usage",
      hint: "Give the market file its own epoch name, or cancel the other one while it is not published.",
    },
  );
}

/** @throws MarginproofError SERVICE_NOT_FOUND */
export async function readEpoch(sql: Sql, id: string, lock = false): Promise<EpochRow> {
  const [row] = await sql.query<EpochRow>(
    `select * from marginproof.epoch where id = $1${lock ? " for update" : ""}`,
    [id],
  );
  if (row !== undefined) return row;
  throw new MarginproofError("SERVICE_NOT_FOUND", "there is no epoch of this id", {
    kind: "usage",
    hint: "GET /v1/epochs lists the ids.",
  });
}

/** Moves an epoch on, if it is in one of these states. @returns whether it was */
export async function moveEpoch(
  sql: Sql,
  id: string,
  from: readonly EpochState[],
  to: EpochState,
): Promise<boolean> {
  const moved = await sql.query(
    `update marginproof.epoch set state = $2, changed = now() where id = $1 and state in (${from.map((state) => `'${state}'`).join()}) returning id`,
    [id, to],
  );
  return moved.length === 1;
}

/**
 * Seals what is known of an epoch's accounts.
 * @param held until the epoch is resumed: of a place of its own, so that of all that were ever held, only those that were resumed are proved
 */
export const sealManifest = (sealer: Sealer, id: string, manifest: Manifest, held: boolean): Buffer =>
  sealer.seal(manifestPlace(id, held), JSON.stringify(manifest));

const manifestPlace = (id: string, held: boolean): string => `${held ? "held" : "accounts"}/${id}`;

/** Of the accounts that are to be proved. @throws MarginproofError SERVICE_SEALED also of those that are held */
export const manifestOf = (row: EpochRow, sealer: Sealer): Manifest => openManifest(row, sealer, false);

/** Of the accounts that an epoch keeps, held or not. @throws MarginproofError SERVICE_SEALED */
export const keptManifest = (row: EpochRow, sealer: Sealer): Manifest =>
  openManifest(row, sealer, row.state === "receiving");

const openManifest = ({ id, accounts }: EpochRow, sealer: Sealer, held: boolean): Manifest =>
  JSON.parse(sealer.open(manifestPlace(id, held), bytes(accounts ?? [])).toString("utf8")) as Manifest;

/** Name of the accounts that an epoch has; null before any came. @throws MarginproofError SERVICE_SEALED */
export const keptUpload = (row: EpochRow, sealer: Sealer): string | null =>
  row.accounts === null ? null : keptManifest(row, sealer).upload;

const statementPlace = (id: string): string => `statement/${id}`;

/** A statement as its row keeps it: of one account alone, all of it is that account's. */
export const keptStatement = (row: EpochRow, sealer: Sealer, text: string): string =>
  manifestOf(row, sealer).alone === true
    ? sealer.seal(statementPlace(row.id), text).toString("base64")
    : text;

/** The text of a statement that is not published yet. @throws MarginproofError SERVICE_SEALED */
export const statementOf = (row: EpochRow, sealer: Sealer): string =>
  manifestOf(row, sealer).alone === true
    ? sealer.open(statementPlace(row.id), Buffer.from(row.statement!, "base64")).toString("utf8")
    : row.statement!;

/** A market file's secret rates, if it came with any. */
export const modelOf = ({ id, model }: EpochRow, sealer: Sealer): string | undefined =>
  model === null ? undefined : sealer.open(`model/${id}`, bytes(model)).toString("utf8");

/** What went wrong, in words that may name accounts: sealed, and beside it the code alone. */
export async function noteProblem(
  sql: Sql,
  sealer: Sealer,
  id: string,
  { code, message }: { readonly code: string; readonly message: string },
): Promise<void> {
  await sql.query(
    "update marginproof.epoch set problem_code = $2, problem = $3, changed = now() where id = $1 and state <> 'cancelled'",
    [id, code, sealer.seal(`problem/${id}`, message)],
  );
}

export const problemOf = ({ id, problem }: EpochRow, sealer: Sealer): string | undefined =>
  problem === null ? undefined : sealer.open(`problem/${id}`, bytes(problem)).toString("utf8");

/** Whether the accounts of an epoch came in and are kept still. */
export const keepsAccounts = ({ state, accounts }: EpochRow): boolean =>
  accounts !== null && !["proved", "published", "cancelled"].includes(state);

/** States in which an epoch can be cancelled, and all that is private of it forgotten: once published it can't be unsaid. */
export const CANCELLABLE: readonly EpochState[] = [
  "receiving",
  "queued",
  "committing",
  "proving",
  "finishing",
  "proved",
  "held",
  "failed",
];
