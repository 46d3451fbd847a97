import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { httpServer } from "../../../src/service/http/server.js";
import { parseTokens } from "../../../src/service/http/tokens.js";
import { commitWork } from "../../../src/service/jobs/commitWork.js";
import { finishWork } from "../../../src/service/jobs/finishWork.js";
import { stepWork } from "../../../src/service/jobs/stepWork.js";
import type { WorkerContext } from "../../../src/service/jobs/workerContext.js";
import type { Service } from "../../../src/service/open.js";
import { cancelEpoch } from "../../../src/service/operations.js";
import { epochsUnderWay } from "../../../src/service/progress.js";
import { createEpoch, readEpoch } from "../../../src/service/store/epochs.js";
import { writeKey } from "../../../src/service/store/serviceKeyFile.js";
import { bytes } from "../../../src/service/store/sql.js";
import { Postgres } from "../../support/postgres.js";
import { TINY_MARKET } from "../../support/tinyMarket.js";
import { Credentials } from "../client.js";
import { endContext, jobContext } from "../jobs.js";
import { cleanUp, fresh, service } from "../support.js";

const BOOK = `account,pocket,instrument,quantity,entry_price
gwendolin,,USDT,-60123.578123,
gwendolin,,BTC-PERP,1,settled
`;
/** The end of its quantity and of its equity, as they are in statements. */
const HOLDS = /123578123/;

const credentials = new Credentials();
const { operator, auditor } = credentials.tokens;
let postgres: Postgres;
let own: Service;
let app: FastifyInstance;
let context: WorkerContext;

beforeAll(async () => {
  // Nobody works but the test: what a call is at each stage stays as it is.
  // A Postgres answers several at a time, as the embedded database does not.
  postgres = await Postgres.start();
  const keyFile = fresh();
  await writeKey(keyFile);
  ({ own } = await service({ databaseUrl: postgres.url, keyFile }, 0));
  context = await jobContext(own);
  const tokens = parseTokens(readFileSync(credentials.tokensFile, "utf8"), "tokens");
  app = await httpServer(own, { tokens, maxUpload: 1 << 20, ratePerMinute: 100_000, version: "test" });
  expect((await send("POST", "/v1/live", { market: JSON.stringify(TINY_MARKET) })).status).toBe(201);
  const loaded = await app.inject({
    ...{ method: "PUT", url: "/v1/live/accounts", payload: BOOK },
    headers: { authorization: `Bearer ${operator}`, "content-type": "text/csv" },
  });
  expect(loaded.statusCode, loaded.body).toBe(200);
});
afterAll(async () => {
  await app?.close();
  await endContext(context);
  await own?.close();
  await postgres?.stop();
  cleanUp();
});

async function send(method: "GET" | "POST", url: string, payload?: object, by: string = operator) {
  const headers = { authorization: `Bearer ${by}` };
  const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  // biome-ignore lint/suspicious/noExplicitAny: whatever was answered
  return { status: answer.statusCode, json: answer.json() as any };
}
const ask = (profile = "test") => send("POST", "/v1/live/calls", { account: "gwendolin", profile });

async function proved(id: string): Promise<void> {
  await commitWork(context, id, context.stopping);
  const { steps } = await readEpoch(own.database, id);
  for (let step = 0; step < steps!; step++) await stepWork(context, id, step);
  await finishWork(context, id);
  expect((await readEpoch(own.database, id)).state).toBe("proved");
}

/** Every row of every table of the service, what is binary as it is and as text. */
async function everything(): Promise<string> {
  const tables = await own.database.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'marginproof'",
  );
  const found: string[] = [];
  for (const { name } of tables)
    for (const row of await own.database.query<object>(`select * from marginproof.${name}`))
      for (const [column, value] of Object.entries(row)) {
        // The market is public, whoever is proved under it.
        if (column === "market") continue;
        found.push(value instanceof Uint8Array ? bytes(value).toString("utf8") : String(value));
      }
  return found.join("\n");
}

describe("a call that somebody tries to bend", () => {
  it("is one epoch, however many ask at a time", async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => ask()));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
  });

  it("has one statement under one name: cancelled and asked again it is the same, of another profile it has another name", async () => {
    const first = (await ask()).json;
    await commitWork(context, first.id, context.stopping);
    const { digest } = await readEpoch(own.database, first.id);
    expect(digest).toMatch(/^0x/);
    await cancelEpoch(own, first.id);
    const again = (await ask()).json;
    expect([again.id === first.id, again.epoch]).toEqual([false, first.epoch]);
    await commitWork(context, again.id, context.stopping);
    expect((await readEpoch(own.database, again.id)).digest).toBe(digest);
    await cancelEpoch(own, again.id);
    const other = (await ask("one")).json;
    expect(other.epoch).not.toBe(first.epoch);
    await cancelEpoch(own, other.id);
  });

  it("is in clear nowhere in the database, at no stage, and comes out whole", async () => {
    const { id } = (await ask()).json;
    await commitWork(context, id, context.stopping);
    expect(await everything()).not.toMatch(HOLDS);
    await proved(id);
    const kept = await everything();
    expect(kept).not.toMatch(HOLDS);
    expect(kept).not.toContain("gwendolin");
    const { json } = await send("GET", `/v1/live/calls/${id}`);
    expect(json.bundle["statement.json"], "else the test looks for nothing").toMatch(HOLDS);
  });

  it("whose sealed bundle is another's, or another file's, is not handed out", async () => {
    const { id } = (await ask()).json;
    const swap = (from: string, to: string) =>
      own.database.query(
        `update marginproof.bundle_piece as one set bytes = other.bytes from marginproof.bundle_piece as other
         where one.epoch = $1 and other.epoch = $1 and one.name = $2 and other.name = $3 and one.piece = 0 and other.piece = 0`,
        [id, to, from],
      );
    await swap("market.json", "statement.json");
    expect(await send("GET", `/v1/live/calls/${id}`)).toMatchObject({
      status: 503,
      json: { code: "SERVICE_SEALED" },
    });
  });

  it("tells an auditor not which contracts its account holds", async () => {
    const { id } = (await ask()).json;
    expect(await send("GET", `/v1/epochs/${id}/aggregates`, undefined, auditor)).toMatchObject({
      status: 409,
      json: { code: "SERVICE_EPOCH_STATE", detail: expect.stringContaining("of one account") },
    });
  });

  it("leaves the status page to the epochs on their way, however many calls are proved", async () => {
    const { sealer } = own.secrets;
    const make = (epoch: string): Promise<string> =>
      createEpoch(own.database, sealer, { exchange: "x", epoch, profile: "test", market: "{}" });
    for (let n = 0; n < 100; n++) {
      const id = await make(`call-${n}`);
      await own.database.query("update marginproof.epoch set state = 'proved' where id = $1", [id]);
      await own.database.query("insert into marginproof.call values ($1, $2, 0)", [id, Buffer.from("x")]);
    }
    const id = await make("ordinary");
    expect((await epochsUnderWay(own.database)).map((epoch) => epoch.id)).toEqual([id]);
  });
});
