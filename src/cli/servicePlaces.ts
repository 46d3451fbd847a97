import type { Command } from "commander";
import { DEFAULT_KEYS } from "./options.js";

const DATABASE_VARIABLE = "MARGINPROOF_DATABASE_URL";
const IDENTITY_VARIABLE = "MARGINPROOF_SERVICE_IDENTITY";

/** Options by which a process of the service finds its storage. */
export interface PlaceFlags {
  readonly data: string;
  readonly database?: string;
  readonly key?: string;
  readonly identity?: string;
  readonly keys: string;
  readonly objects?: string;
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
    .option(
      "--identity <file>",
      `age identities that open the key file, where it is an age file; or ${IDENTITY_VARIABLE} in the environment`,
    )
    .option("--keys <dir>", "keys made by marginproof setup", DEFAULT_KEYS);

/** Of the processes that write or read step inputs. */
export const objectsFlag = (command: Command): Command =>
  command.option(
    "--objects <file>",
    "file that names an S3 object store for step inputs (default: in the database); the same for every process",
  );

/** @throws MarginproofError SERVICE_TOKENS when a file can't be read, SERVICE_KEY, SERVICE_OBJECTS */
export async function placesOf({ data, database, key, identity, keys, objects: objectsFile }: PlaceFlags) {
  const { readSmallFile } = await import("../service/smallFile.js");
  const { readIdentities } = await import("../service/store/serviceKeyFile.js");
  const databaseUrl =
    database === undefined
      ? process.env[DATABASE_VARIABLE]
      : (await readSmallFile(database, "database URL")).trim();
  const identities = identity === undefined ? process.env[IDENTITY_VARIABLE] : await readIdentities(identity);
  const places = { data, databaseUrl, keyFile: key, identities, keysDir: keys };
  if (objectsFile === undefined) return places;
  const { parseObjectPlace } = await import("../service/store/objectStore.js");
  const text = await readSmallFile(objectsFile, "object store");
  return { ...places, objects: parseObjectPlace(text, objectsFile, process.env) };
}
