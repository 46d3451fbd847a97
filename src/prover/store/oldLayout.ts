import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { MarginproofError } from "../../errors.js";
import { LITTER, readIfPresent } from "../../files/files.js";
import { parseStatement, type Statement, statementToJson } from "../../protocol/statement.js";
import { attemptPath, recordFiles, sha256 } from "./attemptFolder.js";
import type { Database } from "./database.js";
import { missingSecret } from "./masterSecret.js";
import type { WrittenText } from "./store.js";
import { digestOf } from "./storedStatement.js";

/**
 * The layout of private folders before there was a database: `master-secret`, `latest.json` with the name of the attempt
 * published last, and in `epochs/ATTEMPT/` the files of today, a `lock`, and `published.json`, the statement. Its files
 * stay where they are; what it knows goes into the database, and is read there from then on.
 */
const SECRET = "master-secret";
const ATTEMPT = /^[0-9a-f]{32}$/;
const NUMBERED = /^\d{6}\.json$/;

/** What the names in a folder say, beside a database's: one that lost its secret holds nothing but its epochs. */
export function isOldLayout(names: readonly string[]): boolean {
  const own = names.filter((name) => !LITTER.test(name));
  if (own.includes(SECRET)) return true;
  return own.includes("epochs") && own.every((name) => name === "epochs" || name === "latest.json");
}

export interface OldLayout {
  /** Within the transaction that makes the tables. */
  fill(database: Database): void;
}

/** Reads everything of an old folder. @throws MarginproofError PRIVATE_OLD_LAYOUT, MASTER_SECRET_MISSING */
export async function readOldLayout(place: string): Promise<OldLayout> {
  const attempts = (await readdir(join(place, "epochs")).catch((): string[] => [])).filter((name) =>
    ATTEMPT.test(name),
  );
  const secret = join(place, SECRET);
  if ((await readIfPresent(secret)) === undefined && attempts.length > 0) throw missingSecret(secret);
  const statements: { attempt: string; statement: Statement }[] = [];
  const files: { attempt: string; written: WrittenText[] }[] = [];
  for (const attempt of attempts) {
    const statement = await readPublished(attemptPath(place, attempt));
    if (statement !== undefined) statements.push({ attempt, statement });
    files.push({ attempt, written: await digestsOf(attemptPath(place, attempt)) });
  }
  const last = await lastAttempt(place);
  statements.sort((one, other) => Number(one.attempt === last) - Number(other.attempt === last));
  refuseContradiction(place, statements);
  return {
    fill(database) {
      for (const [at, { attempt, statement }] of statements.entries()) {
        database.run(
          "insert into statement values (?, ?, ?, ?, ?, ?)",
          ...[statement.exchange, statement.epoch, attempt, digestOf(statement)],
          ...[JSON.stringify(statementToJson(statement)), at + 1],
        );
      }
      for (const { attempt, written } of files) recordFiles(database, attempt, written);
    },
  };
}

const cannot = (place: string, problem: string, hint: string): MarginproofError =>
  new MarginproofError(
    "PRIVATE_OLD_LAYOUT",
    `${place} is of an earlier layout, and ${problem}; nothing was changed`,
    { kind: "io", hint },
  );

async function readPublished(folder: string): Promise<Statement | undefined> {
  const path = join(folder, "published.json");
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  try {
    return parseStatement(JSON.parse(text));
  } catch (cause) {
    throw cannot(
      folder,
      `${path} is damaged: ${(cause as Error).message}`,
      `Copy the published bundle's statement.json over ${path}, or restore it from a backup, then run the same command again.`,
    );
  }
}

/** The race that earlier versions had could leave two statements of one epoch: only their owner knows which is public. */
function refuseContradiction(
  place: string,
  statements: readonly { readonly attempt: string; readonly statement: Statement }[],
): void {
  const seen = new Map<string, string>();
  for (const { attempt, statement } of statements) {
    const name = JSON.stringify([statement.exchange, statement.epoch]);
    const path = join(attemptPath(place, attempt), "published.json");
    const other = seen.get(name);
    if (other !== undefined) {
      throw cannot(
        place,
        `holds two statements of epoch ${statement.epoch}: ${other} and ${path}`,
        "Two statements of one epoch contradict each other. Remove the published.json of the one that never left your hands, then run the same command again.",
      );
    }
    seen.set(name, path);
  }
}

/** The attempt that was published last; without a readable note of it, none is known to be. */
async function lastAttempt(place: string): Promise<string | undefined> {
  const text = await readIfPresent(join(place, "latest.json"));
  try {
    return (JSON.parse(text ?? "{}") as { attempt?: string }).attempt;
  } catch {
    return undefined;
  }
}

/** Digests of all files that are what they should be. One left out is made again, or named when it is asked for. */
async function digestsOf(folder: string): Promise<WrittenText[]> {
  const found: WrittenText[] = [];
  const add = async (name: string): Promise<void> => {
    const bytes = await readFile(join(folder, name)).catch(() => undefined);
    if (bytes !== undefined && isJson(bytes.toString("utf8"))) found.push({ name, sha256: sha256(bytes) });
  };
  for (const name of ["market.json", "model.json", "plan.json"]) await add(name);
  for (const part of ["batches", "proofs"]) {
    const names = await readdir(join(folder, part)).catch((): string[] => []);
    for (const name of names) if (NUMBERED.test(name)) await add(`${part}/${name}`);
  }
  return found;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
