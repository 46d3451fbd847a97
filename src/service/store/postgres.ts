import pg from "pg";
import { MarginproofError } from "../../errors.js";
import type { ServiceDatabase, Sql, Value } from "./sql.js";

/** Connections for requests and work; the job queue has as many of its own. */
const CONNECTIONS = 8;
/**
 * A process that stands still, or whose network is gone, in the middle of a transaction: after so long its locks are given up, and what it wrote
 * is not there. Without it, nobody else could go on with the epoch before the operating system misses the connection, hours later.
 */
const SILENT_SECONDS = 30;

/**
 * A Postgres that others may use too: everything of ours is in the schemas `marginproof` and `marginproof_queue`.
 * @throws MarginproofError SERVICE_DATABASE when it can't be reached
 */
export async function openPostgres(url: string, onLost: (error: Error) => void): Promise<ServiceDatabase> {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // A connection that is lost while nobody uses it is replaced by the pool; unheard, its error would end the process.
  pool.on("error", onLost);
  const database = new Postgres(placeOf(url), url, pool);
  try {
    await database.query("select 1");
    return database;
  } catch (cause) {
    await pool.end();
    throw new MarginproofError(
      "SERVICE_DATABASE",
      `can't reach the database at ${database.place}: ${(cause as Error).message}`,
      {
        kind: "io",
        cause,
        hint: "Check that Postgres runs there and that the user and password of the URL may connect.",
      },
    );
  }
}

/** The URL without user, password and options. */
function placeOf(url: string): string {
  try {
    const { host, pathname, searchParams } = new URL(url);
    return `postgres://${host === "" ? (searchParams.get("host") ?? "") : host}${pathname}`;
  } catch {
    return "the Postgres of --database";
  }
}

const over = (client: pg.Pool | pg.PoolClient): Sql => ({
  async query<R>(text: string, values: readonly Value[] = []): Promise<R[]> {
    return (await client.query(text, [...values])).rows as R[];
  },
});

class Postgres implements ServiceDatabase {
  readonly embedded = false;
  readonly queue;
  readonly #sql: Sql;

  constructor(
    readonly place: string,
    url: string,
    private readonly pool: pg.Pool,
  ) {
    this.#sql = over(pool);
    this.queue = { connectionString: url, max: CONNECTIONS };
  }

  query<R>(text: string, values?: readonly Value[]): Promise<R[]> {
    return this.#sql.query<R>(text, values);
  }

  async script(text: string): Promise<void> {
    await this.pool.query(text);
  }

  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    // Of a connection that is lost in use, the statement in hand says so.
    client.on("error", ignore);
    let broken: Error | undefined;
    try {
      await client.query(`begin; set local idle_in_transaction_session_timeout = '${SILENT_SECONDS}s'`);
      const result = await work(over(client));
      await client.query("commit");
      return result;
    } catch (error) {
      await client.query("rollback").catch((lost: Error) => {
        broken = lost;
      });
      throw error;
    } finally {
      client.off("error", ignore);
      client.release(broken);
    }
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}

const ignore = (): void => {};
