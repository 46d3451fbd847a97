import { generateKeyPairSync, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStorage } from "../../../src/service/open.js";
import { verifyAuditLog } from "../../../src/service/store/auditLog.js";
import { run } from "../../cli/run.js";
import { TINY_MARKET } from "../../support/tinyMarket.js";
import { ServiceProcess } from "../process.js";
import { cleanUp, fresh } from "../support.js";
import { Listener } from "./listener.js";

const data = fresh();
const tokensFile = fresh(".json");
const token = (role: string): string =>
  run(["token", "--tokens", tokensFile, "--role", role, "--name", `${role}-1`]).out.trim();
const tokens = { operator: token("operator"), auditor: token("auditor"), publisher: token("publisher") };
const issuer = generateKeyPairSync("ed25519");
const holderKey = fresh(".pem");
writeFileSync(holderKey, issuer.publicKey.export({ type: "spki", format: "pem" }));
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
function holderToken(sub: string, more: object = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const claim = { sub, aud: TINY_MARKET.exchange, iat: now, exp: now + 600, ...more };
  const signed = `${part({ alg: "EdDSA" })}.${part(claim)}`;
  return `${signed}.${sign(null, Buffer.from(signed), issuer.privateKey).toString("base64url")}`;
}

/** Long of one BTC-PERP on so much USDT, each: which band they are in is a matter of its price. */
const BOOK = `account,pocket,instrument,quantity,entry_price
gwendolin,,USDT,-56123.5,
gwendolin,,BTC-PERP,1,settled
hildegard,,USDT,-40000,
hildegard,,BTC-PERP,1,settled
hildegard,aside,USDT,77.25,
`;

let server: ServiceProcess;
let url: string;
beforeAll(async () => {
  server = new ServiceProcess("serve", [
    ...["--data", data, "--tokens", tokensFile, "--holder-key", holderKey, "--port", "0"],
    ...["--workers", "0", "--rate", "100000", "--max-upload", "100000000"],
  ]);
  url = await server.url();
});
afterAll(async () => {
  await server.end("SIGKILL");
  cleanUp();
});

async function call(method: string, path: string, by: string, body?: object | Buffer, headers: object = {}) {
  const answer = await fetch(`${url}/v1/live${path}`, {
    method,
    headers: {
      authorization: `Bearer ${by}`,
      ...(body === undefined || body instanceof Buffer ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined
      ? {}
      : { body: body instanceof Buffer ? new Uint8Array(body) : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, json: text === "" ? undefined : JSON.parse(text) };
}
const begin = async (book: string, clearBp = 100): Promise<void> => {
  const market = JSON.stringify(TINY_MARKET);
  expect(await call("POST", "", tokens.operator, { market, clearBp })).toMatchObject({ status: 201 });
  const zipped = { "content-type": "text/csv", "content-encoding": "gzip" };
  const sent = await call("PUT", "/accounts", tokens.operator, gzipSync(book), zipped);
  expect(sent, JSON.stringify(sent)).toMatchObject({ status: 200, json: { loaded: true } });
};
const perp = (markPrice: string) => ({ instruments: [{ symbol: "BTC-PERP", markPrice }] });
const tick = (markPrice: string) => call("POST", "/ticks", tokens.operator, perp(markPrice));

const listen = (path: string, by: string, lastId?: string): Promise<Listener> =>
  Listener.open(url, path, by, lastId);

describe("the live book over HTTP", () => {
  it("is not there before somebody begins it, nor after it is ended", async () => {
    const none = { status: 409, json: { code: "SERVICE_LIVE_NONE" } };
    expect(await tick("60000")).toMatchObject(none);
    expect(await call("GET", "", tokens.operator)).toMatchObject(none);
    const market = JSON.stringify(TINY_MARKET);
    expect(await call("POST", "", tokens.operator, { market })).toMatchObject({
      status: 201,
      json: { loaded: false },
    });
    expect(await tick("60000"), "no accounts yet").toMatchObject(none);
    expect((await call("DELETE", "", tokens.operator)).status).toBe(204);
    expect(await call("GET", "/accounts", tokens.operator)).toMatchObject(none);
  });

  it("tells the operator who entered a band, once for a wiggle, and each holder of themselves alone", async () => {
    await begin(BOOK);
    const all = await listen("/events", tokens.operator);
    const hildegard = await listen("/holder/events", holderToken("hildegard"));
    expect(hildegard.messages[0]).toMatchObject({
      event: "start",
      data: { pockets: [{ band: "free" }, { pocket: "aside" }] },
    });
    const standing = await call("GET", "/accounts?band=free", tokens.operator);
    expect(standing.json.accounts.length).toBe(3);
    // Down, and up and down again by less than a hundredth of the initial requirement.
    const { json: down } = await tick("56123");
    expect(down).toMatchObject({ tick: 1, moved: 1, evaluated: 2, events: 1 });
    for (const price of ["56123.5", "56123", "56124", "56123.25"])
      expect((await tick(price)).json.events).toBe(0);
    expect((await tick("61000")).json.events).toBe(1);
    expect((await tick("39999")).json.events).toBe(1 + 1);
    await all.count(5);
    expect(all.bands.slice(0, 2)).toEqual([
      ["gwendolin", "free", "bankrupt"],
      ["gwendolin", "bankrupt", "free"],
    ]);
    expect(all.bands.slice(2).sort()).toEqual([
      ["gwendolin", "free", "bankrupt"],
      ["hildegard", "free", "bankrupt"],
    ]);
    await hildegard.count(2);
    expect(hildegard.bands).toEqual([["hildegard", "free", "bankrupt"]]);
    expect(JSON.stringify(hildegard.messages)).not.toContain("gwendolin");
    expect(hildegard.messages[1]!.data).toMatchObject({ equity: "-1", band: "bankrupt", tick: 7 });
    all.close();
    hildegard.close();
  });

  it("goes on where a client was, and says when it can't", async () => {
    await begin(BOOK);
    const first = await listen("/events", tokens.operator);
    await tick("56000");
    await first.count(2);
    first.close();
    await tick("39000");
    await tick("70000");
    const again = await listen("/events", tokens.operator, first.messages[1]!.id);
    await again.count(4);
    expect(again.messages.map(({ event }) => event)).toEqual(["resumed", "band", "band", "band"]);
    expect(again.bands[0]).toEqual(["hildegard", "free", "bankrupt"]);
    again.close();
    for (const id of ["7", "0".repeat(32), "f".repeat(32)]) {
      const lost = await listen("/events", tokens.operator, id);
      expect(lost.messages[0]!.event).toBe("reset");
      lost.close();
    }
    // Another book's ids are nobody's.
    const open = await listen("/events", tokens.operator);
    await begin(BOOK);
    await open.end();
    const lost = await listen("/events", tokens.operator, first.messages[1]!.id);
    expect(lost.messages[0]!.event).toBe("reset");
    lost.close();
  });

  it("takes rows whole or not at all, and ticks that make a market or none", async () => {
    await begin(BOOK);
    const change = (rows: object[]) => call("POST", "/changes", tokens.operator, { rows });
    const row = (account: string, quantity: string, instrument = "USDT") => ({
      account,
      instrument,
      quantity,
    });
    const refused = await change([row("gwendolin", "-90000"), row("ida", "1.00000000001")]);
    expect(refused).toMatchObject({ status: 400, json: { code: "ACCOUNTS_BAD_ROWS" } });
    const large = await change([row("gwendolin", "-90000"), row("ida", "9007199254740992")]);
    expect(large).toMatchObject({ status: 400, json: { code: "ACCOUNT_QUANTITY_TOO_LARGE" } });
    const bands = async () => (await call("GET", "", tokens.auditor)).json.bands.band;
    expect(await bands()).toMatchObject({ free: 3, bankrupt: 0 });
    expect((await change([row("gwendolin", "-90000"), row("ida", "-1")])).json).toMatchObject({
      evaluated: 2,
      events: 2,
    });
    expect(await bands()).toMatchObject({ free: 2, bankrupt: 2 });
    const ticks = (body: object) => call("POST", "/ticks", tokens.operator, body);
    for (const [body, code] of [
      [{ instruments: [{ symbol: "NONE", markPrice: "1" }] }, "ACCOUNT_UNKNOWN_INSTRUMENT"],
      [{ instruments: [{ symbol: "BTC-PERP", markPrice: "-x" }] }, "MARKET_SCHEMA"],
      [{ instruments: [{ symbol: "BTC-PERP", kind: "asset" }] }, "SERVICE_REQUEST"],
      [{ instruments: [perp("1").instruments[0], perp("2").instruments[0]] }, "SERVICE_REQUEST"],
      [{}, "SERVICE_REQUEST"],
      [{ market: "{}}" }, "JSON_INVALID"],
    ] as const) {
      const answer = await ticks(body);
      expect(answer, JSON.stringify(answer)).toMatchObject({ status: 400, json: { code } });
    }
    const fewer = {
      ...TINY_MARKET,
      instruments: TINY_MARKET.instruments.filter(({ symbol }) => symbol !== "BTC-PERP"),
    };
    const other = await ticks({ market: JSON.stringify(fewer) });
    expect(other, JSON.stringify(other)).toMatchObject({
      status: 409,
      json: { code: "SERVICE_LIVE_MARKET" },
    });
    expect((await call("GET", "", tokens.operator)).json).toMatchObject({ tick: 0 });
    const factor = { ...TINY_MARKET, marginCallBp: 11_000 };
    expect((await ticks({ market: JSON.stringify(factor) })).json).toMatchObject({
      moved: null,
      evaluated: 4,
      tick: 1,
    });
  });

  it("shows nothing to who may not see it", async () => {
    await begin(BOOK);
    for (const [method, path, by, status] of [
      ["GET", "/events", tokens.auditor, 403],
      ["GET", "/events", holderToken("hildegard"), 401],
      ["GET", "/accounts", tokens.auditor, 403],
      ["GET", "", tokens.publisher, 403],
      ["POST", "/ticks", tokens.publisher, 403],
      ["GET", "/holder/events", tokens.operator, 401],
      ["GET", "/holder/events", holderToken("Hildegard"), 404],
      ["GET", "/holder/events", holderToken("hildegard", { aud: "another" }), 404],
    ] as const)
      expect(
        (await call(method, path, by, method === "POST" ? perp("1") : undefined)).status,
        `${method} ${path}`,
      ).toBe(status);
    const now = Math.floor(Date.now() / 1000);
    const brief = await listen("/holder/events", holderToken("hildegard", { exp: now + 3 }));
    await brief.end();
    expect(Date.now() / 1000, "ends with its token").toBeGreaterThanOrEqual(now + 3);
  });

  it("lets one token have few streams open, and another in when one is closed", async () => {
    await begin(BOOK);
    for (const [path, by] of [
      ["/events", tokens.operator],
      ["/holder/events", holderToken("hildegard")],
    ] as const) {
      const open: Listener[] = [];
      for (let k = 0; k < 4; k++) open.push(await listen(path, by));
      const refused = await call("GET", path, by);
      expect(refused).toMatchObject({ status: 429, json: { code: "SERVICE_RATE" } });
      if (path !== "/events") (await listen(path, holderToken("gwendolin"))).close();
      open.pop()!.close();
      let status = 429;
      while (status === 429) {
        const stop = new AbortController();
        const answer = await fetch(`${url}/v1/live${path}`, {
          headers: { authorization: `Bearer ${by}` },
          signal: stop.signal,
        });
        status = answer.status;
        stop.abort();
      }
      expect(status).toBe(200);
      for (const own of open) own.close();
    }
  });

  it("drops who doesn't read, and holds nothing for them", async () => {
    const names = Array.from({ length: 2500 }, (_, k) => `lazy-${k}`);
    await begin(
      `account,instrument,quantity,entry_price\n${names.map((own) => `${own},USDT,-50000,\n${own},BTC-PERP,1,settled\n`).join("")}`,
    );
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => {});
    socket.pause();
    socket.write(
      `GET /v1/live/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${tokens.operator}\r\n\r\n`,
    );
    // As many events as the ring keeps, and what the kernel buffers of a connection.
    for (let k = 0; k < 60; k++) expect((await tick(k % 2 === 0 ? "40000" : "60000")).json.events).toBe(2500);
    const dropped = await server.line(({ event }) => event === "stream dropped");
    expect(dropped).toMatchObject({ why: "too far behind" });
    socket.resume();
    await closed;
    expect((await call("GET", "", tokens.operator)).json).toMatchObject({ tick: 60 });
  });

  it("notes who looked, and logs no name and no quantity", async () => {
    await server.end("SIGTERM");
    for (const secret of ["gwendolin", "hildegard", "aside", "lazy-", "56123", "77.25"])
      expect(server.text.includes(secret), secret).toBe(false);
    const { database, secrets } = await openStorage({ data, keysDir: "" }, { info() {}, warn() {} });
    try {
      await verifyAuditLog(database, secrets.sealer);
      const rows = await database.query<{ entry: string }>("select entry from marginproof.disclosure");
      const noted = rows.map(({ entry }) => JSON.parse(entry) as { who: string; what: string });
      for (const [who, what] of [
        ["operator-1", "live events"],
        ["holder", "live events"],
        ["operator-1", "live accounts"],
        ["auditor-1", "live bands"],
      ])
        expect(noted, `${who} ${what}`).toContainEqual(expect.objectContaining({ who, what }));
      expect(rows.map(({ entry }) => entry).join()).not.toContain("hildegard");
    } finally {
      await database.close();
    }
  });
});
