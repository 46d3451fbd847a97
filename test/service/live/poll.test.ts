import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStorage } from "../../../src/service/open.js";
import { verifyAuditLog } from "../../../src/service/store/auditLog.js";
import { Postgres } from "../../support/postgres.js";
import { TINY_MARKET } from "../../support/tinyMarket.js";
import { cleanUp, fresh } from "../support.js";
import { Listener } from "./listener.js";
import { type LiveAnswer, LiveServer } from "./liveServer.js";

/** Whoever reads while somebody else does is given no row, which is refused. */
const ALONE = "(select pg_try_advisory_xact_lock(7) as mine) own where mine";
const mappingOf = (query: string): string => `format: marginproof/mapping/1
files:
  book.ndjson:
    query: ${JSON.stringify(query)}
    rows: [{ account: who, pocket: side, instrument: coin, quantity: much, entry_price: bought }]
`;
const COLUMNS = "select who, side, coin, much, bought from";
const QUERIES = {
  book: `${COLUMNS} book, ${ALONE}`,
  floats: `${COLUMNS} (select who, side, coin, much::float8 as much, bought from book) own`,
  slow: `${COLUMNS} book, pg_sleep(600)`,
  nowhere: `${COLUMNS} nowhere`,
};
const PRICES = {
  priced: "select symbol, price from mark",
  text: "select symbol, price::text || '0' from mark",
  float4: "select symbol, price::float4 as bad from mark",
  float8: "select symbol, price::float8 as bad from mark",
  three: "select symbol, price, 1 from mark",
  twice: "select symbol, price from mark union all select symbol, price from mark",
  none: "select symbol, null::numeric from mark",
  empty: "select symbol, price from mark where false",
  unknown: "select 'DOGE-PERP', price from mark limit 1",
  many: "select symbol, price from mark union all select 'x' || k, 1 from generate_series(1, 100000) k",
  worthless: "select symbol, 'NaN'::numeric from mark",
};

const data = fresh();
let postgres: Postgres;
let exchange: pg.Client;
let server: LiveServer;

beforeAll(async () => {
  postgres = await Postgres.start();
  exchange = new pg.Client({ connectionString: postgres.url });
  await exchange.connect();
  await exchange.query(`create table book (who text, side text default '', coin text, much numeric, bought text);
    create table mark (symbol text, price numeric)`);
  const url = fresh(".txt");
  writeFileSync(url, postgres.url, { mode: 0o600 });
  const sourceOf = (query: string, prices?: string) => {
    const mapping = fresh(".yaml");
    writeFileSync(mapping, mappingOf(query));
    return { mapping, url, ...(prices === undefined ? {} : { prices }) };
  };
  const sources = {
    ...Object.fromEntries(Object.entries(QUERIES).map(([name, query]) => [name, sourceOf(query)])),
    ...Object.fromEntries(
      Object.entries(PRICES).map(([name, prices]) => [name, sourceOf(QUERIES.book, prices)]),
    ),
  };
  const list = fresh(".json");
  writeFileSync(list, JSON.stringify({ format: "marginproof/sources/1", sources }));
  const limit = ["--max-upload", "1000000"];
  server = await LiveServer.start(["--data", data, "--workers", "0", "--sources", list, ...limit]);
});
afterAll(async () => {
  await server?.process.end("SIGKILL");
  await exchange?.end();
  await postgres?.stop();
  cleanUp();
});

/** Long of one BTC-PERP on so much USDT, each: in which band is a matter of that and of the price. */
const owes = (who: string, usdt: string): Promise<unknown> =>
  exchange.query(
    `begin; delete from book where who = '${who}'; insert into book values ('${who}', '', 'USDT', -${usdt}, null),
     ('${who}', '', 'BTC-PERP', 1, 'settled'); commit`,
  );
const operator = (method: string, path: string, body?: object): Promise<LiveAnswer> =>
  server.call(method, path, server.tokens.operator, body);
/** Reads that were refused with words that may name somebody. */
let worded = 0;
const read = async (source: string, everySeconds?: number): Promise<LiveAnswer> => {
  const body = { source, ...(everySeconds === undefined ? {} : { everySeconds }) };
  const answer = await operator("POST", "/accounts", body);
  if (answer.status !== 200 && !answer.json.code.startsWith("SERVICE_")) worded++;
  return answer;
};
const begin = async (): Promise<void> => {
  const begun = await operator("POST", "", { market: JSON.stringify(TINY_MARKET) });
  expect(begun, JSON.stringify(begun)).toMatchObject({ status: 201, json: { loaded: false } });
};
const accounts = async (): Promise<{ account: string; pocket: string; equity: string }[]> =>
  [
    ...(await operator("GET", "/accounts")).json.accounts,
    ...(await operator("GET", "/accounts?band=free")).json.accounts,
  ].sort((one, other) => (`${one.account}/${one.pocket}` < `${other.account}/${other.pocket}` ? -1 : 1));
const reads = async (outcome: "taken" | "failed"): Promise<number> => {
  const answer = await fetch(`${server.url}/metrics`, {
    headers: { authorization: `Bearer ${server.tokens.operator}` },
  });
  return Number(new RegExp(`live_reads\\{outcome="${outcome}"\\} (\\d+)`).exec(await answer.text())![1]);
};
/** Resolves when so many statements of this kind are in hand. */
async function active(like: string, count = 1): Promise<void> {
  const statements = `select 1 from pg_stat_activity
    where query like '${like}' and state = 'active' and pid <> pg_backend_pid()`;
  while ((await exchange.query(statements)).rowCount! < count);
}
const change = { rows: [{ account: "gwendolin", instrument: "USDT", quantity: "-1" }] };
const CALLED = { status: 409, json: { code: "SERVICE_LIVE_POLLED" } };

beforeEach(async () => {
  await exchange.query(
    "truncate book; truncate mark; insert into mark values ('BTC-PERP', 60000.5), ('BTC', 60000)",
  );
  await owes("gwendolin", "56123.5");
  await owes("hildegard", "40000");
  await exchange.query("insert into book values ('hildegard', 'aside', 'USDT', 77.25, null)");
});

describe("the live book out of the exchange's own database", () => {
  it("comes as a file would, the first time", async () => {
    expect(await read("book"), "nothing was begun").toMatchObject({
      ...{ status: 409, json: { code: "SERVICE_LIVE_NONE" } },
    });
    await begin();
    const { status, json } = await read("book");
    expect([status, json.loaded, json.accounts, json.tick]).toEqual([200, true, 3, 0]);
    expect(json.source).toMatchObject({ name: "book", everySeconds: null, last: { code: null } });
    expect((await accounts()).map(({ account, pocket, equity }) => [account, pocket, equity])).toEqual([
      ["gwendolin", "", "3877"],
      ["hildegard", "", "20000.5"],
      ["hildegard", "aside", "77.25"],
    ]);
    expect((await server.call("GET", "", server.tokens.auditor)).json.source).toEqual(json.source);
  });

  it("is asked for by an operator, of a source that is there, as often as is good for the database", async () => {
    await begin();
    for (const [body, code] of [
      [{ source: "other" }, "SERVICE_NOT_FOUND"],
      [{ source: "__proto__" }, "SERVICE_NOT_FOUND"],
      [{ source: "book", query: "select 1" }, "SERVICE_REQUEST"],
      [{ source: "book", everySeconds: 1 }, "SERVICE_REQUEST"],
      [{ source: "book", everySeconds: 2.5 }, "SERVICE_REQUEST"],
      [{ source: "book", everySeconds: 86_401 }, "SERVICE_REQUEST"],
      [{}, "SERVICE_REQUEST"],
    ] as const)
      expect((await operator("POST", "/accounts", body)).json.code, JSON.stringify(body)).toBe(code);
    for (const by of [server.tokens.auditor, server.tokens.publisher])
      expect((await server.call("POST", "/accounts", by, { source: "book" })).status).toBe(403);
    // Nothing of it stands in the way.
    expect((await read("book")).status).toBe(200);
  });

  it("takes the place of what is held: who differs is announced as after a tick, who left is in no list", async () => {
    await begin();
    await read("book");
    const all = await Listener.open(server.url, "/events", server.tokens.operator);
    const own = await Listener.open(server.url, "/holder/events", server.holderToken("gwendolin"));
    await owes("gwendolin", "60001");
    await owes("ingrid", "70000");
    await read("book");
    await all.count(3);
    expect([...all.bands].sort()).toEqual([
      ["gwendolin", "free", "bankrupt"],
      ["ingrid", null, "bankrupt"],
    ]);
    // Better, but not by a hundredth of what it requires: announced as before.
    await owes("gwendolin", "60000");
    await read("book");
    expect((await accounts())[0]).toMatchObject({ account: "gwendolin", band: "liquidation" });
    expect((await accounts())[0]).toMatchObject({ announced: "bankrupt", equity: "0.5" });
    await owes("gwendolin", "50000");
    await read("book");
    await owes("gwendolin", "60001");
    await read("book");
    await exchange.query("delete from book where who in ('gwendolin', 'ingrid') or side = 'aside'");
    expect((await read("book")).json).toMatchObject({ accounts: 1, tick: 0 });
    await all.count(7);
    expect(all.bands.slice(2, 4)).toEqual([
      ["gwendolin", "bankrupt", "free"],
      ["gwendolin", "free", "bankrupt"],
    ]);
    expect([...all.bands.slice(4)].sort(), "a free one goes without a word").toEqual([
      ["gwendolin", "bankrupt", null],
      ["ingrid", "bankrupt", null],
    ]);
    await own.count(5);
    expect(own.messages.at(-1)!.data).toMatchObject({ band: null, announced: null, equity: "0", to: null });
    expect((await accounts()).map(({ account, pocket }) => [account, pocket])).toEqual([["hildegard", ""]]);
    const { bands } = (await operator("GET", "")).json;
    expect(bands.band).toEqual({ bankrupt: 0, liquidation: 0, reduceOnly: 0, marginCall: 0, free: 1 });
    const gone = await server.call("GET", "/holder/events", server.holderToken("gwendolin"));
    expect(gone).toMatchObject({ status: 404, json: { code: "DISCLOSE_NO_ACCOUNT" } });
    // Who comes back is new.
    await owes("gwendolin", "60001");
    await read("book");
    await all.count(8);
    expect(all.bands.at(-1)).toEqual(["gwendolin", null, "bankrupt"]);
    expect(all.messages.length).toBe(8);
    all.close();
    own.close();
  });

  it("is all of it or nothing", async () => {
    await begin();
    expect((await read("nowhere")).json.code).toBe("SOURCE_QUERY");
    expect((await operator("GET", "")).json.code, "still waits for accounts").toBe("SERVICE_LIVE_NONE");
    await read("priced");
    const before = [await accounts(), (await operator("GET", "")).json];
    await owes("gwendolin", "60001");
    await exchange.query("update mark set price = 50000 where symbol = 'BTC-PERP'");
    for (const [row, code] of [
      ["('ingrid', '', 'USDT', 0.0000001, null)", "ACCOUNTS_BAD_ROWS"],
      ["('ingrid', '', 'DOGE', 1, null)", "ACCOUNTS_BAD_ROWS"],
      // Found when the rows of a pocket are added up: others may have been read by then.
      ["('ingrid', '', 'USDT', 9007199254.740992, null)", "ACCOUNT_QUANTITY_TOO_LARGE"],
    ] as const) {
      await exchange.query(`insert into book values ${row}`);
      expect((await read("priced")).json.code, row).toBe(code);
      await exchange.query("delete from book where who = 'ingrid'");
    }
    await exchange.query(
      "insert into book select 'ingrid' || k, '', 'USDT', 1, null from generate_series(1, 20000) k",
    );
    expect((await read("priced")).json.code, "longer than an upload").toBe("SERVICE_TOO_LARGE");
    await exchange.query("delete from book where who like 'ingrid%'");
    for (const source of ["floats", "nowhere"]) expect((await read(source)).json.code).toBe("SOURCE_QUERY");
    await exchange.query("delete from book");
    expect((await read("priced")).json.code, "an export that failed").toMatch(/^ACCOUNTS_/);
    expect([await accounts(), (await operator("GET", "")).json]).toEqual(before);
  });

  it("has prices of the same moment, and nobody is called for what they held before", async () => {
    await begin();
    expect((await read("priced")).json).toMatchObject({ tick: 1 });
    const all = await Listener.open(server.url, "/events", server.tokens.operator);
    await exchange.query(`begin; update mark set price = 50000 where symbol = 'BTC-PERP';
      update book set much = -44000 where who = 'gwendolin' and coin = 'USDT'; commit`);
    const { json } = await read("priced");
    expect(json).toMatchObject({ tick: 2, time: json.source.moment });
    expect(json.time).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect((await accounts())[0]).toMatchObject({ account: "gwendolin", equity: "6000", announced: "free" });
    // Each commit moves both: of two moments there would be other sums.
    let writing = true;
    const writer = (async () => {
      for (let price = 50_000; writing; price = 50_000 + ((price + 37) % 9000)) {
        await exchange.query(`begin; update mark set price = ${price} where symbol = 'BTC-PERP';
          update book set much = 6000 - ${price} where who = 'gwendolin' and coin = 'USDT'; commit`);
      }
    })();
    for (let k = 0; k < 8; k++) {
      expect((await read("priced")).status).toBe(200);
      expect((await accounts())[0]).toMatchObject({ account: "gwendolin", equity: "6000" });
    }
    writing = false;
    await writer;
    // What a price alone does is announced as by a tick, and an instrument that is not named stays.
    await exchange.query("delete from mark where symbol = 'BTC'");
    await exchange.query("update mark set price = 1000 where symbol = 'BTC-PERP'");
    await read("text");
    await all.count(3);
    expect(all.bands.length).toBe(2);
    all.close();
  });

  it("takes prices that are exact, one an instrument, of instruments that the book lists", async () => {
    await begin();
    await read("priced");
    const before = (await operator("GET", "")).json;
    for (const [source, code, words] of [
      ["float4", "SOURCE_QUERY", 'column "bad" is real, which loses digits'],
      ["float8", "SOURCE_QUERY", 'column "bad" is double precision, which loses digits'],
      ["three", "SOURCE_QUERY", "3 columns"],
      ["twice", "SOURCE_QUERY", '"BTC-PERP" is there twice'],
      ["none", "SOURCE_QUERY", '"BTC-PERP" has no price'],
      ["empty", "SOURCE_QUERY", "no row"],
      ["unknown", "ACCOUNT_UNKNOWN_INSTRUMENT", "DOGE-PERP"],
      ["many", "SOURCE_QUERY", "more rows than the"],
      ["worthless", "MARKET_SCHEMA", "BTC"],
    ] as const) {
      const { json } = await read(source);
      expect(json, source).toMatchObject({ code, detail: expect.stringContaining(words) });
    }
    expect((await operator("GET", "")).json).toEqual(before);
  });
});

describe("a live book that is polled", () => {
  it("is read again and again, after a failure too, one read at a time, and says how that goes", async () => {
    await begin();
    expect((await read("book", 2)).json.source).toMatchObject({ everySeconds: 2, last: { code: null } });
    const all = await Listener.open(server.url, "/events", server.tokens.operator);
    expect((await read("nowhere")).json.code, "is noted").toBe("SOURCE_QUERY");
    const asked = await Promise.all([read("book", 2), read("book", 2), read("book", 2)]);
    expect(asked.map(({ status }) => status)).toEqual([200, 200, 200]);
    await owes("gwendolin", "60001");
    await all.count(2);
    expect(all.bands).toEqual([["gwendolin", "free", "bankrupt"]]);
    const failed = await reads("failed");
    await exchange.query("alter table book rename to away");
    const line = await server.process.line(({ event }) => event === "accounts are not read");
    expect(line).toMatchObject({ source: "book", code: "SOURCE_QUERY", level: "warn" });
    const state = (await operator("GET", "")).json;
    expect(state.source.last.code).toBe("SOURCE_QUERY");
    expect([state.loaded, state.accounts, state.bands.band.bankrupt]).toEqual([true, 3, 1]);
    expect(await reads("failed")).toBeGreaterThan(failed);
    await exchange.query("alter table away rename to book");
    await owes("gwendolin", "50000");
    await all.count(3);
    expect(all.bands.at(-1)).toEqual(["gwendolin", "bankrupt", "free"]);
    // Noted when the read's folder is gone, which is after it was announced; what it shows, before.
    for (let code = "SOURCE_QUERY"; code !== null; ) code = (await operator("GET", "")).json.source.last.code;
    // A request that fails leaves it polled.
    expect((await read("nowhere", 2)).json.code).toBe("SOURCE_QUERY");
    await owes("gwendolin", "60001");
    await all.count(4);
    all.close();
  });

  it("takes what its source says from nobody else, until it is asked for once", async () => {
    await begin();
    await read("priced", 86_400);
    expect(await operator("POST", "/changes", change)).toMatchObject(CALLED);
    expect(await server.tick("1000")).toMatchObject(CALLED);
    expect(await operator("POST", "/ticks", { market: JSON.stringify(TINY_MARKET) })).toMatchObject(CALLED);
    const gains = { instruments: [{ symbol: "BTC-PERP", stressGains: ["-18000.15", "30000.5"] }] };
    const { time } = (await operator("GET", "")).json;
    for (const own of [{ instruments: [] }, gains])
      expect(await operator("POST", "/ticks", { ...own, time: "2099-01-01T00:00:00Z" })).toMatchObject(
        CALLED,
      );
    expect((await operator("GET", "")).json.time, "that of the prices").toBe(time);
    expect(await operator("POST", "/ticks", gains), "no query gives these").toMatchObject({ status: 200 });
    await read("book", 86_400);
    expect(await operator("POST", "/changes", change)).toMatchObject(CALLED);
    expect(await server.tick("1000"), "a source without prices").toMatchObject({ status: 200 });
    expect((await read("book")).json.source.everySeconds).toBe(null);
    expect(await operator("POST", "/changes", change)).toMatchObject({ status: 200, json: { evaluated: 1 } });
    // What was sent in between is not in the database, which says what is held.
    await server.tick("60000.5");
    await read("book");
    expect((await accounts())[0]).toMatchObject({ account: "gwendolin", equity: "3877" });
  });

  it("is left to ticks and changes again while its database is away, when an operator says so", async () => {
    await operator("DELETE", "");
    expect((await operator("DELETE", "/accounts")).json.code).toBe("SERVICE_LIVE_NONE");
    await begin();
    await read("priced", 2);
    await exchange.query("alter table book rename to away");
    try {
      for (let code = null; code === null; ) code = (await operator("GET", "")).json.source.last.code;
      expect(await operator("POST", "/changes", change)).toMatchObject(CALLED);
      expect((await read("priced")).json.code, "needs the database").toBe("SOURCE_QUERY");
      const by = server.tokens.auditor;
      expect((await server.call("DELETE", "/accounts", by)).status).toBe(403);
      expect((await operator("DELETE", "/accounts")).status).toBe(204);
      const state = (await operator("GET", "")).json;
      expect([state.source, state.loaded, state.accounts]).toEqual([null, true, 3]);
      while ((await operator("POST", "/changes", change)).status !== 200);
      expect(await server.tick("1000")).toMatchObject({ status: 200 });
    } finally {
      await exchange.query("alter table away rename to book");
    }
  });

  it("takes no file amid its first read", async () => {
    await begin();
    const slow = read("slow");
    await active("fetch%");
    const file = Buffer.from("account,instrument,quantity\ngwendolin,USDT,1\n");
    const csv = { "content-type": "text/csv" };
    expect(await server.call("PUT", "/accounts", server.tokens.operator, file, csv)).toMatchObject(CALLED);
    await exchange.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query like 'fetch%' and state = 'active'",
    );
    expect((await slow).json.code).toBe("SOURCE_DATABASE");
    expect(await server.call("PUT", "/accounts", server.tokens.operator, file, csv)).toMatchObject({
      status: 200,
    });
  });

  it("is left also amid a read that does not end, unless somebody asked for that one", async () => {
    await begin();
    await read("book", 2);
    const other = new pg.Client({ connectionString: postgres.url });
    await other.connect();
    await other.query("begin; lock table book in access exclusive mode");
    try {
      await active("declare%");
      expect((await operator("DELETE", "/accounts")).status).toBe(204);
      while ((await operator("POST", "/changes", change)).status !== 200);
      const asked = read("book", 2);
      await active("declare%", 2);
      expect((await operator("DELETE", "/accounts")).status).toBe(204);
      expect(await operator("POST", "/changes", change)).toMatchObject(CALLED);
      await other.query("rollback");
      expect((await asked).json.source.everySeconds).toBe(2);
    } finally {
      await other.end();
    }
  });

  it("has no read that another book waits for when it has ended", async () => {
    for (const end of [() => operator("DELETE", ""), begin]) {
      await begin();
      const slow = read("slow");
      await active("fetch%");
      const asked = () =>
        server.process.lines.filter(({ event }) => event === "accounts are asked for").length;
      const before = asked();
      const queued = read("book", 86_400);
      while (asked() === before) await operator("GET", "");
      await end();
      expect((await slow).json.code).toBe("SERVICE_LIVE_NONE");
      expect((await queued).json.code, "asked for the book before").toBe("SERVICE_LIVE_NONE");
      await begin();
      expect(await read("book")).toMatchObject({ status: 200 });
      await exchange.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like 'fetch%'",
      );
    }
  });

  it("is not read any more when it has ended, or another is begun", async () => {
    for (const end of [() => operator("DELETE", ""), begin]) {
      await begin();
      await read("book", 2);
      await end();
      const tries = async () => [
        ...[await reads("taken"), await reads("failed")],
        server.process.lines.filter(({ event }) => event === "accounts are not read").length,
      ];
      const before = await tries();
      // Longer than until its turn would have come.
      await new Promise((resolve) => setTimeout(resolve, 4000));
      expect(await tries()).toEqual(before);
    }
    await begin();
    await read("book");
    expect(await operator("POST", "/changes", change)).toMatchObject({ status: 200 });
  });

  it("takes ticks and no rows while it is read, and ends with the server, whose log names nobody", async () => {
    await begin();
    await read("book", 86_400);
    await read("book");
    const slow = read("slow");
    await active("fetch%");
    expect(await operator("POST", "/changes", change)).toMatchObject(CALLED);
    expect(await server.tick("59000")).toMatchObject({ status: 200 });
    const ended = server.process.end("SIGTERM");
    expect(await slow).toMatchObject({ status: 503, json: { code: "SERVICE_NOT_READY" } });
    expect(await ended).toBe(0);
    expect(readdirSync(join(data, "live", "0"))).toEqual([]);
    const { text } = server;
    expect(text).toContain('"event":"accounts are read"');
    for (const secret of [
      "gwendolin",
      "hildegard",
      "ingrid",
      "aside",
      "56123",
      "60001",
      "77.25",
      postgres.url,
    ])
      expect(text.includes(secret), secret).toBe(false);
    const { database, secrets } = await openStorage({ data, keysDir: "" }, { info() {}, warn() {} });
    try {
      await verifyAuditLog(database, secrets.sealer);
      const rows = await database.query<{ entry: string }>("select entry from marginproof.disclosure");
      const words = rows.filter(({ entry }) => JSON.parse(entry).what === "words of a refusal");
      expect(words.length).toBe(worded);
    } finally {
      await database.close();
    }
  });
});
