import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStorage } from "../../../src/service/open.js";
import { verifyAuditLog } from "../../../src/service/store/auditLog.js";
import { run } from "../../cli/run.js";
import { TEST_KEYS } from "../../support/circuit.js";
import { TINY_MARKET } from "../../support/tinyMarket.js";
import { cleanUp, fresh } from "../support.js";
import { type LiveAnswer, LiveServer } from "./liveServer.js";

/** Who is long of one BTC-PERP on so much USDT is bankrupt below that price; the sidepot stands beside it whatever comes. */
const BOOK = `account,pocket,instrument,quantity,entry_price
gwendolin,,USDT,-56123.5,
gwendolin,,BTC-PERP,1,settled
gwendolin,sidepot,USDT,488.75,
gwendolin,sidepot,BTC-60000-C,-0.01,settled
hildegard,,USDT,-40000,
hildegard,,BTC-PERP,1,settled
irmgard,,USDT,-51877.25,
irmgard,,BTC,1,
`;
const PRIVATE = ["gwendolin", "hildegard", "irmgard", "sidepot", "56123", "488.75", "51877"];
const TRUST = ["--keys", join(TEST_KEYS, "keys.json"), "--allow-dev-keys", "--quiet"];

const data = fresh();
let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start(["--data", data, "--workers", "2"]);
});
afterAll(async () => {
  await server.process.end("SIGKILL");
  cleanUp();
});

const ask = (account: string): Promise<LiveAnswer> =>
  server.call("POST", "/calls", server.tokens.operator, { account, profile: "test" });

async function proved(id: string, by = server.tokens.operator, path = "/calls"): Promise<LiveAnswer> {
  for (;;) {
    const answer = await server.call("GET", `${path}/${id}`, by);
    expect(answer.json.state, JSON.stringify(answer)).not.toMatch(/failed|held|cancelled/);
    if (answer.json.state === "proved") return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Writes what a call came to where the CLI finds it. */
function written({ json }: LiveAnswer): { readonly bundle: string; readonly file: string } {
  const [bundle, file] = [fresh("-bundle"), fresh(".json")];
  mkdirSync(bundle);
  for (const [name, text] of Object.entries(json.bundle as Record<string, string>))
    writeFileSync(join(bundle, name), text);
  writeFileSync(file, JSON.stringify(json.opening));
  return { bundle, file };
}

describe("a call", () => {
  it("is proved under the prices of its tick, and both commands of a holder say so", async () => {
    await server.begin(TINY_MARKET, BOOK);
    expect(await ask("gwendolin"), "free").toMatchObject({
      status: 409,
      json: { code: "SERVICE_LIVE_FREE" },
    });
    expect(await ask("Gwendolin")).toMatchObject({ status: 404, json: { code: "DISCLOSE_NO_ACCOUNT" } });
    await server.tick("56000");
    const asked = await ask("gwendolin");
    expect(asked, JSON.stringify(asked)).toMatchObject({ status: 202, json: { tick: 1 } });
    const { id, epoch } = asked.json as { id: string; epoch: string };
    expect(epoch).toMatch(/^2026-11-23T08:00:00Z\/call-[0-9a-f]{16}$/);
    expect((await ask("gwendolin")).json, "asked again").toMatchObject({ id, epoch });

    const answer = await proved(id);
    const { digest, bundle: texts } = answer.json as { digest: string; bundle: Record<string, string> };
    const instruments = (text: string) => (JSON.parse(text) as typeof TINY_MARKET).instruments;
    const market = instruments(texts["market.json"]!);
    expect(market.find(({ symbol }) => symbol === "BTC-PERP")!.markPrice).toBe("56000");
    expect(market.length).toBe(TINY_MARKET.instruments.length);
    const { bundle, file } = written(answer);
    const own = [...TRUST, "--digest", digest];
    // Nobody is on the other side of a position: that alone fails, and it is no check of the proof.
    const verified = run(["verify", bundle, ...own, "--json"]);
    const verdict = JSON.parse(verified.out) as {
      proved: boolean;
      checks: { status: string; title: string }[];
    };
    expect(verdict.proved, verified.out).toBe(true);
    const failed = verdict.checks.filter(({ status }) => status === "fail").map(({ title }) => title);
    expect(failed).toEqual(["BTC-PERP: total long = total short", "BTC-60000-C: total long = total short"]);
    const checked = run(["check", file, "--account", "gwendolin", "--epoch", bundle, ...own]);
    expect(checked.out).toMatch(/^COUNTED: /);
    expect(checked.out).toContain("BANKRUPT: equity is negative");
    expect(checked.out).toContain("PROVED");
    const others = run(["check", file, "--account", "hildegard", "--epoch", bundle, ...own]);
    expect(others.out).not.toContain("COUNTED: ");
    for (const text of Object.values(texts)) expect(text).not.toMatch(/gwendolin|hildegard|irmgard|sidepot/);

    const book = await server.call("GET", "/accounts?band=bankrupt", server.tokens.operator);
    expect(book.json.accounts).toMatchObject([{ account: "gwendolin", equity: "-123.5" }]);
  });

  it("of an account without positions stands by itself", async () => {
    expect((await ask("irmgard")).json.code).toBe("SERVICE_LIVE_FREE");
    const { operator } = server.tokens;
    const ticked = await server.call("POST", "/ticks", operator, {
      instruments: [{ symbol: "BTC", markPrice: "51900" }],
    });
    expect(ticked.json, JSON.stringify(ticked)).toMatchObject({ events: 1 });
    const answer = await proved((await ask("irmgard")).json.id as string);
    const { bundle, file } = written(answer);
    const own = [...TRUST, "--digest", answer.json.digest as string];
    const verified = run(["verify", bundle, ...own]);
    expect(verified, verified.out + verified.err).toMatchObject({ code: 0 });
    const checked = run(["check", file, "--account", "irmgard", "--epoch", bundle, ...own]);
    expect(checked, checked.out + checked.err).toMatchObject({ code: 0 });
  });

  it("is another epoch once prices moved, and never another of the same name", async () => {
    const first = (await ask("gwendolin")).json;
    await server.tick("55900");
    const second = (await ask("gwendolin")).json;
    expect(second.id).not.toBe(first.id);
    expect(second.epoch).not.toBe(first.epoch);
    await proved(second.id as string);
    const names = (await server.list()).map(({ epoch }) => epoch);
    expect(new Set(names).size).toBe(names.length);
    expect(names.join()).not.toMatch(/gwendolin/);
  });

  it("is for its holder and the operator alone, and is never published", async () => {
    const { id } = (await ask("gwendolin")).json as { id: string };
    await proved(id);
    const gwendolin = server.holderToken("gwendolin");
    const own = await server.call("GET", "/holder/calls", gwendolin);
    expect(own.json.calls).toContainEqual(expect.objectContaining({ id, state: "proved" }));
    const answer = await proved(id, gwendolin, "/holder/calls");
    const { bundle, file } = written(answer);
    const checked = run(["check", file, "--epoch", bundle, "--account", "gwendolin", ...TRUST]);
    expect(checked.out).toMatch(/^COUNTED: /);

    const hildegard = server.holderToken("hildegard");
    const elsewhere = server.holderToken("gwendolin", { aud: "another" });
    expect((await server.call("GET", "/holder/calls", hildegard)).json).toEqual({ calls: [] });
    for (const [path, by, status] of [
      [`/holder/calls/${id}`, hildegard, 404],
      [`/holder/calls/${id}`, elsewhere, 404],
      [`/holder/calls/${id}`, server.tokens.operator, 401],
      [`/calls/${id}`, server.tokens.auditor, 403],
      [`/calls/${id}`, server.tokens.publisher, 403],
      [`/calls/${id}`, gwendolin, 401],
    ] as const)
      expect((await server.call("GET", path, by)).status, path).toBe(status);
    expect(
      (await server.call("POST", "/calls", server.tokens.auditor, { account: "gwendolin" })).status,
    ).toBe(403);
    const published = await server.request("POST", `/v1/epochs/${id}/publish`, server.tokens.publisher);
    expect(published).toMatchObject({ status: 409, json: { code: "SERVICE_EPOCH_STATE" } });
    expect((await server.request("GET", `/v1/epochs/${id}/bundle`, server.tokens.operator)).status).toBe(404);
  });

  it("is done by whoever comes next, if the server is killed", async () => {
    await server.tick("55800");
    const { id } = (await ask("gwendolin")).json as { id: string };
    await server.process.end("SIGKILL");
    server = await server.again();
    const { json } = await proved(id);
    expect(json.bundle).toHaveProperty(["statement.json"]);
  });

  it("is in the log of disclosures, and neither name nor quantity in the server's own", async () => {
    await server.process.end("SIGTERM");
    for (const word of PRIVATE) expect(server.text.includes(word), word).toBe(false);
    const { database, secrets } = await openStorage({ data, keysDir: "" }, { info() {}, warn() {} });
    try {
      await verifyAuditLog(database, secrets.sealer);
      const rows = await database.query<{ entry: string }>("select entry from marginproof.disclosure");
      const noted = rows.map(({ entry }) => JSON.parse(entry) as { who: string; what: string });
      for (const who of ["operator-1", "holder"])
        expect(noted).toContainEqual(
          expect.objectContaining({ who, what: "call", account: expect.any(String) }),
        );
      expect(JSON.stringify(rows)).not.toContain("gwendolin");
    } finally {
      await database.close();
    }
  });
});
