import { MarginproofError } from "../../errors.js";
import type { Sealer } from "./seal.js";
import type { ServiceDatabase, Sql } from "./sql.js";

/** Whom entries name who had a holder's token: nobody of the exchange may be called so. */
export const HOLDER = "holder";

/** One private disclosure: who was given what. The account is sealed within. */
export interface Disclosure {
  /** A role's token by its name, or `holder`. */
  readonly who: string;
  readonly what:
    | "holder's file"
    | "every holder's file"
    | "counts behind totals"
    | "words of a refusal"
    | "diagnosis"
    | "live bands"
    | "live accounts"
    | "live events"
    | "call";
  /** Id of the epoch, or of the live book. */
  readonly epoch: string;
  readonly account?: string | undefined;
}

/** The last link of the chain: noted elsewhere, it shows later that nothing before it was changed or cut off. */
export interface AuditHead {
  readonly entries: number;
  readonly mac: string;
}

interface EntryRow {
  readonly number: number;
  readonly entry: string;
  readonly mac: string;
}

const START = "0".repeat(64);
const link = (
  sealer: Sealer,
  { number, entry }: Pick<EntryRow, "number" | "entry">,
  before: string,
): string => sealer.mac(`audit ${number} ${before} ${entry}`).toString("hex");

interface Waiting {
  readonly own: Disclosure;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}
/** Entries that wait for the transaction in hand to end: the next one takes them all. */
const waiting = new WeakMap<ServiceDatabase, Waiting[]>();
/** Entries of one transaction. */
const GROUP = 200;

/**
 * Adds an entry, durable before anything is handed out: each has the one before it in its keyed hash. Those asked for at the same time
 * are written together, so that many do not wait for one another's disk.
 */
export function noteDisclosure(database: ServiceDatabase, sealer: Sealer, own: Disclosure): Promise<void> {
  return new Promise((done, failed) => {
    const queue = waiting.get(database);
    if (queue !== undefined) queue.push({ own, done, failed });
    else void noteAll(database, sealer, [{ own, done, failed }]);
  });
}

async function noteAll(database: ServiceDatabase, sealer: Sealer, queue: Waiting[]): Promise<void> {
  waiting.set(database, queue);
  while (queue.length > 0) {
    const group = queue.splice(0, GROUP);
    try {
      await noteGroup(
        database,
        sealer,
        group.map(({ own }) => own),
      );
      for (const { done } of group) done();
    } catch (error) {
      for (const { failed } of group) failed(error);
    }
  }
  waiting.delete(database);
}

async function noteGroup(
  database: ServiceDatabase,
  sealer: Sealer,
  group: readonly Disclosure[],
): Promise<void> {
  await database.transaction(async (sql) => {
    // One writer at a time: two links on one are no chain.
    await sql.query("lock table marginproof.disclosure in exclusive mode");
    const last = await lastEntry(sql);
    let { number, mac } = last ?? { number: 0, mac: START };
    const rows = group.map(({ account, ...open }): EntryRow => {
      number++;
      const sealed =
        account === undefined ? {} : { account: sealer.seal(`audit/${number}`, account).toString("base64") };
      const entry = JSON.stringify({ time: new Date().toISOString(), ...open, ...sealed });
      mac = link(sealer, { number, entry }, mac);
      return { number, entry, mac };
    });
    await sql.query(
      `insert into marginproof.disclosure (number, entry, mac)
       select number, entry, mac from json_to_recordset($1::json) as own (number integer, entry text, mac text)`,
      [JSON.stringify(rows)],
    );
  });
}

async function lastEntry(sql: Sql): Promise<EntryRow | undefined> {
  const [last] = await sql.query<EntryRow>(
    "select * from marginproof.disclosure order by number desc limit 1",
  );
  return last;
}

/**
 * Follows the chain from its start.
 * @param noted a head that was noted before, which must still be in it
 * @throws MarginproofError SERVICE_AUDIT_LOG at the first entry that was changed, taken out or put in
 */
export async function verifyAuditLog(sql: Sql, sealer: Sealer, noted?: AuditHead): Promise<AuditHead> {
  let head: AuditHead = { entries: 0, mac: START };
  let found = noted === undefined || noted.entries === 0;
  for (;;) {
    // From below every number: one put in before the first would stand there unseen.
    const rows = await sql.query<EntryRow>(
      "select * from marginproof.disclosure where number > $1 or ($1 = 0 and number < 1) order by number limit 1000",
      [head.entries],
    );
    for (const row of rows) {
      if (row.number !== head.entries + 1 || row.mac !== link(sealer, row, head.mac))
        throw broken(head.entries + 1);
      head = { entries: row.number, mac: row.mac };
      if (noted?.entries === row.number && noted.mac === row.mac) found = true;
    }
    if (rows.length === 0) break;
  }
  if (!found) throw broken(noted!.entries);
  return head;
}

const broken = (entry: number): MarginproofError =>
  new MarginproofError(
    "SERVICE_AUDIT_LOG",
    `the log of disclosures is not whole: entry ${entry} was changed or is missing`,
    {
      kind: "invalid",
      hint: "Compare it with a backup of the database, and with the heads that were noted.",
    },
  );
