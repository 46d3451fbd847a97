import pg from "pg";

const LOCK = 7_001;

/**
 * Where in its work a process is held up, by a trigger of the test's own that waits for a lock: so that it is killed, or cut off, in the
 * middle of that very statement, and not somewhere near it.
 */
export class Gate {
  private constructor(
    private readonly client: pg.Client,
    private readonly url: string,
    private readonly table: string,
  ) {}

  /** @param at a statement and a table, such as `insert on marginproof.kept` */
  static async shut(url: string, at: string): Promise<Gate> {
    const client = new pg.Client(url);
    // Postgres may be killed while the gate is shut.
    client.on("error", () => {});
    await client.connect();
    await client.query(`select pg_advisory_lock(${LOCK})`);
    await client.query(
      `create or replace function public.gate() returns trigger language plpgsql as
         $$ begin perform pg_advisory_xact_lock_shared(${LOCK}); return new; end $$`,
    );
    await client.query(`create trigger gate before ${at} for each row execute function public.gate()`);
    return new Gate(client, url, at.split(" on ")[1]!);
  }

  /** Waits until somebody stands before it. */
  async reached(): Promise<void> {
    for (;;) {
      const { rows } = await this.client.query(
        `select 1 from pg_locks join pg_database on pg_database.oid = database and datname = current_database()
         where locktype = 'advisory' and objid = ${LOCK} and not granted`,
      );
      if (rows.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Lets everybody through. */
  async open(): Promise<void> {
    await this.client.end();
  }

  /** Lets everybody through, and is not there any more: another gate may stand elsewhere. */
  async remove(): Promise<void> {
    await this.open();
    const client = new pg.Client(this.url);
    await client.connect();
    await client.query(`drop trigger gate on ${this.table}`);
    await client.end();
  }
}
