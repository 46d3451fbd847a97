import { createHash } from "node:crypto";
import { lstat, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { MarginproofError } from "../../errors.js";
import { LITTER, privateFolder, readIfPresent, writeWhole } from "../../files/files.js";
import { naming } from "../../files/systemError.js";
import { AttemptFolder } from "./attemptFolder.js";
import { Database, damagedDatabase, type Row } from "./database.js";
import { FolderRun } from "./folderRun.js";
import { provideMasterSecret, readMasterSecret } from "./masterSecret.js";
import { isOldLayout, readOldLayout } from "./oldLayout.js";
import { hasSchema, provideSchema } from "./schema.js";
import type {
  AttemptStore,
  EpochName,
  EpochRun,
  ProverStore,
  StatementName,
  StoredStatement,
} from "./store.js";
import { storedStatement } from "./storedStatement.js";

/** Long enough for every transaction of other processes, which are all short. */
const WAIT_MS = 30_000;
const DATABASE = "private.db";
/** What stands in a folder whose mark is not made yet. */
const OWN = /^(private\.db(-\w+)?|master-secret\S*|epochs|locks|latest\.json)$/;
/** Marks a folder whose database was made: one that has the mark and no database has lost it. */
const MARK = "marginproof-private";
const MARK_TEXT =
  "A private folder of marginproof: never publish any of it. Back up the whole folder, above all master-secret and\nprivate.db. Change nothing in it by hand.\n";

/** The private folder of `prove`: one database for what it knows, files for what is big. */
export class FolderStore implements ProverStore {
  private constructor(
    readonly place: string,
    private readonly database: Database,
  ) {}

  /**
   * Opens a private folder; `prove` makes one where there is none. A folder of the layout before this one is taken over.
   * @throws MarginproofError PRIVATE_FOREIGN, PRIVATE_DATABASE_..., PRIVATE_OLD_LAYOUT, MASTER_SECRET_..., DISK_FULL,
   *   FILE_REFUSED
   */
  static async open(path: string): Promise<FolderStore> {
    const place = resolve(path);
    await lookAt(place);
    await privateFolder(place);
    // The mark is read before the database: whoever made the mark made the database first.
    const marked = (await readIfPresent(join(place, MARK))) !== undefined;
    const database = await Database.open(join(place, DATABASE), WAIT_MS);
    try {
      if (!hasSchema(database)) {
        if (marked && (await hasEpochs(place))) {
          throw damagedDatabase(
            database.path,
            "the database is missing or empty, and the folder holds epochs",
          );
        }
        // Of a new folder there is nothing to read.
        const found = await readOldLayout(place);
        provideSchema(database, () => found.fill(database));
      }
      if (!marked) await writeWhole(join(place, MARK), MARK_TEXT);
      await provideMasterSecret(place, database);
      return new FolderStore(place, database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Opens a private folder that is there. @returns undefined where there is none */
  static async openExisting(path: string): Promise<FolderStore | undefined> {
    return (await isPrivateFolder(path)) ? FolderStore.open(path) : undefined;
  }

  async masterSecret(): Promise<Uint8Array> {
    return readMasterSecret(this.place, this.database);
  }

  async statements(epoch?: string): Promise<readonly StoredStatement[]> {
    return this.statementRows("*", epoch).map((row) => storedStatement(this.database, row));
  }

  async statementNames(epoch?: string): Promise<readonly StatementName[]> {
    const rows = this.statementRows("exchange, epoch, attempt, digest, published", epoch);
    return rows.map(({ published, ...names }) => {
      return { ...(names as unknown as Omit<StatementName, "published">), published: published !== null };
    });
  }

  /** Those that are not known to be public come first. */
  private statementRows(columns: string, epoch: string | undefined): Row[] {
    const [where, ...values] = epoch === undefined ? [""] : ["where epoch = ?", epoch];
    return this.database.all(
      `select ${columns} from statement ${where} order by published nulls first`,
      ...values,
    );
  }

  async ownsPlace(out: string): Promise<boolean> {
    const sql = "select 1 from publication where out = ? and state <> 'writing'";
    return this.database.get(sql, out) !== undefined;
  }

  attempt(name: string): AttemptStore {
    return new AttemptFolder(this.place, name, this.database);
  }

  async takeEpoch(name: EpochName): Promise<EpochRun> {
    const locks = await privateFolder(join(this.place, "locks"));
    const lock = await Database.lock(join(locks, `${epochDigest(name)}.lock`));
    const holder = `run ${epochDigest(name)}`;
    if (lock === undefined) {
      const who =
        this.database.get("select value from fact where name = ?", holder)?.value ?? "another process";
      throw new MarginproofError("PROVER_RUNNING", `${who} is already proving epoch ${name.epoch}`, {
        kind: "usage",
        hint: "Wait until it ends, or stop it, then run the same command again.",
      });
    }
    try {
      const who = `process ${process.pid}, begun ${new Date().toISOString()},`;
      this.database.run("insert or replace into fact values (?, ?)", holder, who);
      return new FolderRun(this.database, name, lock);
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  /** Takes a place outside the folder for this process, until `release` or its death. @returns undefined while another has it */
  async lockPlace(path: string): Promise<{ release(): void } | undefined> {
    const locks = await privateFolder(join(this.place, "locks"));
    const name = createHash("sha256").update(path).digest("hex").slice(0, 32);
    const lock = await Database.lock(join(locks, `place-${name}.lock`));
    return lock && { release: () => lock.close() };
  }

  close(): void {
    this.database.close();
  }
}

function epochDigest({ exchange, epoch }: EpochName): string {
  return createHash("sha256")
    .update(JSON.stringify([exchange, epoch]))
    .digest("hex")
    .slice(0, 32);
}

const hasEpochs = async (place: string): Promise<boolean> =>
  (await readdir(join(place, "epochs")).catch(() => [])).some((name) => !LITTER.test(name));

/** Whether a folder is one of marginproof's private folders. */
export async function isPrivateFolder(path: string): Promise<boolean> {
  const names = await readdir(path).catch((): string[] => []);
  if (names.includes(MARK) || isOldLayout(names)) return true;
  // A run that was killed before it made the mark left a database; beside what no version makes it is another program's.
  return names.includes(DATABASE) && names.every((name) => OWN.test(name) || LITTER.test(name));
}

/** Refuses whatever is not a private folder and not an empty or missing one, before anything of it is changed. */
async function lookAt(place: string): Promise<void> {
  const refuse = (problem: string, hint: string): MarginproofError =>
    new MarginproofError("PRIVATE_FOREIGN", `private folder ${place}: ${problem}; nothing was changed`, {
      kind: "usage",
      hint,
    });
  const found = await naming(place, () =>
    lstat(place).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    }),
  );
  if (found === undefined) return;
  if (found.isSymbolicLink()) throw refuse("it is a link", "Give the folder itself.");
  if (!found.isDirectory()) throw refuse("it is not a folder", "Give a new or empty folder of your own.");
  const names = (await naming(place, () => readdir(place))).filter((name) => !LITTER.test(name));
  if (names.length > 0 && !(await isPrivateFolder(place))) {
    throw refuse(
      `it holds other things (${names.slice(0, 3).join(", ")})`,
      "Give a new or empty folder, or the one that marginproof prove made.",
    );
  }
}
