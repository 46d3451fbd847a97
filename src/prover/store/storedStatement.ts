import { bytesToHex } from "../../field/encoding.js";
import { firstSeed, secondSeed } from "../../protocol/challenges.js";
import { parseStatement, type Statement } from "../../protocol/statement.js";
import { type Database, damagedDatabase, type Row } from "./database.js";
import type { StoredStatement } from "./store.js";

/** `0x` and 64 hex digits. */
export const digestOf = (statement: Statement): string =>
  `0x${bytesToHex(secondSeed(firstSeed(statement), statement.weights))}`;

/** A row of the database as what it stands for. @throws MarginproofError PRIVATE_DATABASE_DAMAGED */
export function storedStatement(database: Database, row: Row): StoredStatement {
  const { exchange, epoch, attempt, json, digest, published } = row;
  let statement: Statement;
  try {
    statement = parseStatement(JSON.parse(String(json)));
    if (digestOf(statement) !== digest) throw new Error("its digest is another");
    if (statement.exchange !== exchange || statement.epoch !== epoch) throw new Error("its names are others");
  } catch (cause) {
    const problem = `the statement of epoch ${epoch} is damaged: ${(cause as Error).message}`;
    throw damagedDatabase(database.path, problem, cause, "Other epochs open with disclose --epoch. ");
  }
  return { attempt: String(attempt), statement, digest: String(digest), published: published !== null };
}
