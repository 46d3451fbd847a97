import { MarginproofError } from "../../errors.js";
import { statementToJson } from "../../protocol/statement.js";
import type { Database, Row } from "./database.js";
import type { EpochName, EpochRun, Publication, StoredStatement } from "./store.js";
import { storedStatement } from "./storedStatement.js";

/** An epoch taken by this process: what it alone may change of it. */
export class FolderRun implements EpochRun {
  constructor(
    private readonly database: Database,
    private readonly epoch: EpochName,
    /** Held as long as the run: the system gives it up when the process ends, however it ends. */
    private readonly lock: Database,
  ) {}

  private row(): Row | undefined {
    const { exchange, epoch } = this.epoch;
    return this.database.get("select * from statement where exchange = ? and epoch = ?", exchange, epoch);
  }

  async statement(): Promise<StoredStatement | undefined> {
    const row = this.row();
    return row === undefined ? undefined : storedStatement(this.database, row);
  }

  async publications(): Promise<readonly Publication[]> {
    const { exchange, epoch } = this.epoch;
    const sql = "select out, aside, state from publication where exchange = ? and epoch = ?";
    return this.database.all(sql, exchange, epoch) as unknown as Publication[];
  }

  async beginPublication(out: string, aside: string): Promise<void> {
    const { exchange, epoch } = this.epoch;
    const sql = "insert or replace into publication values (?, ?, ?, ?, 'writing')";
    this.database.run(sql, out, exchange, epoch, aside);
  }

  async intend(out: string, statement: Omit<StoredStatement, "published">): Promise<void> {
    const { exchange, epoch } = this.epoch;
    this.database.transaction(() => {
      const before = this.row();
      if (before !== undefined && before.digest !== statement.digest) {
        throw secondStatement(storedStatement(this.database, before), []);
      }
      if (before === undefined) {
        this.database.run(
          "insert into statement (exchange, epoch, attempt, digest, json) values (?, ?, ?, ?, ?)",
          ...[exchange, epoch, statement.attempt, statement.digest],
          JSON.stringify(statementToJson(statement.statement)),
        );
      }
      this.setState(out, "ready");
    });
  }

  async finishPublication(out: string): Promise<void> {
    const { exchange, epoch } = this.epoch;
    this.database.transaction(() => {
      this.database.run(
        `update statement set published = (select coalesce(max(published), 0) + 1 from statement)
         where exchange = ? and epoch = ?`,
        ...[exchange, epoch],
      );
      this.setState(out, "done");
    });
  }

  async dropPublication(out: string): Promise<void> {
    const { exchange, epoch } = this.epoch;
    this.database.transaction(() => {
      this.database.run(
        "delete from publication where out = ? and exchange = ? and epoch = ?",
        ...[out, exchange, epoch],
      );
      // What was only made ready, at places where nothing became public, was never said to anybody.
      this.database.run(
        `delete from statement where exchange = ?1 and epoch = ?2 and published is null and not exists
           (select 1 from publication where exchange = ?1 and epoch = ?2 and state <> 'writing')`,
        ...[exchange, epoch],
      );
    });
  }

  async withdraw(): Promise<void> {
    const { exchange, epoch } = this.epoch;
    this.database.transaction(() => {
      for (const table of ["publication", "statement"]) {
        this.database.run(`delete from ${table} where exchange = ? and epoch = ?`, exchange, epoch);
      }
    });
  }

  private setState(out: string, state: Publication["state"]): void {
    const { exchange, epoch } = this.epoch;
    this.database.run(
      "update publication set state = ? where out = ? and exchange = ? and epoch = ?",
      ...[state, out, exchange, epoch],
    );
  }

  release(): void {
    this.lock.close();
  }
}

/** One store never makes two statements for one epoch: whoever sees both sees an exchange contradict itself. */
export function secondStatement(before: StoredStatement, places: readonly string[]): MarginproofError {
  const { published, digest, statement } = before;
  const at = places.length === 0 ? "" : `, at ${places.join(", ")}`;
  return new MarginproofError(
    "EPOCH_PUBLISHED",
    `epoch ${statement.epoch} ${published ? "was published" : "was being published, and may be public,"} already, with other inputs: statement ${digest}${at}`,
    {
      kind: "usage",
      hint: `Give the market file its own epoch name. If that bundle never left your hands, remove it, and add to this command: --withdraw ${digest}`,
    },
  );
}
