import pg from "pg";
import { MarginproofError } from "../../errors.js";
import { show } from "../badRows.js";
import { assertHeader } from "../header.js";
import { MappedReader } from "../mapping/mappedReader.js";
import type { MappedFile } from "../mapping/mapping.js";

/** Rows fetched at a time: what memory holds of a table. */
const FETCHED = 2000;

/** Given to the server beyond its own timeout of a statement. */
const GRACE_SECONDS = 30;

/** How long a goodbye may take where the network takes nothing any more. */
const GOODBYE_SECONDS = 5;

/** Types whose text is not what was put in, by their ids in Postgres. */
const FLOATS: ReadonlyMap<number, string> = new Map([
  [700, "real"],
  [701, "double precision"],
]);

/** How long one fetch may take, and a connection. */
export interface SnapshotOptions {
  readonly statementSeconds: number;
  /** Default 2000. */
  readonly fetched?: number;
  /** Ends the connection, whatever it waits for. */
  readonly signal?: AbortSignal | undefined;
}

/** Rows of a query as texts, null where there is none. */
export interface FetchedRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/**
 * One moment of an exchange's own Postgres: everything is read in one read-only transaction that sees the database as it stood when it began,
 * whatever is written meanwhile. Every value is text as Postgres writes it.
 */
export class DatabaseSnapshot {
  #cursors = 0;
  #time = "";

  private constructor(
    private readonly client: pg.Client,
    private readonly options: SnapshotOptions,
  ) {
    options.signal?.addEventListener("abort", this.#breakOff);
  }

  /** @param url never repeated in a message. @throws MarginproofError SOURCE_DATABASE; the reason of the signal */
  static async open(url: string, options: SnapshotOptions): Promise<DatabaseSnapshot> {
    options.signal?.throwIfAborted();
    const own: pg.ClientConfig = {
      connectionString: url,
      connectionTimeoutMillis: 10_000,
      // Where the server can't end a statement any more, because the network between is gone.
      query_timeout: (options.statementSeconds + GRACE_SECONDS) * 1000,
      application_name: "marginproof pull",
      types: { getTypeParser: () => (text: unknown) => text } as unknown as pg.CustomTypesConfig,
    };
    let snapshot: DatabaseSnapshot | undefined;
    try {
      const client = new pg.Client(own);
      // Of a connection that is lost in use, the statement in hand says so.
      client.on("error", () => {});
      snapshot = new DatabaseSnapshot(client, options);
      await client.connect();
      await snapshot.#begin();
      return snapshot;
    } catch (cause) {
      await snapshot?.close();
      options.signal?.throwIfAborted();
      throw unreachable(cause);
    }
  }

  async #begin(): Promise<void> {
    await this.client.query("begin transaction isolation level repeatable read read only");
    await this.client.query(`set local statement_timeout = '${this.options.statementSeconds}s'`);
    // All rows will be fetched: the plan that is soonest done with them, not the one that has the first of them.
    await this.client.query("set local cursor_tuple_fraction = 1");
    // The moment is that of the first query, not of begin.
    const { rows } = await this.client.query<{ time: string }>(
      `select to_char(statement_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as time`,
    );
    this.#time = rows[0]!.time;
  }

  /** When it was, by the database's clock: UTC, in whole seconds, as a market file has it. */
  get time(): string {
    return this.#time;
  }

  /**
   * Reads a query of a mapping's file through a cursor, some rows at a time.
   * @param name of its file, for messages
   * @throws MarginproofError ACCOUNTS_BAD_HEADER (columns are not those of the mapping), those of `fetch`
   */
  read(name: string, query: string, file: MappedFile): AsyncGenerator<FetchedRows> {
    return this.fetch(name, query, (fields) => assertColumns(name, fields, file));
  }

  /**
   * Reads any query through a cursor, some rows at a time.
   * @param check looks at the columns before a row is given
   * @throws MarginproofError SOURCE_QUERY (refused by Postgres, or a column of floats is read), SOURCE_DATABASE (the connection is lost)
   */
  async *fetch(
    name: string,
    query: string,
    check: (fields: readonly pg.FieldDef[]) => void,
  ): AsyncGenerator<FetchedRows> {
    const cursor = `marginproof_${this.#cursors++}`;
    const ask = (text: string): Promise<pg.QueryArrayResult<(string | null)[]>> =>
      // The extended protocol takes one statement, and no more behind a semicolon.
      this.client
        .query({ text, rowMode: "array", queryMode: "extended" } as pg.QueryArrayConfig)
        .catch((cause: unknown) => {
          throw queryFault(name, cause);
        });
    await ask(`declare ${cursor} no scroll cursor for ${query}`);
    for (let first = true; ; first = false) {
      const { fields, rows } = await ask(`fetch forward ${this.options.fetched ?? FETCHED} from ${cursor}`);
      const columns = fields.map((field) => field.name);
      if (first) check(fields);
      yield { columns, rows };
      if (rows.length === 0) break;
    }
    await ask(`close ${cursor}`);
  }

  /** Ends the transaction and the connection; may be called after a fault. */
  async close(): Promise<void> {
    this.options.signal?.removeEventListener("abort", this.#breakOff);
    const late = setTimeout(this.#breakOff, GOODBYE_SECONDS * 1000);
    await this.client.end().catch(() => {});
    clearTimeout(late);
  }

  readonly #breakOff = (): void => {
    // Whoever waits for it, for the connection itself too, is told that it is lost.
    this.client.connection.stream.destroy();
  };
}

function assertColumns(name: string, fields: readonly pg.FieldDef[], file: MappedFile): void {
  assertHeader(
    fields.map((field) => field.name),
    new MappedReader(file),
    `the query of ${name}`,
  );
  assertExact(
    name,
    fields.filter((field) => file.used.includes(field.name)),
  );
}

/** @throws MarginproofError SOURCE_QUERY when one of these columns is of floats */
export function assertExact(name: string, fields: readonly pg.FieldDef[]): void {
  const floats = fields.flatMap(({ name: column, dataTypeID }) => {
    const type = FLOATS.get(dataTypeID);
    return type === undefined ? [] : [`column ${show(column)} is ${type}, which loses digits`];
  });
  if (floats.length === 0) return;
  throw new MarginproofError("SOURCE_QUERY", `the query of ${name}: ${floats.join(", ")}`, {
    kind: "usage",
    hint: "Keep amounts in numeric columns: a cast in the query can't bring digits back.",
  });
}

function unreachable(cause: unknown): MarginproofError {
  const reason = cause instanceof Error ? cause.message : "no reason given";
  return new MarginproofError("SOURCE_DATABASE", `can't read the exchange's database: ${reason}`, {
    kind: "io",
    cause,
    hint: "Check that it runs where the URL says, and that its user may connect and read the tables.",
  });
}

/** Postgres refused the query, or is gone. */
function queryFault(name: string, cause: unknown): MarginproofError {
  const { code, message } = cause as { code?: unknown; message?: unknown };
  // Class 08 is a lost connection, 57P a server that stops; a fault of the system has another form of code.
  if (typeof code !== "string" || !/^[0-9A-Z]{5}$/.test(code) || /^(08|57P)/.test(code))
    return unreachable(cause);
  const slow = code === "57014" ? "it took longer than the statement timeout: " : "";
  return new MarginproofError("SOURCE_QUERY", `the query of ${name}: ${slow}${String(message)}`, {
    kind: "usage",
    hint: "A query is one SELECT (or WITH ... SELECT) that reads and changes nothing. Try it with psql, in a transaction that is read only.",
    cause,
  });
}
