import type { Command } from "commander";
import { DEFAULT_KEYS } from "./options.js";

const DATABASE_VARIABLE = "MARGINPROOF_DATABASE_URL";

/** Options by which a process of the service finds its storage. */
export interface PlaceFlags {
  readonly data: string;
  readonly database?: string;
  readonly key?: string;
  readonly keys: string;
}

/** Secrets come from files and the environment: arguments are for every user of the machine to read. */
export const placeFlags = (command: Command): Command =>
  command
    .option(
      "--data <dir>",
      "folder of this process's own; the embedded database is in it",
      "marginproof-service",
    )
    .option(
      "--database <file>",
      `file that holds the URL of a Postgres; or ${DATABASE_VARIABLE} in the environment`,
    )
    .option(
      "--key <file>",
      "key file of the service (default: service-key in --data, with the embedded database)",
    )
    .option("--keys <dir>", "keys made by marginproof setup", DEFAULT_KEYS);

/** @throws MarginproofError SERVICE_TOKENS when a file can't be read */
export async function placesOf({ data, database, key, keys }: PlaceFlags) {
  const { readSmallFile } = await import("../service/smallFile.js");
  const databaseUrl =
    database === undefined
      ? process.env[DATABASE_VARIABLE]
      : (await readSmallFile(database, "database URL")).trim();
  return { data, databaseUrl, keyFile: key, keysDir: keys };
}
