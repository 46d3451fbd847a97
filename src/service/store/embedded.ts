import { join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { fromPglite } from "pg-boss";
import { MarginproofError } from "../../errors.js";
import { privateFolder } from "../../files/files.js";
import { Database } from "../../prover/store/database.js";
import type { ServiceDatabase, Sql, Value } from "./sql.js";

/**
 * PGlite in a folder of its own. Two processes on one folder would ruin it: so the folder is held by a lock that the operating
 * system gives up when the process ends, however it ends.
 * @throws MarginproofError SERVICE_DATA_BUSY, FILE_REFUSED
 */
export async function openEmbedded(folder: string): Promise<ServiceDatabase> {
  const place = await privateFolder(folder);
  const lock = await Database.lock(join(place, "lock"));
  if (lock === undefined) {
    throw new MarginproofError("SERVICE_DATA_BUSY", `another process serves the data folder ${place}`, {
      kind: "usage",
      hint: "An embedded database has one process. For several, give all of them one Postgres with --database.",
    });
  }
  try {
    const { PGlite } = await import("@electric-sql/pglite");
    const db = await PGlite.create(await privateFolder(join(place, "database")));
    return new Embedded(place, db, lock);
  } catch (error) {
    lock.close();
    throw error;
  }
}

type Queries = Pick<PGlite, "query">;
const over = (db: Queries): Sql => ({
  async query<R>(text: string, values: readonly Value[] = []): Promise<R[]> {
    return (await db.query<R>(text, [...values])).rows;
  },
});

class Embedded implements ServiceDatabase {
  readonly embedded = true;
  readonly queue;
  readonly #sql: Sql;

  constructor(
    readonly place: string,
    private readonly db: PGlite,
    private readonly lock: Database,
  ) {
    this.#sql = over(db);
    this.queue = { db: fromPglite(db), backend: "pglite" } as const;
  }

  query<R>(text: string, values?: readonly Value[]): Promise<R[]> {
    return this.#sql.query<R>(text, values);
  }

  async script(text: string): Promise<void> {
    await this.db.exec(text);
  }

  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.db.transaction((tx) => work(over(tx))) as Promise<T>;
  }

  async close(): Promise<void> {
    await this.db.close();
    this.lock.close();
  }
}
