import { closeSync, openSync, statSync } from "node:fs";
import type Libsql from "libsql";
import { MarginproofError } from "../../errors.js";
import { PRIVATE_FILE } from "../../files/files.js";
import { fileFault, namedFault } from "../../files/systemError.js";

/** A row, by column. */
export type Row = Readonly<Record<string, string | number | null>>;

/** SQLite's words for what the operating system refused, in the system's. */
const SYSTEM_CODES: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/^SQLITE_FULL/, "ENOSPC"],
  [/^SQLITE_READONLY/, "EROFS"],
  [/^SQLITE_(PERM|AUTH)/, "EACCES"],
  [/^SQLITE_CANTOPEN/, "ENOENT"],
  [/^SQLITE_IOERR/, "EIO"],
];
/** SQLite's code for "can't open", as libsql words it on opening. */
const CANT_OPEN = /: 14"?\)?$/;

/**
 * One SQLite file. Every transaction is durable when `transaction` returns, and is there whole or not at all after any
 * death of the process or the machine: rollback journal, `synchronous = EXTRA`. SQLite's locks are the system's own and end with the
 * process. No file descriptor of Node's may be opened on the file while it is in use: closing one gives up the locks.
 */
export class Database {
  private constructor(
    readonly path: string,
    private readonly connection: Libsql.Database,
  ) {}

  /** @param waitMs how long to wait for another process's lock; @throws MarginproofError as `exec` */
  static async open(path: string, waitMs: number): Promise<Database> {
    const database = await Database.connect(path, waitMs);
    database.exec("pragma synchronous = extra");
    return database;
  }

  /** Takes a file of its own as a lock, until `close` or the end of the process. @returns undefined while another has it */
  static async lock(path: string): Promise<Database | undefined> {
    const database = await Database.connect(path, 0);
    try {
      database.exec("begin exclusive");
      return database;
    } catch (error) {
      database.close();
      if (error instanceof MarginproofError && error.code === "PRIVATE_DATABASE_BUSY") return undefined;
      throw error;
    }
  }

  private static async connect(path: string, waitMs: number): Promise<Database> {
    const engine = await loadEngine();
    provideFile(path);
    const connection = explained(path, () => new engine(path, { timeout: waitMs } as Libsql.Options));
    return new Database(path, connection);
  }

  /**
   * Statements without values.
   * @throws MarginproofError DISK_FULL, FILE_REFUSED, PRIVATE_DATABASE_DAMAGED, PRIVATE_DATABASE_BUSY
   */
  exec(sql: string): void {
    explained(this.path, () => this.connection.exec(sql));
  }

  run(sql: string, ...values: readonly (string | number)[]): void {
    explained(this.path, () => this.connection.prepare(sql).run(...values));
  }

  all(sql: string, ...values: readonly (string | number)[]): Row[] {
    return explained(this.path, () => this.connection.prepare(sql).all(...values) as Row[]);
  }

  get(sql: string, ...values: readonly (string | number)[]): Row | undefined {
    return this.all(sql, ...values)[0];
  }

  /** Runs work that is synchronous from end to end: the thread that waits for a lock is the one that holds it. */
  transaction<T>(work: () => T): T {
    this.exec("begin immediate");
    try {
      const result = work();
      this.exec("commit");
      return result;
    } catch (error) {
      if (this.connection.inTransaction) this.exec("rollback");
      throw error;
    }
  }

  close(): void {
    this.connection.close();
  }
}

/** SQLite would make the file for others to read. In one go, so that no connection of this process can lose its lock by it. */
function provideFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", PRIVATE_FILE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw namedFault(error, path);
    // SQLite would wait for ever for the other end of a pipe. Looked at, not opened: see the class.
    if (!statSync(path).isFile()) throw fileFault("", `${path} is not a plain file`, error);
  }
}

async function loadEngine(): Promise<typeof Libsql> {
  try {
    return (await import("libsql")).default;
  } catch (cause) {
    throw new MarginproofError(
      "STORE_UNSUPPORTED",
      `SQLite can't be loaded on ${process.platform} ${process.arch}: ${(cause as Error).message}`,
      {
        kind: "io",
        cause,
        hint: "Install with optional dependencies, on Linux, macOS or Windows for x64 or arm64. verify and check work without.",
      },
    );
  }
}

function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code = "", message } = error as { code?: string; message: string };
    if (code === "" && CANT_OPEN.test(message)) throw fileFault("ENOENT", `${path}: can't be opened`, error);
    const system = SYSTEM_CODES.find(([pattern]) => pattern.test(code))?.[1];
    if (system !== undefined) throw fileFault(system, `${path}: ${message}`, error);
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) throw damagedDatabase(path, message, error);
    if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
      throw new MarginproofError("PRIVATE_DATABASE_BUSY", `${path} is in use by another program`, {
        kind: "io",
        cause: error,
        hint: "Run the same command again; if it stays so, look for a program that keeps the file open, such as a backup.",
      });
    }
    throw error;
  }
}

export function damagedDatabase(
  path: string,
  problem: string,
  cause?: unknown,
  works = "",
): MarginproofError {
  return new MarginproofError("PRIVATE_DATABASE_DAMAGED", `${path}: ${problem}`, {
    kind: "io",
    cause,
    hint: `${works}Restore the private folder from a backup. To start anew, use another private folder, and new epoch names.`,
  });
}
