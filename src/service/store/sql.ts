import type { ConstructorOptions } from "pg-boss";

export type Value = string | number | boolean | null | Uint8Array;

/** What runs one statement, in the Postgres dialect, with `$1` placeholders. */
export interface Sql {
  query<R = Record<string, unknown>>(text: string, values?: readonly Value[]): Promise<R[]>;
}

/** The one storage of the service: a Postgres, embedded or not. */
export interface ServiceDatabase extends Sql {
  /** Where it is, for messages: no password is in it. */
  readonly place: string;
  /** This process alone can reach it. */
  readonly embedded: boolean;
  /** Runs several statements without values. */
  script(text: string): Promise<void>;
  /**
   * All of it or nothing, durable when it returns. Within it only the `Sql` handed in may be used: an embedded database has one
   * connection, and would wait for itself.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** How the job queue reaches the same database. */
  readonly queue: ConstructorOptions;
  close(): Promise<void>;
}

/** A transaction, for the job queue: a job sent through it is there exactly if the transaction is. */
export const asQueueDatabase = (sql: Sql): NonNullable<ConstructorOptions["db"]> => ({
  executeSql: async (text: string, values?: unknown[]) => ({
    rows: await sql.query(text, values as Value[]),
  }),
});

/** A `bytea`, as either driver hands it out. */
export const bytes = (value: unknown): Buffer => Buffer.from(value as Uint8Array);
