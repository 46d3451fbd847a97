import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { MarginproofError } from "../../src/errors.js";

/** A directory for one test file, removed afterwards; `write` puts a file there and returns its path. */
export async function workspace(): Promise<{
  dir: string;
  write: (name: string, data: string | Buffer) => Promise<string>;
}> {
  const dir = await mkdtemp(join(tmpdir(), "snapshot-test-"));
  afterAll(() => rm(dir, { recursive: true, force: true }));
  return {
    dir,
    write: async (name, data) => {
      const path = join(dir, name);
      await writeFile(path, data);
      return path;
    },
  };
}

/** The MarginproofError that `run` ends with. */
export async function failure(run: () => Promise<unknown>): Promise<MarginproofError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof MarginproofError) return error;
    throw error;
  }
  throw new Error("expected a MarginproofError");
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

export type Row = readonly [account: string, instrument: string, quantity: string, entryPrice: string];

/** A field as CSV has it. */
export const quoted = (field: string): string =>
  /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;

/** Accounts as CSV with a header. */
export const csv = (rows: readonly Row[]): string =>
  ["account,instrument,quantity,entry_price", ...rows.map((row) => row.map(quoted).join(","))].join("\n");

/** The same as NDJSON; an empty entry price is none. */
export const ndjson = (rows: readonly Row[]): string =>
  rows
    .map(([account, instrument, quantity, entry]) =>
      JSON.stringify({ account, instrument, quantity, ...(entry === "" ? {} : { entry_price: entry }) }),
    )
    .join("\n");
