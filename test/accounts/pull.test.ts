import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pullExport, readMapping, readPortfolios } from "../../src/accounts/index.js";
import { DatabaseSnapshot } from "../../src/accounts/sql/snapshotReader.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { listedInstruments, parseMarketText } from "../../src/market/index.js";
import { run } from "../cli/run.js";
import { Relay } from "../service/relay.js";
import { Postgres } from "../support/postgres.js";
import { KEY } from "./market.js";
import { collect, failure } from "./support.js";

const example = (...name: string[]): string => join(PACKAGE_ROOT, "examples", ...name);
const listed = listedInstruments(parseMarketText(readFileSync(example("market.json"), "utf8")));
const exampleQueries = readFileSync(example("mapping", "queries.yaml"), "utf8");

const root = mkdtempSync(join(tmpdir(), "pull-test-"));
let postgres: Postgres;
let writer: pg.Client;
let made = 0;
const fresh = (end = ""): string => join(root, `${made++}${end}`);

beforeAll(async () => {
  postgres = await Postgres.start();
  await postgres.psql(example("mapping", "tables.sql"), root);
  writer = new pg.Client({ connectionString: postgres.url });
  await writer.connect();
  await writer.query(`
    create table cash (who text, coin text, much numeric);
    create table held (who text, coin text, much numeric);
    insert into cash select 'a' || k, 'USDT', 100 from generate_series(1, 50) k;
    insert into held select 'a' || k, 'BTC', 1 from generate_series(1, 50) k;
    create table odd (who text, coin text, much double precision, exact numeric);
    insert into odd values ('a', 'USDT', 0.1, 123456789.000000000000000001);
    create sequence counter`);
});
afterAll(async () => {
  await writer?.end();
  await postgres?.stop();
  rmSync(root, { recursive: true, force: true });
});

const ROWS = "    rows: [{ account: who, instrument: coin, quantity: much }]\n";
const mappingOf = (queries: Readonly<Record<string, string>>) =>
  readMapping(
    `format: marginproof/mapping/1\nfiles:\n${Object.entries(queries)
      .map(([name, query]) => `  ${name}.ndjson:\n    query: ${JSON.stringify(query)}\n${ROWS}`)
      .join("")}`,
    "queries.yaml",
  );
const pull = (queries: Readonly<Record<string, string>>, options: object = {}) => {
  const out = fresh();
  return pullExport(mappingOf(queries), { url: postgres.url, out, statementSeconds: 60, ...options }).then(
    (pulled) => ({ pulled, out }),
  );
};
const records = (path: string) =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, string>);

describe("examples/mapping/queries.yaml", () => {
  it("makes the accounts of examples/accounts.csv, by the CLI, which doctor and explain then read", async () => {
    const [source, out] = [fresh(".txt"), fresh()];
    writeFileSync(source, `${postgres.url}\n`, { mode: 0o600 });
    const queries = example("mapping", "queries.yaml");
    const flags = ["--mapping", queries, "--source", source, "--out", out, "--quiet"];
    const told = run(["pull", ...flags]);
    expect([told.code, told.err]).toEqual([0, ""]);
    expect(told.out).toMatch(/balances\.ndjson {2}\d+ rows/);
    expect(
      [out, ...readdirSync(out).map((name) => join(out, name))].map((p) => statSync(p).mode & 0o77),
    ).toEqual([0, 0, 0]);
    const mapping = readMapping(exampleQueries, "queries.yaml");
    const read = (from: Parameters<typeof readPortfolios>[0]) =>
      collect(readPortfolios(from, listed, { shuffleKey: KEY }));
    const found = await read({ folder: out, mapping });
    expect(found).toHaveLength(10);
    expect(found).toEqual(await read(example("accounts.csv")));
    const again = run(["pull", ...flags]);
    expect([again.code, again.err]).toEqual([2, expect.stringContaining("OUT_EXISTS")]);
    const doctor = [
      "doctor",
      "--market",
      example("market.json"),
      "--accounts",
      out,
      "--mapping",
      queries,
      "--json",
    ];
    const { format, book } = JSON.parse(run(doctor).out) as { format: string; book: { accounts: number } };
    expect([format, book.accounts]).toEqual(["marginproof/doctor/1", 10]);
  });
});

describe("one moment of the database", () => {
  it("is what it was at the first query, whatever is committed between two fetches", async () => {
    let moved = 0;
    const hook = async () => {
      if (moved++ > 0) return;
      await writer.query(
        "begin; update cash set much = 0; update held set much = 2; delete from held where who > 'a3'; insert into cash values ('late', 'USDT', 7); commit",
      );
    };
    const snapshot = await DatabaseSnapshot.open(postgres.url, { statementSeconds: 60, fetched: 10 });
    const mapping = mappingOf({ cash: "select * from cash", held: "select * from held" });
    const found: Record<string, (string | null)[][]> = {};
    for (const [name, { query, ...file }] of mapping.files)
      for await (const { rows } of snapshot.read(name, query!, file)) {
        expect(rows.length, "bounded by the cursor").toBeLessThanOrEqual(10);
        found[name] = [...(found[name] ?? []), ...rows.map((row) => [...row])];
        await hook();
      }
    await snapshot.close();
    expect(moved).toBeGreaterThan(10);
    const [cash, held] = [found["cash.ndjson"]!, found["held.ndjson"]!];
    expect([cash.length, held.length]).toEqual([50, 50]);
    expect(cash.every(([, , much]) => much === "100")).toBe(true);
    expect(held.every(([, , much]) => much === "1")).toBe(true);
    const after = await pull({ cash: "select * from cash" });
    expect(records(join(after.out, "cash.ndjson"))).toContainEqual({ who: "late", coin: "USDT", much: "7" });
  });

  it("is broken off at once, whatever it waits for, and waits for no goodbye that nobody hears", async () => {
    const relay = await Relay.start(postgres.socket);
    const url = relay.urlOf("postgres");
    const off = new AbortController();
    const options = { statementSeconds: 600, signal: off.signal };
    const snapshot = await DatabaseSnapshot.open(url, { statementSeconds: 600 });
    const amid = await DatabaseSnapshot.open(url, options);
    relay.cut();
    const rows = failure(() => amid.fetch("cash", "select * from cash", () => {}).next());
    // Connects, and gets no answer.
    const opening = DatabaseSnapshot.open(url, options).catch((error: unknown) => error);
    const reason = new Error("the server is stopping");
    setTimeout(() => off.abort(reason), 300);
    expect(await rows).toMatchObject({ code: "SOURCE_DATABASE" });
    expect(await opening).toBe(reason);
    await expect(DatabaseSnapshot.open(url, options)).rejects.toBe(reason);
    await amid.close();
    await snapshot.close();
    await relay.close();
  });

  it("keeps every digit of a numeric, and null as null", async () => {
    const { out, pulled } = await pull({ odd: "select who, null as coin, exact as much from odd" });
    expect(records(join(out, "odd.ndjson"))).toEqual([
      { who: "a", coin: null, much: "123456789.000000000000000001" },
    ]);
    expect(pulled).toEqual([{ file: "odd.ndjson", rows: 1 }]);
  });
});

describe("queries that are refused", () => {
  it.each([
    ["delete from cash returning who, coin, much", /syntax error/],
    ["with gone as (delete from cash returning *) select * from gone", /data-modifying/],
    ["select * from cash; drop table cash", /multiple commands/],
    ["select 1; commit; drop table cash", /multiple commands/],
    ["select nextval('counter')::text as who, 'USDT' as coin, 1 as much", /read-only transaction/],
    ["select who, coin, much from nowhere", /"nowhere" does not exist/],
    ["select who, coin, size as much from cash", /column "size" does not exist/],
    ["select who, coin, much from odd", /column "much" is double precision, which loses digits/],
  ])("%s", async (query, message) => {
    const out = fresh();
    const error = await failure(() => pull({ a: query }, { out }));
    expect([error.code, error.options.kind]).toEqual(["SOURCE_QUERY", "usage"]);
    expect(error.message).toMatch(message);
    expect(error.message).toContain("the query of a.ndjson");
    expect(existsSync(out)).toBe(false);
    expect((await writer.query("select 1 from cash")).rowCount).toBeGreaterThan(0);
  });

  it("columns that the mapping doesn't name, and those it misses", async () => {
    const error = await failure(() => pull({ a: "select who, much, 1 as extra from cash" }));
    expect([error.code, error.message]).toEqual([
      "ACCOUNTS_BAD_HEADER",
      'the query of a.ndjson: bad header: unknown column "extra", column coin missing',
    ]);
  });

  it("a query that takes too long", async () => {
    const slow = "select who, coin, much from cash, pg_sleep(60)";
    const error = await failure(() => pull({ a: slow }, { statementSeconds: 1 }));
    expect(error.code).toBe("SOURCE_QUERY");
    expect(error.message).toContain("longer than the statement timeout");
  });

  it("a mapping without a query, a query whose file is no NDJSON, and a database that isn't there", async () => {
    const plain = readMapping(`format: marginproof/mapping/1\nfiles:\n  a.csv:\n${ROWS}`, "m.yaml");
    const options = { url: postgres.url, out: fresh(), statementSeconds: 1 };
    expect((await failure(() => pullExport(plain, options))).code).toBe("MAPPING_QUERIES");
    const csv = `format: marginproof/mapping/1\nfiles:\n  a.csv:\n    query: select 1\n${ROWS}`;
    expect((await failure(async () => readMapping(csv, "m.yaml"))).message).toContain("end in .ndjson");
    const url = "postgres://reader:hunter2@127.0.0.1:9/book";
    const gone = await failure(() => pull({ a: "select 1" }, { url }));
    expect([gone.code, gone.options.kind]).toEqual(["SOURCE_DATABASE", "io"]);
    expect(JSON.stringify([gone.message, gone.options.hint])).not.toContain("hunter2");
    const untold = run(["pull", "--mapping", example("mapping", "queries.yaml"), "--out", fresh()]);
    expect([untold.code, untold.err]).toEqual([2, expect.stringContaining("SOURCE_URL")]);
    expect(readdirSync(root).filter((name) => name.startsWith("."))).toEqual([]);
  });
});
