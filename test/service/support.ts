import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect } from "vitest";
import { silentProgress } from "../../src/files/progress.js";
import { verifyOwn } from "../../src/prover/verifyOwn.js";
import { KeyShelf } from "../../src/service/jobs/workerContext.js";
import { jsonLog } from "../../src/service/log.js";
import { openService, type Service, type ServicePlaces } from "../../src/service/open.js";
import { receiveAccounts } from "../../src/service/operations.js";
import { createEpoch, type EpochRow, type EpochState, readEpoch } from "../../src/service/store/epochs.js";
import { bytes, type Sql } from "../../src/service/store/sql.js";
import type { Verdict } from "../../src/verifier/verdict.js";
import { TEST_KEYS } from "../support/circuit.js";
import { TINY_MARKET } from "../support/tinyMarket.js";

/** A small book whose names and quantities stand nowhere else: no total is one account's own. */
export const BOOK = `account,pocket,instrument,quantity,entry_price
walter,,USDT,48123.770001,
walter,,BTC-PERP,0.113,60017
xenia,,USDT,39172.500002,
xenia,,BTC-PERP,1.731,60017
yolanda,sidepot,BTC,0.04177,
yolanda,sidepot,BTC-PERP,-0.402,60017
zora,,USDT,51817.250003,
zora,,BTC-PERP,-1.442,60017
`;
/** What of it nobody may read. */
export const PRIVATE = [
  "walter",
  "xenia",
  "yolanda",
  "sidepot",
  "48123",
  "39172",
  "zora",
  "51817",
  "1.731",
  "1731",
  "0.402",
  "4177",
  "60017",
];

const LIMIT = 1 << 30;
const folder = mkdtempSync(join(tmpdir(), "marginproof-service-"));
let names = 0;
/** A path of its own in this test file's folder. */
export const fresh = (end = ""): string => join(folder, `${++names}${end}`);
export const cleanUp = (): void => rmSync(folder, { recursive: true, force: true });

/** A service in this process, and all that it logged. */
export async function service(
  places: Partial<ServicePlaces>,
  workers: number,
): Promise<{ readonly own: Service; readonly logged: string[] }> {
  const logged: string[] = [];
  const log = jsonLog((line) => logged.push(line));
  return { own: await openService({ data: fresh(), keysDir: TEST_KEYS, ...places }, workers, log), logged };
}

/** Brings the tiny book in, under an epoch name of its own. @returns the epoch's id */
export async function bringIn(
  own: Service,
  epoch: string,
  accounts: string = BOOK,
  hold = false,
): Promise<string> {
  const market = JSON.stringify({ ...TINY_MARKET, epoch });
  const id = await createEpoch(own.database, own.secrets.sealer, {
    ...{ exchange: TINY_MARKET.exchange, epoch, profile: "test", market },
  });
  await sendIn(own, id, accounts, hold);
  return id;
}

/** Sends an epoch that is there its accounts. */
export function sendIn(own: Service, id: string, accounts: string, hold: boolean): Promise<EpochRow> {
  return receiveAccounts(own, id, "csv", Readable.from([Buffer.from(accounts)]), LIMIT, { hold });
}

/** Bytes as text, too: numbers of bytes would be read for quantities. */
const textOf = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : (JSON.stringify(value) ?? "");

/** None of these words is in clear in any table of the service's or its queue's. */
export async function assertSealed(sql: Sql, words: readonly string[]): Promise<void> {
  const tables = await sql.query<{ name: string }>(
    `select table_schema || '.' || table_name as name from information_schema.tables
     where table_schema like 'marginproof%' and table_type = 'BASE TABLE'`,
  );
  expect(tables.length).toBeGreaterThan(10);
  for (const { name } of tables) {
    if (name === "marginproof.bundle_piece") continue;
    // A market's own figures and proofs are public, and a digit of theirs may be a quantity's.
    const rows = await sql.query<Record<string, unknown>>(`select * from ${name}`);
    const open = rows.map(({ market: _, statement: __, verdict: ___, signals: ____, ...row }) => row);
    assertWithout(open.flatMap((row) => Object.values(row).map(textOf)).join("\n"), words, name);
  }
}

/** A log without what is of chance or of the clock, which may look like anything: ids of requests, ports, numbers of processes, times. */
export const withoutChance = (log: string): string =>
  log.replace(/"(id|worker|url|time|milliseconds|seconds)":("[^"]*"|[\d.e-]+)/g, "");

export function assertWithout(text: string, words: readonly string[], where: string): void {
  for (const word of words) expect(new RegExp(`\\b${word}\\b`).test(text), `${word} in ${where}`).toBe(false);
}

/** Waits until an epoch is in one of these states. */
export async function reached(sql: Sql, id: string, ...states: EpochState[]): Promise<EpochRow> {
  for (;;) {
    // A database that was just killed answers again in a moment.
    const row = await readEpoch(sql, id).catch(() => undefined);
    if (row !== undefined && states.includes(row.state)) return row;
    if (row?.state === "failed") throw new Error(`failed with ${row.problem_code}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The verifier's word on the bundle that the service keeps. */
export async function verdictOn(sql: Sql, id: string): Promise<Verdict> {
  const out = fresh("-bundle");
  mkdirSync(out);
  const files = await sql.query<{ name: string }>(
    "select name from marginproof.bundle_file where epoch = $1",
    [id],
  );
  for (const { name } of files) {
    const pieces = await sql.query<{ bytes: unknown }>(
      "select bytes from marginproof.bundle_piece where epoch = $1 and name = $2 order by piece",
      [id, name],
    );
    writeFileSync(join(out, name), Buffer.concat(pieces.map((piece) => bytes(piece.bytes))));
  }
  return verifyOwn(out, await new KeyShelf(TEST_KEYS).of("test"), silentProgress);
}

/** Every step of an epoch: proved, and with one proof. */
export async function stepsOf(
  sql: Sql,
  id: string,
): Promise<{ readonly steps: number; readonly proofs: number }> {
  const [found] = await sql.query<{ steps: number; proofs: number }>(
    `select (select count(*)::int from marginproof.step where epoch = id and proved is not null and input is null) as steps,
       (select count(*)::int from marginproof.kept where kept.attempt = own.attempt and name like 'proofs/%' and vouched) as proofs
     from marginproof.epoch as own where id = $1`,
    [id],
  );
  return found!;
}
