import { MarginproofError } from "../../errors.js";
import { MIGRATIONS } from "./migrations.js";
import type { ServiceDatabase } from "./sql.js";

/** Of the advisory lock under which one process at a time migrates: "marginpr" as a number. */
const LOCK = "7881702178735026290";

/**
 * Brings the database to this version, forward only, in one transaction: another process that starts at the same time waits, and finds it
 * done.
 * @throws MarginproofError SERVICE_DATABASE_NEWER, before anything is changed
 */
export async function migrate(database: ServiceDatabase, migrations = MIGRATIONS): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.query(`select pg_advisory_xact_lock(${LOCK})`);
    await sql.query("create schema if not exists marginproof");
    await sql.query(
      "create table if not exists marginproof.version (version integer primary key, reached timestamptz not null default now())",
    );
    const [found] = await sql.query<{ version: number }>(
      "select coalesce(max(version), 0) as version from marginproof.version",
    );
    const { version } = found!;
    if (version > migrations.length) {
      throw new MarginproofError(
        "SERVICE_DATABASE_NEWER",
        `the database at ${database.place} is of version ${version}, this program knows ${migrations.length}`,
        { kind: "usage", hint: "Run a marginproof that is at least as new as the one that ran on it last." },
      );
    }
    for (const [at, migration] of migrations.slice(version).entries()) {
      for (const statement of statements(migration)) await sql.query(statement);
      await sql.query("insert into marginproof.version (version) values ($1)", [version + at + 1]);
    }
  });
}

/** Single statements: no text of a migration has a semicolon within. */
const statements = (text: string): string[] =>
  text
    .replace(/^\s*--.*$/gm, "")
    .split(";")
    .filter((statement) => statement.trim() !== "");
