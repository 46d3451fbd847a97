import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";

/**
 * Makes a private folder what versions before the database left: `latest.json`, and in each epoch's folder `published.json`
 * and perhaps a stale `lock`. The files themselves are the same in both.
 */
export function toOldLayout(privateDir: string): void {
  // A copy: a second connection of this process, closed by other means, would take away locks.
  const copy = join(privateDir, "copy.db");
  cpSync(join(privateDir, "private.db"), copy);
  const database = new Database(copy);
  const rows = database
    .prepare("select attempt, epoch, json from statement where published is not null")
    .all();
  database.close();
  for (const { attempt, epoch, json } of rows as { attempt: string; epoch: string; json: string }[]) {
    writeFileSync(join(privateDir, "epochs", attempt, "published.json"), json, { mode: 0o600 });
    const latest = `${JSON.stringify({ attempt, epoch })}\n`;
    writeFileSync(join(privateDir, "latest.json"), latest, { mode: 0o600 });
  }
  for (const attempt of readdirSync(join(privateDir, "epochs"))) {
    writeFileSync(join(privateDir, "epochs", attempt, "lock"), `${process.pid}\n`, { mode: 0o600 });
  }
  for (const name of ["copy.db", "private.db", "marginproof-private"]) rmSync(join(privateDir, name));
  rmSync(join(privateDir, "locks"), { recursive: true });
  if (readFileSync(join(privateDir, "master-secret"), "utf8").length !== 65) throw new Error("no secret");
}
