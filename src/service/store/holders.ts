import type { Sealer } from "./seal.js";
import type { Sql } from "./sql.js";

/** What an account is indexed by: its keyed hash, another in every epoch. */
const indexed = (sealer: Sealer, epoch: string, account: string): string =>
  sealer.mac(`holder ${epoch} ${account}`).toString("hex");

/** Notes that these accounts are in a batch. Done twice, it is noted once. */
export async function noteHolders(
  sql: Sql,
  sealer: Sealer,
  epoch: string,
  batch: number,
  accounts: Iterable<string>,
): Promise<void> {
  const names = new Set([...accounts].map((account) => indexed(sealer, epoch, account)));
  await sql.query(
    `insert into marginproof.holder (epoch, account, batch)
     select $1, decode(name, 'hex'), $2 from json_array_elements_text($3::json) as own (name) on conflict do nothing`,
    [epoch, batch, JSON.stringify([...names])],
  );
}

/** The batches that an account is in, rising: one look into an index, however many accounts there are. */
export async function batchesOf(sql: Sql, sealer: Sealer, epoch: string, account: string): Promise<number[]> {
  const rows = await sql.query<{ batch: number }>(
    "select batch from marginproof.holder where epoch = $1 and account = decode($2, 'hex') order by batch",
    [epoch, indexed(sealer, epoch, account)],
  );
  return rows.map(({ batch }) => batch);
}
