import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSources } from "../../src/service/sources.js";
import { Postgres } from "../support/postgres.js";
import { Client, Credentials } from "./client.js";
import { ServiceProcess } from "./process.js";
import { assertWithout, BOOK, cleanUp, fresh, PRIVATE, withoutChance } from "./support.js";

const MAPPING = `format: marginproof/mapping/1
files:
  book.ndjson:
    query: "select who, side, coin, much, bought from book"
    rows: [{ account: who, pocket: side, instrument: coin, quantity: much, entry_price: bought }]
`;
const WRONG = MAPPING.replace("coin, quantity: much", "much, quantity: coin");
const BROKEN = MAPPING.replace("from book", "from nowhere");

const credentials = new Credentials();
const [data, urlFile] = [fresh(), fresh(".txt")];
let postgres: Postgres;
let server: ServiceProcess;
let client: Client;

/** A list of sources beside its mapping files. @returns its path */
function listOf(sources: object, mappings: Readonly<Record<string, string>> = {}): string {
  for (const [name, text] of Object.entries(mappings)) writeFileSync(fileOf(name), text);
  const path = fresh(".json");
  writeFileSync(path, JSON.stringify({ format: "marginproof/sources/1", sources }));
  return path;
}
const [main, broken, wrong] = [fresh(".yaml"), fresh(".yaml"), fresh(".yaml")];
const [empty, without] = [fresh(".txt"), fresh(".yaml")];
writeFileSync(empty, "\n");
writeFileSync(without, MAPPING.replace(/^.*query:.*\n/m, ""));
const fileOf = (name: string): string => ({ main, broken, wrong })[name]!;

beforeAll(async () => {
  postgres = await Postgres.start();
  const exchange = new pg.Client({ connectionString: postgres.url });
  await exchange.connect();
  await exchange.query("create table book (who text, side text, coin text, much numeric, bought numeric)");
  for (const line of BOOK.trim().split("\n").slice(1))
    await exchange.query("insert into book values ($1, $2, $3, $4, $5)", [
      ...line.split(",").slice(0, 4),
      line.split(",")[4] || null,
    ]);
  await exchange.end();
  writeFileSync(urlFile, `${postgres.url}\n`, { mode: 0o600 });
  const list = listOf(
    Object.fromEntries(
      Object.entries({ main, broken, wrong }).map(([name, mapping]) => [name, { mapping, url: urlFile }]),
    ),
    { main: MAPPING, broken: BROKEN, wrong: WRONG },
  );
  const flags = [
    "--data",
    data,
    "--port",
    "0",
    "--workers",
    "1",
    "--sources",
    list,
    "--max-upload",
    "100000",
  ];
  server = new ServiceProcess("serve", [...flags, ...credentials.flags]);
  client = new Client(await server.url(), credentials);
});
afterAll(async () => {
  await server?.end("SIGKILL");
  await postgres?.stop();
  cleanUp();
});

const begin = async (epoch: string): Promise<string> =>
  ((await (await client.create(epoch)).json()) as { id: string }).id;
const pull = (id: string, body: object, by = credentials.tokens.operator) =>
  client.send("POST", `/v1/epochs/${id}/accounts`, by, JSON.stringify(body));

describe("accounts out of the exchange's own database", () => {
  it("are proved as those of a file are: a holder finds the same account", async () => {
    const ids: string[] = [];
    for (const [epoch, bring] of [
      ["pulled", (id: string) => pull(id, { source: "main" })],
      ["sent", (id: string) => client.upload(id)],
    ] as const) {
      const id = await begin(epoch);
      expect((await bring(id)).status).toBe(202);
      await client.followed(id, ({ state }) => state === "proved");
      expect((await client.publish(id)).status).toBe(200);
      ids.push(id);
    }
    const [pulled, sent] = await Promise.all(ids.map((id) => client.handedOut(id, "xenia")));
    const about = (files: Record<string, string>) => {
      const { totals, quantities } = JSON.parse(files["statement.json"]!);
      const { pockets } = JSON.parse(files.holder!);
      return {
        totals,
        quantities,
        holdings: pockets.map((pocket: { holdings: object[] }) => pocket.holdings),
      };
    };
    expect(about(pulled!).holdings[0].length).toBeGreaterThan(1);
    expect(about(pulled!)).toEqual(about(sent!));
    assertWithout(withoutChance(server.text), PRIVATE, "the log");
    expect(server.text).not.toContain(postgres.url);
    expect(readdirSync(join(data, "pull", "0"))).toEqual([]);
  });

  it("are read by the server's own queries: a request names one of its sources, and brings none", async () => {
    const id = await begin("refused");
    const said = async (answer: Response) => [
      answer.status,
      ((await answer.json()) as { code: string }).code,
    ];
    expect(await said(await pull(id, { source: "other" }))).toEqual([404, "SERVICE_NOT_FOUND"]);
    expect(await said(await pull(id, { source: "__proto__" }))).toEqual([404, "SERVICE_NOT_FOUND"]);
    expect(await said(await pull(id, { source: "main", query: "select 1" }))).toEqual([
      400,
      "SERVICE_REQUEST",
    ]);
    expect(await said(await pull(id, { source: "main" }, credentials.tokens.publisher))).toEqual([
      403,
      "SERVICE_ROLE",
    ]);
    expect(await said(await pull(id, { source: "broken" }))).toEqual([400, "SOURCE_QUERY"]);
    expect(readdirSync(join(data, "pull", "0"))).toEqual([]);
    // None of it stands in the way of another try, and then the epoch takes no more.
    expect((await pull(id, { source: "main" })).status).toBe(202);
    expect(await said(await pull(id, { source: "main" }))).toEqual([409, "SERVICE_EPOCH_STATE"]);
    // Nor is anything read for what takes none: this source's query would be refused.
    expect(await said(await pull(id, { source: "broken" }))).toEqual([409, "SERVICE_EPOCH_STATE"]);
    const nobody = "0".repeat(32);
    expect(await said(await pull(nobody, { source: "broken" }))).toEqual([404, "SERVICE_NOT_FOUND"]);
  });
});

describe("accounts that are held", () => {
  it("are diagnosed as they were read, and proved from another source when that is right", async () => {
    const id = await begin("held");
    const held = await pull(id, { source: "wrong", hold: true });
    expect([held.status, await held.json()]).toMatchObject([202, { state: "receiving", accountsKept: true }]);
    const { operator } = credentials.tokens;
    const doctor = async (method: string) =>
      (await (await client.send(method, `/v1/epochs/${id}/doctor`, operator)).json()) as {
        readonly state: string;
        readonly diagnosis: { readonly findings: readonly { readonly text: string }[] } | null;
      };
    for (let { state } = await doctor("POST"); state === "waiting"; { state } = await doctor("GET"))
      await new Promise((resolve) => setTimeout(resolve, 100));
    const rows = (await doctor("GET")).diagnosis!.findings.map(({ text }) => text);
    expect(rows).toContainEqual(expect.stringMatching(/^export\/book\.ndjson: 8 rows: /));
    expect(readdirSync(join(data, "scratch", "0"))).toEqual([]);
    expect((await pull(id, { source: "main" })).status).toBe(202);
    await client.followed(id, ({ state }) => state === "proved");
  });

  it("and came while others were read stay, and are not proved for these", async () => {
    const id = await begin("came-meanwhile");
    const { operator } = credentials.tokens;
    const exchange = new pg.Client({ connectionString: postgres.url });
    await exchange.connect();
    await exchange.query("begin; lock table book in access exclusive mode");
    const slow = pull(id, { source: "main" });
    while (
      (await exchange.query("select 1 from pg_locks where relation = 'book'::regclass and not granted"))
        .rowCount === 0
    )
      await new Promise((resolve) => setTimeout(resolve, 50));
    const held = await client.send("PUT", `/v1/epochs/${id}/accounts?hold=true`, operator, BOOK, "text/csv");
    const { upload } = (await held.json()) as { upload: string };
    await exchange.end();
    const refused = await slow;
    expect([refused.status, await refused.json()]).toMatchObject([409, { code: "SERVICE_EPOCH_STATE" }]);
    const epoch = await (await client.send("GET", `/v1/epochs/${id}`, operator)).json();
    expect(epoch).toMatchObject({ state: "receiving", upload: expect.stringMatching(/^[0-9a-f]{16}$/) });
    expect(epoch).toMatchObject({ upload });
  });
});

describe("a list of sources", () => {
  it.each<[string, object, string]>([
    ["a name that is none", { Main: { mapping: main, url: urlFile } }, "SERVICE_SOURCES"],
    ["a field that is none", { main: { mapping: main, url: urlFile, query: "select 1" } }, "SERVICE_SOURCES"],
    [
      "a URL in the list itself",
      { main: { mapping: main, url: "postgres://me@here/book" } },
      "SERVICE_TOKENS",
    ],
    ["no time", { main: { mapping: main, url: urlFile, statementSeconds: 0 } }, "SERVICE_SOURCES"],
    ["prices without a query", { main: { mapping: main, url: urlFile, prices: "" } }, "SERVICE_SOURCES"],
    ["no mapping", { main: { mapping: "nowhere.yaml", url: urlFile } }, "SERVICE_TOKENS"],
    ["a mapping that is none", { main: { mapping: urlFile, url: urlFile } }, "MAPPING_INVALID"],
    ["an empty URL", { main: { mapping: main, url: empty } }, "SERVICE_SOURCES"],
    ["a mapping of files alone", { main: { mapping: without, url: urlFile } }, "SERVICE_SOURCES"],
  ])("with %s is refused before the server starts", async (_, sources, code) => {
    await expect(readSources(listOf(sources))).rejects.toMatchObject({ code });
  });

  it("gives names relative to itself", async () => {
    const list = listOf({ main: { mapping: main.split("/").at(-1), url: urlFile.split("/").at(-1) } });
    expect((await readSources(list)).get("main")).toMatchObject({ url: postgres.url, statementSeconds: 600 });
  });
});
