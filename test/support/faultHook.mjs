/**
 * Preloaded into a process under test (`node --import`): ends it, or makes one call fail, at the n-th call that changes
 * something on disk, be it Node's or SQLite's. Never part of the package.
 *
 * MARGINPROOF_FAULT: `kill N`, `fail N`, or `count FILE`, which writes the names of all such calls into FILE.
 */
import fs from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { isMainThread } from "node:worker_threads";

const [mode, value] = (process.env.MARGINPROOF_FAULT ?? "none").split(" ");
const names = [];
let calls = 0;

/** Before a call, and so after the one before it. */
function point(name) {
  calls++;
  if (mode === "count") names.push(name);
  if (mode === "kill" && calls === Number(value)) process.kill(process.pid, "SIGKILL");
  if (mode !== "fail" || calls !== Number(value)) return;
  if (name.startsWith("sql "))
    throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
  throw Object.assign(new Error(`ENOSPC: no space left on device, ${name}`), {
    ...{ code: "ENOSPC", errno: -28, syscall: name },
  });
}

function wrap(object, name, title = name) {
  const original = object[name];
  object[name] = function wrapped(...args) {
    try {
      point(title === "sql" ? `sql ${String(args[0]).trim().slice(0, 40)}` : title);
    } catch (error) {
      if (title === "sql" || name.endsWith("Sync")) throw error;
      return Promise.reject(error);
    }
    return original.apply(this, args);
  };
}

if (isMainThread && mode !== "none") {
  const writes = ["rename", "mkdir", "mkdtemp", "rm", "rmdir", "chmod"];
  for (const name of writes) wrap(fs.promises, name);
  for (const name of ["renameSync", "fsyncSync", "writeSync"]) wrap(fs, name);
  const handle = await fs.promises.open(process.execPath);
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  for (const name of ["sync", "writeFile"]) wrap(prototype, name);
  syncBuiltinESMExports();
  const Database = createRequire(import.meta.url)("libsql");
  wrap(Database.prototype, "exec", "sql");
  const statement = Object.getPrototypeOf(new Database(":memory:").prepare("select 1"));
  wrap(statement, "run", "sql run");
  process.on("exit", () => {
    point("exit");
    if (mode === "count") fs.writeFileSync(value, names.join("\n"));
  });
}
