import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cancelEpoch, receiveAccounts } from "../../src/service/operations.js";
import { createEpoch, readEpoch } from "../../src/service/store/epochs.js";
import { Postgres } from "../support/postgres.js";
import { SmallDisk } from "../support/smallDisk.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { bringIn, cleanUp } from "./support.js";
import { inWorld } from "./world.js";

/** Debian's, with which a process has a clock that a file sets. */
function clockLibrary(): string | undefined {
  const places = existsSync("/usr/lib")
    ? readdirSync("/usr/lib").map((name) => `/usr/lib/${name}/faketime`)
    : [];
  return places.map((place) => join(place, "libfaketimeMT.so.1")).find((path) => existsSync(path));
}

/** A Postgres whose power, disk and clock fail: one after the other. */
let postgres: Postgres;
const library = clockLibrary();
// Postgres reads it as another user.
const clock = join(mkdtempSync(join(tmpdir(), "mp-clock-")), "offset");
chmodSync(dirname(clock), 0o755);
const setClock = (offset: string): void => writeFileSync(clock, `${offset}\n`, { mode: 0o644 });
const disk = SmallDisk.mount(220);
beforeAll(async () => {
  setClock("+0");
  const faked = { FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
  const env = library === undefined ? {} : { LD_PRELOAD: library, ...faked };
  postgres = await Postgres.start(env, disk === undefined ? undefined : join(disk.path, "postgres"));
});
afterAll(async () => {
  await postgres.stop();
  disk?.unmount();
  rmSync(dirname(clock), { recursive: true });
  cleanUp();
});

it("a Postgres that is killed while proofs are kept comes back with all that it said it has", () =>
  inWorld(postgres, async (world) => {
    const gate = await world.gate("update of proved on marginproof.step");
    const id = await bringIn(world.own, "killed");
    const worker = world.work();
    await gate.reached();
    await postgres.killAndRestart();
    await world.whole(id);
    expect(await worker.end("SIGTERM"), worker.text).toBe(0);
  }));

it.skipIf(disk === undefined)(
  "a full disk refuses an upload whole, and loses no step of an epoch in work",
  () =>
    inWorld(postgres, async (world) => {
      const { database, secrets } = world.own;
      const market = JSON.stringify({ ...TINY_MARKET, epoch: "refused" });
      const named = { exchange: TINY_MARKET.exchange, epoch: "refused", profile: "test", market };
      const refused = await createEpoch(database, secrets.sealer, named);
      const gate = await world.gate("insert on marginproof.kept");
      const id = await bringIn(world.own, "full");
      const worker = world.work();
      await gate.reached();
      disk!.fill();
      const large = Readable.from(Array.from({ length: 40 }, () => Buffer.alloc(1 << 20, "a,b,c\n")));
      // No space in a table, or none for the log of what is done: then Postgres itself ends.
      await expect(receiveAccounts(world.own, refused, "csv", large, 1 << 30)).rejects.toThrow(
        /space|terminat|connect|recovery/i,
      );
      await gate.open().catch(() => {});
      await worker.line(({ event }) => event === "work failed" || event === "queue");
      disk!.free();
      if (!postgres.running) await postgres.restart();
      await world.whole(id);
      expect((await readEpoch(database, refused)).state).toBe("receiving");
      await cancelEpoch(world.own, refused);
      const [left] = await database.query("select count(*)::int as pieces from marginproof.upload");
      expect(left).toEqual({ pieces: 0 });
      expect(await worker.end("SIGTERM"), worker.text).toBe(0);
    }),
);

it.skipIf(disk === undefined)(
  "a worker whose own disk is full gives its work back, and does it when there is room",
  () =>
    inWorld(postgres, async (world) => {
      const small = SmallDisk.mount(4)!;
      try {
        const worker = world.work(world.url, join(small.path, "data"));
        await worker.line(({ event }) => event === "working");
        small.fill();
        const id = await bringIn(world.own, "scratch");
        expect(await worker.line(({ event }) => event === "work failed")).toMatchObject({ work: "commit" });
        expect((await readEpoch(world.own.database, id)).state).toBe("committing");
        small.free();
        await world.whole(id);
        expect(await worker.end("SIGTERM"), worker.text).toBe(0);
      } finally {
        await world.end();
        small.unmount();
      }
    }),
);

it.skipIf(library === undefined).each([
  ["forward", "+3h"],
  ["back", "-3h"],
])("a clock that jumps %s gives no step to be counted twice", (name, offset) =>
  inWorld(postgres, async (world) => {
    setClock("+0");
    const gate = await world.gate("update of proved on marginproof.step");
    const id = await bringIn(world.own, `clock-${name}`);
    const workers = [world.work(), world.work()];
    await gate.reached();
    setClock(offset);
    const [now] = await world.own.database.query<{ ahead: number }>(
      "select extract(epoch from now())::double precision as ahead",
    );
    expect(Math.abs(now!.ahead - Date.now() / 1000)).toBeGreaterThan(3600);
    await gate.open();
    // What was queued before a jump back waits until that time comes again, or the clock is put right.
    if (offset.startsWith("-")) {
      await Promise.race(workers.map((worker) => worker.line(({ event }) => event === "step proved")));
      setClock("+0");
    }
    await world.whole(id);
    for (const worker of workers) expect(await worker.end("SIGTERM"), worker.text).toBe(0);
    setClock("+0");
  }),
);
