import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Finding } from "../../src/prover/doctor/finding.js";
import { openStorage } from "../../src/service/open.js";
import { verifyAuditLog } from "../../src/service/store/auditLog.js";
import { run } from "../cli/run.js";
import { TEST_KEYS } from "../support/circuit.js";
import { Postgres } from "../support/postgres.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { Client, Credentials } from "./client.js";
import { ServiceProcess } from "./process.js";
import { assertSealed, assertWithout, BOOK, cleanUp, fresh, PRIVATE, withoutChance } from "./support.js";
import { World } from "./world.js";

/** Three coins more: nobody can hold all of them in a shape of the tests' profile. */
const COINS = ["C0", "C1", "C2"].map((symbol) => ({
  ...{ symbol, kind: "asset" as const, quantityStep: "1", markPrice: "1", stressGains: ["0", "0"] },
}));
/** Not in the market, no whole step, more long than short, and no room in any shape. */
const BAD = `${BOOK}mallory,,NO-SUCH,98765.4321,
mallory,,BTC-PERP,0.0271,60017
trudy,,USDT,71828.182845,
trudy,,BTC-PERP,2.618,60017
oscar,,C0,31415,
oscar,,C1,31416,
oscar,,C2,31417,
`;
const WORDS = [...PRIVATE, "mallory", "trudy", "oscar", "98765", "0.0271", "71828", "2.618", "2618", "31415"];

interface Answer {
  readonly state: string;
  readonly upload: string;
  readonly code: string | null;
  readonly diagnosis: { readonly clear: boolean; readonly findings: readonly Finding[] } | null;
}

const credentials = new Credentials();
const { operator } = credentials.tokens;
let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(async () => {
  await postgres.stop();
  cleanUp();
});

const marketOf = (epoch: string): string =>
  JSON.stringify({ ...TINY_MARKET, epoch, instruments: [...TINY_MARKET.instruments, ...COINS] });

/** What the command line says of the same files. */
function commandLine(epoch: string, accounts: string, workers: number): object {
  const cwd = fresh();
  mkdirSync(cwd);
  writeFileSync(join(cwd, "market.json"), marketOf(epoch));
  writeFileSync(join(cwd, "accounts.csv"), accounts);
  const files = ["--market", "market.json", "--accounts", "accounts.csv", "--profile", "test"];
  const { out } = run(["doctor", ...files, "--workers", String(workers), "--json", "--quiet"], { cwd });
  return JSON.parse(out) as object;
}

describe.each([
  ["an embedded database", 2],
  ["a Postgres and a worker", 1],
] as const)("doctor of a service with %s", (kind, workers) => {
  const data = fresh();
  let world: World | undefined;
  let server: ServiceProcess;
  let client: Client;
  let held: string;
  let reads = 0;
  beforeAll(async () => {
    const flags = [...credentials.flags, "--rate", "100000"];
    if (kind === "an embedded database") {
      const own = ["--data", data, "--port", "0", "--workers", String(workers)];
      server = new ServiceProcess("serve", [...flags, ...own]);
    } else {
      world = await World.begin(postgres);
      server = world.serve([...flags, "--workers", "0"]);
      world.work();
    }
    client = new Client(await server.url(), credentials);
  });
  afterAll(async () => {
    await world?.end();
    await server?.end("SIGKILL");
  });

  const begin = async (epoch: string): Promise<string> => {
    const body = JSON.stringify({ market: marketOf(epoch), profile: "test" });
    return ((await (await client.send("POST", "/v1/epochs", operator, body)).json()) as { id: string }).id;
  };
  const send = (id: string, accounts: string, query = "") =>
    client.send("PUT", `/v1/epochs/${id}/accounts${query}`, operator, accounts, "text/csv");
  const epoch = async (id: string) =>
    (await (await client.send("GET", `/v1/epochs/${id}`, credentials.tokens.auditor)).json()) as {
      readonly state: string;
      readonly accountsKept: boolean;
      readonly upload: string | null;
    };
  const ask = (id: string, by = operator) => client.send("POST", `/v1/epochs/${id}/doctor`, by);
  const read = (id: string, by = operator) => client.send("GET", `/v1/epochs/${id}/doctor`, by);
  const diagnosed = async (id: string): Promise<Answer> => {
    for (;;) {
      const answer = (await (await read(id)).json()) as Answer;
      if (answer.diagnosis !== null) reads++;
      if (answer.state !== "waiting") return answer;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code;

  it("says of accounts that are held all that the command line says, and proves nothing of them", async () => {
    held = await begin("held");
    expect(await codeOf(await ask(held)), "before they came").toBe("SERVICE_EPOCH_STATE");
    for (const query of ["?Hold=true", "?hold=yes", "?hold=true&held=true", "?hold=true&hold=false"])
      expect(await codeOf(await send(held, BAD, query)), query).toBe("SERVICE_REQUEST");
    expect(await epoch(held)).toMatchObject({ state: "receiving", accountsKept: false });
    expect((await send(held, BAD, "?hold=true")).status).toBe(202);
    expect((await read(held)).status, "before it was asked for").toBe(404);
    expect((await ask(held)).status).toBe(202);
    const { state, code, diagnosis } = await diagnosed(held);
    expect([state, code]).toEqual(["done", null]);
    expect(diagnosis).toEqual(commandLine("held", BAD, workers));
    expect(diagnosis!.clear).toBe(false);
    const text = JSON.stringify(diagnosis);
    for (const part of [
      "accounts.csv:10: ",
      "NO-SUCH",
      "not a multiple",
      "ACCOUNT_TOO_LARGE",
      "open-interest",
    ])
      expect(text).toContain(part);
    for (const name of ["trudy", "oscar"]) expect(text).toContain(name);
    expect(await epoch(held)).toMatchObject({ state: "receiving", accountsKept: true, steps: null });
  });

  it("is for the operator alone", async () => {
    const { auditor, publisher } = credentials.tokens;
    for (const [by, status] of [
      [auditor, 403],
      [publisher, 403],
      [credentials.holder("mallory"), 401],
      ["", 401],
    ] as const) {
      const answers = await Promise.all([ask(held, by), read(held, by)]);
      expect(answers.map((answer) => answer.status)).toEqual([status, status]);
      for (const answer of answers) assertWithout(await answer.text(), WORDS, "a refusal");
    }
  });

  it("says it of an epoch that failed, too, and of one that is cancelled nothing any more", async () => {
    const id = await begin("failed");
    expect((await send(id, BAD)).status).toBe(202);
    while ((await epoch(id)).state !== "failed") await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await ask(id)).status).toBe(202);
    expect((await diagnosed(id)).diagnosis).toEqual(commandLine("failed", BAD, workers));
    expect((await client.send("POST", `/v1/epochs/${id}/cancel`, operator)).status).toBe(200);
    expect((await read(id)).status).toBe(404);
    expect(await codeOf(await ask(id))).toBe("SERVICE_EPOCH_STATE");
  });

  it("looks at others that come in their place, which are proved when the epoch is resumed", async () => {
    const { upload: bad } = await epoch(held);
    const sent = await send(held, BOOK, "?hold=true");
    expect(sent.status).toBe(202);
    const { upload } = (await sent.json()) as { upload: string };
    expect(upload).not.toBe(bad);
    expect((await read(held)).status, "of those before").toBe(404);
    expect((await ask(held)).status).toBe(202);
    const answer = await diagnosed(held);
    expect(answer.diagnosis).toEqual(commandLine("held", BOOK, workers));
    expect([answer.upload, (await epoch(held)).upload]).toEqual([upload, upload]);
    const resume = (body?: object) =>
      client.send("POST", `/v1/epochs/${held}/resume`, operator, body && JSON.stringify(body));
    expect(await codeOf(await resume({ upload: bad }))).toBe("SERVICE_EPOCH_STATE");
    expect(await codeOf(await resume({ uploads: upload }))).toBe("SERVICE_REQUEST");
    expect((await epoch(held)).state).toBe("receiving");
    expect((await resume(workers === 1 ? { upload } : undefined)).status).toBe(200);
    expect(await codeOf(await send(held, BOOK, "?hold=true"))).toBe("SERVICE_EPOCH_STATE");
    await client.followed(held, ({ state }) => state === "proved");
    expect(await epoch(held)).toMatchObject({ accountsKept: false, upload: null });
    expect((await read(held)).status, "forgotten with the accounts").toBe(404);
    expect(await codeOf(await ask(held))).toBe("SERVICE_EPOCH_STATE");
  });

  it("leaves nothing in clear in log and tables, and each read is in the log of disclosures", async () => {
    const id = await begin("kept");
    expect((await send(id, BAD, "?hold=true")).status).toBe(202);
    expect((await ask(id)).status).toBe(202);
    expect((await diagnosed(id)).state).toBe("done");
    const text = world?.text() ?? server.text;
    expect(text).toContain('"event":"diagnosed"');
    assertWithout(withoutChance(text), WORDS, "the log");
    expect(await server.end("SIGTERM"), server.text).toBe(0);
    const places = { data, keysDir: TEST_KEYS };
    const { database, secrets } = world?.own ?? (await openStorage(places, { info() {}, warn() {} }));
    await assertSealed(database, WORDS);
    expect(await database.query("select 1 from marginproof.diagnosis where sealed is not null")).toHaveLength(
      1,
    );
    const noted = await database.query<{ entry: string }>("select entry from marginproof.disclosure");
    const entries = noted.map(({ entry }) => JSON.parse(entry) as { who: string; what: string });
    expect(entries.filter(({ what }) => what === "diagnosis").map(({ who }) => who)).toEqual(
      Array.from({ length: reads }, () => "operator"),
    );
    expect(reads).toBe(4);
    await verifyAuditLog(database, secrets.sealer);
    if (world === undefined) await database.close();
  });
});
