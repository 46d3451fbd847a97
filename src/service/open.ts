import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import type { PgBoss } from "pg-boss";
import { MarginproofError } from "../errors.js";
import { privateFolder } from "../files/files.js";
import { createWasmBackend } from "../prover/wasm/wasmBackend.js";
import { beginWork } from "./jobs/beginWork.js";
import { PromptLane } from "./jobs/promptLane.js";
import { KeyShelf } from "./jobs/workerContext.js";
import type { Log } from "./log.js";
import { errorName, startQueue } from "./queue.js";
import { emptyScratch, takeScratch } from "./scratch.js";
import { openEmbedded } from "./store/embedded.js";
import { migrate } from "./store/migrate.js";
import { type ObjectPlace, ObjectStore } from "./store/objectStore.js";
import { openPostgres } from "./store/postgres.js";
import { openSecrets, type ServiceSecrets } from "./store/secrets.js";
import { readKey, writeKey } from "./store/serviceKeyFile.js";
import type { ServiceDatabase } from "./store/sql.js";
import { StepInputs } from "./store/stepInputs.js";

/** Where a process of the service finds what it needs. */
export interface ServicePlaces {
  /** A folder of this process's own; with no `databaseUrl`, the embedded database is in it. */
  readonly data: string;
  readonly databaseUrl?: string | undefined;
  /** Default: `service-key` in `data`, made at the first start of an embedded database. */
  readonly keyFile?: string | undefined;
  /** Lines of age identities, that open a key file which is an age file. */
  readonly identities?: string | undefined;
  readonly keysDir: string;
  /** Where step inputs are kept until they are proved; without, in the database. */
  readonly objects?: ObjectPlace | undefined;
}

/** An open service: database, keys, queue, and whoever works in this process. */
export interface Service {
  readonly database: ServiceDatabase;
  readonly secrets: ServiceSecrets;
  readonly inputs: StepInputs;
  readonly queue: PgBoss;
  readonly log: Log;
  readonly keysDir: string;
  /** A folder of this process's own. */
  readonly data: string;
  /** Proves small epochs at once, where this process works; else workers do. */
  readonly prompt?: PromptLane | undefined;
  /** Ends work in hand that is nearly done, gives the rest back, closes everything. */
  close(): Promise<void>;
}

/** How long a proof in hand may take to be done when the process is asked to stop. */
const GRACE_MS = 120_000;

/**
 * Opens the service's storage and queue, brings both up to date, and begins work on what is queued.
 * @param workers steps proved at a time by this process; 0: it works on nothing
 * @throws MarginproofError SERVICE_DATA_BUSY, SERVICE_DATABASE, SERVICE_DATABASE_NEWER, SERVICE_KEY, SERVICE_OBJECTS
 */
export async function openService(places: ServicePlaces, workers: number, log: Log): Promise<Service> {
  const { database, secrets } = await openStorage(places, log);
  const closing: (() => Promise<void> | void)[] = [() => database.close()];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const { keysDir } = places;
    const inputs = new StepInputs(secrets.sealer, await openObjects(places));
    for (const kind of ["scratch", "pull", "live"]) await emptyScratch(join(places.data, kind));
    const scratch = workers === 0 ? undefined : await takeScratch(join(places.data, "scratch"));
    closing.push(() => scratch?.close());
    const backend = workers === 0 ? undefined : createWasmBackend({ workers });
    closing.push(() => backend?.close());
    const queue = await startQueue(database, log);
    const stopping = new AbortController();
    closing.push(() => queue.stop({ graceful: true, timeout: GRACE_MS }));
    closing.push(() => stopping.abort(new Error("the process is stopping")));
    let prompt: PromptLane | undefined;
    if (scratch !== undefined && backend !== undefined) {
      const name = `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
      const own = { name, stopping: stopping.signal, keys: new KeyShelf(keysDir) };
      const context = { database, secrets, inputs, queue, keysDir, scratch, log, workers, ...own };
      const promptBackend = createWasmBackend();
      closing.push(() => promptBackend.close());
      const lane = new PromptLane({ ...context, backend: promptBackend });
      closing.push(() => lane.end());
      prompt = lane;
      await beginWork({ ...context, backend, delay: 0 });
    }
    return { database, secrets, inputs, queue, log, keysDir, data: places.data, prompt, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The storage alone, brought up to date. @throws MarginproofError as `openService` */
export async function openStorage(places: ServicePlaces, log: Log) {
  const data = await privateFolder(places.data);
  const database = await openDatabase(places, data, log);
  try {
    const key = await serviceKey(places, data);
    await migrate(database);
    return { database, key, secrets: await openSecrets(database, key) };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function openObjects({ objects }: ServicePlaces): Promise<ObjectStore | undefined> {
  if (objects === undefined) return undefined;
  const store = new ObjectStore(objects);
  await store.reach();
  return store;
}

function openDatabase({ databaseUrl }: ServicePlaces, data: string, log: Log): Promise<ServiceDatabase> {
  if (databaseUrl === undefined) return openEmbedded(data);
  return openPostgres(databaseUrl, (error) =>
    log.warn("database", { code: "SERVICE_DATABASE", problem: errorName(error) }),
  );
}

/** The key file's key; beside an embedded database, one is made. @throws MarginproofError SERVICE_KEY */
async function serviceKey(places: ServicePlaces, data: string): Promise<Buffer> {
  const { keyFile, identities, databaseUrl } = places;
  if (keyFile !== undefined) return readKey(keyFile, identities);
  if (databaseUrl !== undefined) {
    throw new MarginproofError(
      "SERVICE_KEY",
      "a Postgres of several processes needs a key file that all of them have",
      {
        kind: "usage",
        hint: "Make one with marginproof service-key FILE, and give it to each with --key.",
      },
    );
  }
  const path = join(data, "service-key");
  await writeKey(path);
  return readKey(path, identities);
}
