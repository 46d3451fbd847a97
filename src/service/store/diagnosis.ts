import { type EpochRow, keepsAccounts, keptUpload } from "./epochs.js";
import type { Sealer } from "./seal.js";
import { bytes, type Sql } from "./sql.js";

/** Accounts that doctor was asked about: of an epoch, the upload that they came with. */
export interface Asked {
  readonly epoch: string;
  readonly upload: string;
}

/** One time that it was asked: a job that ends badly ends its own, and not one that came since. */
export interface Ask extends Asked {
  /** When, to the microsecond. */
  readonly asked: string;
}

/** What doctor was asked of an epoch's accounts, and what became of it. */
export interface DiagnosisRow extends Asked {
  readonly asked: Date;
  /** When it was found, or given up; null while somebody works on it. */
  readonly done: Date | null;
  /** Text of the diagnosis; null until it is there. */
  readonly sealed: unknown;
  /** Why the last try found nothing. */
  readonly problem_code: string | null;
}

/** Text that is the same in every session, whatever its time zone. */
const ASK = "extract(epoch from asked)::text";

const placeOf = ({ epoch, upload }: Asked): string => `diagnosis/${epoch}/${upload}`;

/** @returns what to queue: nothing when these were diagnosed, or somebody was asked to within the hour */
export async function askDiagnosis(sql: Sql, { epoch, upload }: Asked): Promise<Ask[]> {
  return sql.query<Ask & Record<string, unknown>>(
    `insert into marginproof.diagnosis as own (epoch, upload) values ($1, $2)
     on conflict (epoch) do update
       set upload = excluded.upload, asked = now(), done = null, sealed = null, problem_code = null
       where own.upload <> excluded.upload
         or (own.sealed is null and (own.done is not null or own.asked < now() - interval '1 hour'))
     returning epoch, upload, ${ASK} as asked`,
    [epoch, upload],
  );
}

export async function readDiagnosis(sql: Sql, epoch: string): Promise<DiagnosisRow | undefined> {
  const [row] = await sql.query<DiagnosisRow>("select * from marginproof.diagnosis where epoch = $1", [
    epoch,
  ]);
  return row;
}

/**
 * What doctor was asked of the accounts that an epoch keeps now: whoever writes to the database can't pass off what was found in others, or
 * before they were forgotten.
 */
export async function currentDiagnosis(
  sql: Sql,
  sealer: Sealer,
  epoch: EpochRow,
): Promise<DiagnosisRow | undefined> {
  const row = await readDiagnosis(sql, epoch.id);
  return keepsAccounts(epoch) && keptUpload(epoch, sealer) === row?.upload ? row : undefined;
}

/** The text of a diagnosis that is there. @throws MarginproofError SERVICE_SEALED */
export const diagnosisOf = (row: DiagnosisRow, sealer: Sealer): string =>
  sealer.open(placeOf(row), bytes(row.sealed)).toString("utf8");

/** Whether somebody waits for it, and the accounts are there. */
export async function isAwaited(sql: Sql, own: Asked): Promise<boolean> {
  const row = await readDiagnosis(sql, own.epoch);
  return row?.upload === own.upload && row.done === null;
}

/** Whichever time it was asked: of the same accounts it is the same. @returns false when nobody waits for it any more */
export async function keepDiagnosis(sql: Sql, sealer: Sealer, own: Asked, text: string): Promise<boolean> {
  const kept = await sql.query(
    `update marginproof.diagnosis set sealed = $3, done = now(), problem_code = null
     where epoch = $1 and upload = $2 and done is null returning epoch`,
    [own.epoch, own.upload, sealer.seal(placeOf(own), text)],
  );
  return kept.length === 1;
}

export async function noteDiagnosisProblem(
  sql: Sql,
  { epoch, upload, asked }: Ask,
  code: string,
): Promise<void> {
  await sql.query(
    `update marginproof.diagnosis set problem_code = $4
     where epoch = $1 and upload = $2 and ${ASK} = $3 and done is null`,
    [epoch, upload, asked, code],
  );
}

export async function giveUpDiagnosis(sql: Sql, { epoch, upload, asked }: Ask): Promise<void> {
  await sql.query(
    `update marginproof.diagnosis set done = now()
     where epoch = $1 and upload = $2 and ${ASK} = $3 and done is null`,
    [epoch, upload, asked],
  );
}

export async function forgetDiagnosis(sql: Sql, epoch: string): Promise<void> {
  await sql.query("delete from marginproof.diagnosis where epoch = $1", [epoch]);
}
