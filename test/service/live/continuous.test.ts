import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TINY_MARKET } from "../../support/tinyMarket.js";
import { cleanUp, fresh } from "../support.js";
import { LiveServer } from "./liveServer.js";

/** Each long is another's short, so that what comes out is a book of its own. */
const BOOK = `account,instrument,quantity,entry_price
quentin,USDT,48123.77,
quentin,BTC-PERP,0.113,60017
roswitha,USDT,39172.5,
roswitha,BTC-PERP,-0.113,60017
`;

let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start(["--data", fresh(), "--workers", "2", "--continuous", "test"]);
});
afterAll(async () => {
  await server.process.end("SIGKILL");
  cleanUp();
});

interface State {
  readonly begun: number;
  readonly failures: number;
  readonly lagSeconds: number | null;
  readonly last: { readonly id: string; readonly epoch: string; readonly state: string } | null;
}

/** Waits until it stands so. */
async function until(wanted: (state: State) => boolean): Promise<State> {
  for (;;) {
    const { status, json } = await server.call("GET", "/continuous", server.tokens.auditor);
    expect(status, JSON.stringify(json)).toBe(200);
    if (wanted(json as State)) return json as State;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
const proved =
  (begun: number) =>
  (state: State): boolean =>
    state.begun === begun && state.last?.state === "proved";

describe("continuous mode", () => {
  it("begins an epoch of the book when the last is done and something has moved", async () => {
    expect(await until(() => true)).toMatchObject({ begun: 0, last: null, lagSeconds: null });
    await server.begin(TINY_MARKET, BOOK);
    const first = await until(proved(1));
    expect(first.last!.epoch).toBe("2026-11-23T08:00:00Z/book-1");
    expect(first.lagSeconds).toBeGreaterThan(0);
    await server.tick("60100");
    // Comes while that one is in work: it waits for its end.
    await until(({ begun }) => begun === 2);
    await server.tick("60200");
    await until(proved(3));
    const order = (await server.list()).map(({ epoch }) => epoch);
    expect(order.sort()).toEqual([1, 2, 3].map((n) => `2026-11-23T08:00:00Z/book-${n}`));
    const metrics = await fetch(`${server.url}/metrics`, {
      headers: { authorization: `Bearer ${server.tokens.operator}` },
    });
    expect(await metrics.text()).toMatch(/^marginproof_continuous_lag_seconds \d/m);
  });

  it("goes on after a kill with what was in work, and never twice under one name", async () => {
    await server.tick("60300");
    const { last } = await until(({ begun, last: own }) => begun === 4 && own?.state !== "receiving");
    await server.process.end("SIGKILL");
    server = await server.again();
    const after = await until(proved(4));
    expect(after.last, "the same one").toMatchObject({ id: last!.id, epoch: last!.epoch });
    // The book is gone with the server: the next epoch is of the next book.
    await server.begin(TINY_MARKET, BOOK);
    await until(proved(5));
    const standing = (await server.list()).filter(({ state }) => state !== "cancelled");
    expect(new Set(standing.map(({ epoch }) => epoch)).size).toBe(standing.length);
    expect(standing.every(({ state }) => state === "proved")).toBe(true);
  });

  it("tries again after a failure, later each time, and goes on when its cause is gone", async () => {
    // More than a shape of this profile has room for.
    const change = (quantity: string) =>
      server.call("POST", "/changes", server.tokens.operator, {
        rows: TINY_MARKET.instruments.map(({ symbol }) => ({
          account: "quentin",
          instrument: symbol,
          quantity,
        })),
      });
    const changed = await change("1");
    expect(changed, JSON.stringify(changed)).toMatchObject({ status: 200 });
    await until(({ failures }) => failures >= 2);
    const failed = (await server.list()).filter(({ state }) => state === "failed");
    expect(failed.length).toBeGreaterThan(0);
    await change("-1");
    await until(({ last, failures }) => last?.state === "proved" && failures === 0);
  });

  it("stops in order, and logs no name and no quantity", async () => {
    await server.tick("60400");
    expect(await server.process.end("SIGTERM")).toBe(0);
    expect(server.text).toContain('"event":"stopped"');
    for (const word of ["quentin", "roswitha", "48123", "39172", "0.113"])
      expect(server.text.includes(word), word).toBe(false);
  });
});
