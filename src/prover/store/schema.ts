import { MarginproofError } from "../../errors.js";
import type { Database } from "./database.js";

/** Of the layout below. A folder of the layout before, without a database, is taken over: oldLayout.ts. */
const VERSION = 1;

const SCHEMA = `
  create table fact (
    name text primary key,
    value text not null
  ) strict, without rowid;

  -- One statement an epoch. "published" counts up in the order of publishing; null: not known to be public.
  create table statement (
    exchange text not null,
    epoch text not null,
    attempt text not null,
    digest text not null,
    json text not null,
    published integer unique,
    primary key (exchange, epoch)
  ) strict, without rowid;

  -- Places where an epoch's bundle was or is being published.
  create table publication (
    out text not null,
    exchange text not null,
    epoch text not null,
    aside text not null,
    state text not null check (state in ('writing', 'ready', 'done')),
    primary key (out, exchange, epoch)
  ) strict, without rowid;

  -- The SHA-256 of every file that is relied on.
  create table file (
    attempt text not null,
    name text not null,
    sha256 text not null,
    primary key (attempt, name)
  ) strict, without rowid;

  pragma user_version = ${VERSION};
`;

/** @throws MarginproofError PRIVATE_DATABASE_NEWER */
export function hasSchema(database: Database): boolean {
  const version = Number(database.get("pragma user_version")?.user_version);
  if (version <= VERSION) return version === VERSION;
  throw new MarginproofError(
    "PRIVATE_DATABASE_NEWER",
    `${database.path} was made by a later version of marginproof`,
    { kind: "usage", hint: "Use that version, or a later one." },
  );
}

/** Makes the tables and fills them, in one transaction; or finds that another process has. */
export function provideSchema(database: Database, fill: () => void): void {
  database.transaction(() => {
    if (hasSchema(database)) return;
    database.exec(SCHEMA);
    fill();
  });
}
