import { createHash, randomBytes } from "node:crypto";
import { rename } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  emptyPrivateFolder,
  PRIVATE_FILE,
  privateFolder,
  readIfPresent,
  writeDurably,
} from "../../files/files.js";
import { naming } from "../../files/systemError.js";
import type { Database } from "./database.js";
import type { AttemptStore, FoundText, WrittenText } from "./store.js";

/** Folders of an attempt's texts, and of what is being written. */
const FOLDERS = ["batches", "proofs", "states", "holders", "steps"] as const;

export const attemptPath = (place: string, attempt: string): string => join(place, "epochs", attempt);
export const sha256 = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");

/** The private files of one attempt at one epoch, each relied on by its digest in the database. */
export class AttemptFolder implements AttemptStore {
  private readonly path: string;

  constructor(
    place: string,
    private readonly attempt: string,
    private readonly database: Database,
  ) {
    this.path = attemptPath(place, attempt);
  }

  get scratch(): string {
    return join(this.path, "steps");
  }

  async begin(): Promise<void> {
    await this.provide();
    await emptyPrivateFolder(this.scratch);
  }

  async provide(): Promise<void> {
    await privateFolder(this.path);
    for (const name of FOLDERS) await privateFolder(join(this.path, name));
  }

  async read(name: string): Promise<FoundText> {
    const path = join(this.path, name);
    const row = this.database.get(
      "select sha256 from file where attempt = ? and name = ?",
      this.attempt,
      name,
    );
    const text = row === undefined ? undefined : await readIfPresent(path);
    if (row === undefined || text === undefined) return { state: "missing", path };
    return sha256(text) === row.sha256 ? { state: "whole", text } : { state: "damaged", path };
  }

  async put(name: string, text: string): Promise<void> {
    const { aside, written } = await this.writeAside(name, text);
    // Recorded before it is seen under its name: what is seen is recorded, at whatever moment the process ends.
    await this.record([written]);
    await this.giveName(aside, name);
  }

  async write(name: string, text: string): Promise<WrittenText> {
    const { aside, written } = await this.writeAside(name, text);
    await this.giveName(aside, name);
    return written;
  }

  async record(written: readonly WrittenText[]): Promise<void> {
    this.database.transaction(() => recordFiles(this.database, this.attempt, written));
  }

  async forget(name: string): Promise<void> {
    this.database.run("delete from file where attempt = ? and name = ?", this.attempt, name);
  }

  private async writeAside(name: string, text: string): Promise<{ aside: string; written: WrittenText }> {
    const aside = join(this.scratch, `.${basename(name)}.${randomBytes(6).toString("hex")}.tmp`);
    await naming(join(this.path, name), () => writeDurably(aside, text, PRIVATE_FILE));
    return { aside, written: { name, sha256: sha256(text) } };
  }

  private giveName(aside: string, name: string): Promise<void> {
    const path = join(this.path, name);
    return naming(path, () => rename(aside, path));
  }
}

export function recordFiles(database: Database, attempt: string, written: readonly WrittenText[]): void {
  for (const { name, sha256 } of written) {
    database.run("insert or replace into file values (?, ?, ?)", attempt, name, sha256);
  }
}
