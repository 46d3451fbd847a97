import { randomBytes } from "node:crypto";
import { MarginproofError } from "../../errors.js";
import { Sealer } from "./seal.js";
import { bytes, type ServiceDatabase, type Sql } from "./sql.js";

/** What of the database only server and workers can open. */
export interface ServiceSecrets {
  readonly sealer: Sealer;
  /** That every salt and blinding is derived from. */
  readonly master: Uint8Array;
}

const DATA_KEY = "data-key";
const MASTER = "master-secret";

/**
 * The keys of a database, made at its first use: a key file opens the data key, the data key everything else. So the key file can be
 * replaced without touching the rest.
 * @throws MarginproofError SERVICE_KEY when the key file is another database's
 */
export async function openSecrets(database: ServiceDatabase, key: Uint8Array): Promise<ServiceSecrets> {
  const outer = new Sealer(key);
  const data = await secret(database, outer, DATA_KEY).catch((cause: unknown) => {
    throw new MarginproofError("SERVICE_KEY", `the key does not open the database at ${database.place}`, {
      kind: "usage",
      cause,
      hint: "Give server and workers the key file that the database was first used with, or was rotated to.",
    });
  });
  const sealer = new Sealer(data);
  return { sealer, master: await secret(database, sealer, MASTER) };
}

/** Seals the data key under another key file's key: from the next start only that one opens the database. */
export async function rotateKey(database: ServiceDatabase, from: Uint8Array, to: Uint8Array): Promise<void> {
  await openSecrets(database, from);
  await database.transaction(async (sql) => {
    // Of two who rotate at a time, the second finds the row sealed under a key that is not `from`.
    const data = new Sealer(from).open(`secret/${DATA_KEY}`, await sealedSecret(sql, DATA_KEY, true));
    await sql.query("update marginproof.secret set sealed = $2 where name = $1", [
      DATA_KEY,
      new Sealer(to).seal(`secret/${DATA_KEY}`, data),
    ]);
  });
}

async function secret(sql: Sql, sealer: Sealer, name: string): Promise<Uint8Array> {
  await sql.query("insert into marginproof.secret (name, sealed) values ($1, $2) on conflict do nothing", [
    name,
    sealer.seal(`secret/${name}`, randomBytes(32)),
  ]);
  return sealer.open(`secret/${name}`, await sealedSecret(sql, name));
}

async function sealedSecret(sql: Sql, name: string, lock = false): Promise<Buffer> {
  const [row] = await sql.query<{ sealed: unknown }>(
    `select sealed from marginproof.secret where name = $1${lock ? " for update" : ""}`,
    [name],
  );
  return bytes(row!.sealed);
}
