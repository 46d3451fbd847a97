import { createHash } from "node:crypto";
import { emptyPrivateFolder } from "../../files/files.js";
import type { AttemptStore, FoundText, ProverStore, WrittenText } from "../../prover/store/store.js";
import type { ServiceSecrets } from "./secrets.js";
import { bytes, type Sql } from "./sql.js";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What proving keeps of its attempts, in the database: any server goes on where another ended. */
export class AttemptTables implements Pick<ProverStore, "masterSecret" | "attempt"> {
  /** @param scratch a folder of this process's own, for what outlives no run */
  constructor(
    private readonly sql: Sql,
    private readonly secrets: ServiceSecrets,
    private readonly scratch: string,
  ) {}

  async masterSecret(): Promise<Uint8Array> {
    return this.secrets.master;
  }

  attempt(name: string): AttemptStore {
    return new AttemptTable(this.sql, this.secrets, name, this.scratch);
  }
}

class AttemptTable implements AttemptStore {
  constructor(
    private readonly sql: Sql,
    private readonly secrets: ServiceSecrets,
    private readonly attempt: string,
    readonly scratch: string,
  ) {}

  async begin(): Promise<void> {
    await emptyPrivateFolder(this.scratch);
  }

  async provide(): Promise<void> {}

  async read(name: string): Promise<FoundText> {
    const [row] = await this.sql.query<{ sealed: unknown; sha256: string }>(
      "select sealed, sha256 from marginproof.kept where attempt = $1 and name = $2 and vouched",
      [this.attempt, name],
    );
    const path = this.place(name);
    if (row === undefined) return { state: "missing", path };
    try {
      const text = this.secrets.sealer.open(path, bytes(row.sealed)).toString("utf8");
      return sha256(text) === row.sha256 ? { state: "whole", text } : { state: "damaged", path };
    } catch {
      return { state: "damaged", path };
    }
  }

  async put(name: string, text: string): Promise<void> {
    await this.keep(name, text, true);
  }

  async write(name: string, text: string): Promise<WrittenText> {
    return { name, sha256: await this.keep(name, text, false) };
  }

  async record(written: readonly WrittenText[]): Promise<void> {
    // One statement, so that all of them count at once.
    await this.sql.query(
      `update marginproof.kept set vouched = true from json_each_text($2::json) as own (name, sha256)
       where kept.attempt = $1 and kept.name = own.name and kept.sha256 = own.sha256`,
      [this.attempt, JSON.stringify(Object.fromEntries(written.map((own) => [own.name, own.sha256])))],
    );
  }

  async forget(name: string): Promise<void> {
    await this.sql.query("delete from marginproof.kept where attempt = $1 and name = $2", [
      this.attempt,
      name,
    ]);
  }

  private place(name: string): string {
    return `kept/${this.attempt}/${name}`;
  }

  private async keep(name: string, text: string, vouched: boolean): Promise<string> {
    const digest = sha256(text);
    // The same attempt makes the same texts: what is vouched for already stays so.
    await this.sql.query(
      `insert into marginproof.kept (attempt, name, sealed, sha256, vouched) values ($1, $2, $3, $4, $5)
       on conflict (attempt, name) do update set sealed = excluded.sealed, sha256 = excluded.sha256,
         vouched = excluded.vouched or (kept.vouched and kept.sha256 = excluded.sha256)`,
      [this.attempt, name, this.secrets.sealer.seal(this.place(name), text), digest, vouched],
    );
    return digest;
  }
}
