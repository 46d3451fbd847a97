import { forgetDiagnosis } from "./diagnosis.js";
import { readEpoch } from "./epochs.js";
import type { ServiceDatabase, Sql } from "./sql.js";
import { forgetUpload } from "./upload.js";

/** Forgets the accounts that came in, and what doctor found in them. */
export async function forgetAccounts(sql: Sql, id: string): Promise<void> {
  await forgetUpload(sql, id);
  await forgetDiagnosis(sql, id);
}

/** Forgets all that is private of a cancelled epoch. What another epoch of the same inputs has in common with it stays. */
export async function forgetPrivate(sql: Sql, id: string): Promise<void> {
  const { attempt } = await readEpoch(sql, id, true);
  await forgetAccounts(sql, id);
  for (const table of ["step", "bundle_file", "call"]) {
    await sql.query(`delete from marginproof.${table} where epoch = $1`, [id]);
  }
  await sql.query(
    "update marginproof.epoch set accounts = null, model = null, behind = null, problem = null where id = $1",
    [id],
  );
  if (attempt === null) return;
  await sql.query(
    `delete from marginproof.kept where attempt = $1 and not exists
       (select 1 from marginproof.epoch where attempt = $1 and id <> $2 and state <> 'cancelled')`,
    [attempt, id],
  );
}

/**
 * Does work on an epoch, and forgets what it made if the epoch was cancelled meanwhile: a cancel can't stop what is in hand, but takes from under it
 * what it reads, so how it ends is no matter then. If the process ends here, whoever gets the job next forgets it.
 */
export async function unlessCancelled(
  database: ServiceDatabase,
  id: string,
  work: () => Promise<void>,
): Promise<void> {
  let failed: { readonly error: unknown } | undefined;
  try {
    await work();
  } catch (error) {
    failed = { error };
  }
  const cancelled = await database.transaction(async (sql) => {
    if ((await readEpoch(sql, id, true)).state !== "cancelled") return false;
    await forgetPrivate(sql, id);
    return true;
  });
  if (failed !== undefined && !cancelled) throw failed.error;
}
