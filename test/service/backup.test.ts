import { afterAll, beforeAll, expect, it } from "vitest";
import { migrate } from "../../src/service/store/migrate.js";
import { MIGRATIONS } from "../../src/service/store/migrations.js";
import { openPostgres } from "../../src/service/store/postgres.js";
import { Postgres } from "../support/postgres.js";
import { Client, Credentials } from "./client.js";
import { bringIn, cleanUp, fresh } from "./support.js";
import { World } from "./world.js";

const credentials = new Credentials();
const dump = fresh(".dump");
let postgres: Postgres;
let published: string;
let inWork: string;
/** What the server handed out before the backup was made. */
let before: Record<string, string>;
beforeAll(async () => {
  postgres = await Postgres.start();
  const world = await World.begin(postgres);
  const server = world.serve([...credentials.flags, "--workers", "1"]);
  const client = new Client(await server.url(), credentials);
  published = ((await (await client.create("published")).json()) as { id: string }).id;
  expect((await client.upload(published)).status).toBe(202);
  await world.whole(published);
  expect((await client.publish(published)).status).toBe(200);
  before = await client.handedOut(published, "xenia");
  expect(before.holder).toContain("xenia");
  // Another is in the middle of its work when the backup is made.
  const gate = await world.gate("update of proved on marginproof.step");
  inWork = await bringIn(world.own, "in-work");
  await gate.reached();
  await postgres.dump(world.database, dump);
  await gate.open();
  await world.end();
});
afterAll(async () => {
  await postgres.stop();
  cleanUp();
});

it("a restored backup hands out the same bytes, and goes on with what was in work", async () => {
  await postgres.restore(await postgres.create("restored"), dump);
  const world = await World.on(postgres, "restored");
  try {
    const server = world.serve([...credentials.flags, "--workers", "1"]);
    expect(await new Client(await server.url(), credentials).handedOut(published, "xenia")).toEqual(before);
    await world.whole(inWork);
    expect(await server.end("SIGTERM"), server.text).toBe(0);
  } finally {
    await world.end();
  }
});

it("a database from before there was an index of holders is brought forward, and hands out the same bytes", async () => {
  await postgres.restore(await postgres.create("before-index"), dump);
  const database = await openPostgres(postgres.urlOf("before-index"), () => {});
  try {
    await database.script(
      `create table marginproof.holder (epoch text references marginproof.epoch, account bytea, batch integer);
       drop index marginproof.proved_step;
       delete from marginproof.kept where name like 'holders/%';
       drop table marginproof.call, marginproof.continuous, marginproof.diagnosis;
       delete from marginproof.version where version >= 2`,
    );
  } finally {
    await database.close();
  }
  const world = await World.on(postgres, "before-index");
  try {
    expect(
      await world.own.database.query("select 1 from marginproof.version where version = 2"),
    ).toHaveLength(1);
    const client = new Client(await world.serve([...credentials.flags, "--workers", "0"]).url(), credentials);
    // Many at a time find that there is none: it is made.
    const all = await Promise.all(Array.from({ length: 8 }, () => client.handedOut(published, "xenia")));
    for (const own of all) expect(own).toEqual(before);
    const kept = "select name from marginproof.kept where name = 'holders/index.json' and vouched";
    expect(await world.own.database.query(kept)).toHaveLength(1);
    // One that was damaged, or stands in another's place, is made again.
    await world.own.database.script(
      "update marginproof.kept set sealed = 'nothing' where name like 'holders/page-%' or name like 'holders/trees-%'",
    );
    expect(await client.handedOut(published, "xenia")).toEqual(before);
  } finally {
    await world.end();
  }
});

it("a database with epochs in it is brought forward by what comes next, and hands out the same bytes", async () => {
  await postgres.restore(await postgres.create("forward"), dump);
  const database = await openPostgres(postgres.urlOf("forward"), () => {});
  // A version to come, which changes the tables that hold most.
  const next = `alter table marginproof.kept add column size integer not null default 0;
    update marginproof.kept set size = length(sealed);
    alter table marginproof.step add column tries integer not null default 0`;
  try {
    const rows = () =>
      database.query(
        "select (select count(*) from marginproof.kept) as kept, (select count(*) from marginproof.step) as steps",
      );
    const held = await rows();
    await migrate(database, [...MIGRATIONS, next]);
    expect(await rows()).toEqual(held);
    expect(await database.query("select 1 from marginproof.kept where size = 0")).toEqual([]);
    // So that this program serves it: it knows one version less.
    await database.query("delete from marginproof.version where version = $1", [MIGRATIONS.length + 1]);
  } finally {
    await database.close();
  }
  const world = await World.on(postgres, "forward");
  try {
    const server = world.serve([...credentials.flags, "--workers", "0"]);
    expect(await new Client(await server.url(), credentials).handedOut(published, "xenia")).toEqual(before);
  } finally {
    await world.end();
  }
});
