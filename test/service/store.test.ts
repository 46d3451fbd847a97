import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Service } from "../../src/service/open.js";
import { cancelEpoch, receiveAccounts, resumeEpoch } from "../../src/service/operations.js";
import { type AuditHead, HOLDER, noteDisclosure, verifyAuditLog } from "../../src/service/store/auditLog.js";
import { createEpoch, keptManifest, manifestOf, readEpoch } from "../../src/service/store/epochs.js";
import { migrate } from "../../src/service/store/migrate.js";
import { MIGRATIONS } from "../../src/service/store/migrations.js";
import { openPostgres } from "../../src/service/store/postgres.js";
import { Sealer } from "../../src/service/store/seal.js";
import { openSecrets, rotateKey } from "../../src/service/store/secrets.js";
import { readKey, writeKey } from "../../src/service/store/serviceKeyFile.js";
import { writeOut } from "../../src/service/store/upload.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { cleanUp, fresh, service } from "./support.js";

let own: Service;
const data = fresh();
beforeAll(async () => {
  ({ own } = await service({ data }, 0));
});
afterAll(async () => {
  await own.close();
  cleanUp();
});

const create = (epoch: string): Promise<string> =>
  createEpoch(own.database, own.secrets.sealer, {
    ...{ exchange: "x", epoch, profile: "test", market: JSON.stringify({ ...TINY_MARKET, epoch }) },
  });

describe("what is sealed", () => {
  const sealer = new Sealer(Buffer.alloc(32, 7));
  const sealed = sealer.seal("step/a/1", "secret");

  it("opens at its own place, and is another each time", () => {
    expect(sealer.open("step/a/1", sealed).toString()).toBe("secret");
    expect(sealer.seal("step/a/1", "secret")).not.toEqual(sealed);
  });

  it.each([
    ["at another's place", "step/a/2", sealed, sealer],
    ["under another key", "step/a/1", sealed, new Sealer(Buffer.alloc(32, 8))],
    ["cut short", "step/a/1", sealed.subarray(0, 20), sealer],
    ["as nothing", "step/a/1", Buffer.alloc(0), sealer],
    [
      "with a bit turned",
      "step/a/1",
      Buffer.from(sealed.map((byte, at) => (at === 15 ? byte ^ 1 : byte))),
      sealer,
    ],
  ] as const)("does not open %s", (_, place, bytes, by) => {
    expect(() => by.open(place, bytes)).toThrow(expect.objectContaining({ code: "SERVICE_SEALED" }));
  });
});

describe("the storage", () => {
  it("is one process's where it is embedded", async () => {
    await expect(service({ data }, 0)).rejects.toMatchObject({ code: "SERVICE_DATA_BUSY" });
  });

  it("names the Postgres that it can't reach, without its password", async () => {
    const opened = openPostgres("postgres://me:hunter2@localhost:1/exchange", () => {});
    await expect(opened).rejects.toMatchObject({ code: "SERVICE_DATABASE" });
    await expect(opened).rejects.not.toThrow("hunter2");
  });

  it("moves a filled database forward, once, whoever comes first, and lets no older program on it", async () => {
    const id = await create("before");
    const next = [...MIGRATIONS, "alter table marginproof.epoch add column note text default 'moved';"];
    await Promise.all([migrate(own.database, next), migrate(own.database, next)]);
    expect(await readEpoch(own.database, id)).toMatchObject({ epoch: "before", note: "moved" });
    await expect(migrate(own.database)).rejects.toMatchObject({ code: "SERVICE_DATABASE_NEWER" });
    await own.database.query("delete from marginproof.version where version = $1", [next.length]);
  });

  it("opens with its key alone, which can be replaced and keeps what it opened", async () => {
    const first = await readKey(`${data}/service-key`);
    const path = fresh(".key");
    expect(await writeKey(path)).toBe(true);
    expect(await writeKey(path)).toBe(false);
    const second = await readKey(path);
    await expect(openSecrets(own.database, second)).rejects.toMatchObject({ code: "SERVICE_KEY" });
    await expect(rotateKey(own.database, second, first)).rejects.toMatchObject({ code: "SERVICE_KEY" });
    await rotateKey(own.database, first, second);
    await expect(openSecrets(own.database, first)).rejects.toMatchObject({ code: "SERVICE_KEY" });
    expect((await openSecrets(own.database, second)).master).toEqual(own.secrets.master);
    await rotateKey(own.database, second, first);
  });

  it.each([
    ["that is not there", undefined, 0o600],
    ["that is no key", "hello", 0o600],
    ["that others may read", "0".repeat(64), 0o644],
  ])("takes no key file %s", async (_, text, mode) => {
    const path = fresh(".key");
    if (text !== undefined) writeFileSync(path, text);
    if (text !== undefined) chmodSync(path, mode);
    await expect(readKey(path)).rejects.toMatchObject({ code: "SERVICE_KEY" });
  });
});

it("gives a name to one of those who ask for it at a time", async () => {
  const asked = await Promise.allSettled(Array.from({ length: 5 }, () => create("raced")));
  expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

it("finds an entry that is put before the first of the log of disclosures, or forked from it", async () => {
  const { database, secrets } = own;
  const note = () =>
    noteDisclosure(database, secrets.sealer, { who: "alpha", what: "counts behind totals", epoch: "e" });
  const check = (noted?: AuditHead) => verifyAuditLog(database, secrets.sealer, noted);
  const broken = { code: "SERVICE_AUDIT_LOG" };
  await note();
  await note();
  const head = await check();
  expect(head.entries).toBe(2);
  for (const number of [0, -5]) {
    await database.query(
      "insert into marginproof.disclosure select $1, entry, mac from marginproof.disclosure where number = 1",
      [number],
    );
    await expect(check(), String(number)).rejects.toMatchObject(broken);
    await database.query("delete from marginproof.disclosure where number = $1", [number]);
  }
  // Cut, and gone on with: whole by itself, and not with the head that was noted.
  await database.query("delete from marginproof.disclosure where number = 2");
  await note();
  expect((await check()).entries).toBe(2);
  await expect(check(head)).rejects.toMatchObject(broken);
});

it("chains what many ask to note at a time, and says to those whose entries are not there that they are not", async () => {
  const { database, secrets } = own;
  const notes = (count: number) =>
    Promise.allSettled(
      Array.from({ length: count }, (_, n) =>
        noteDisclosure(database, secrets.sealer, {
          ...{ who: HOLDER, what: "holder's file", epoch: "e", account: `account ${n}` },
        }),
      ),
    );
  const settled = async (count: number) => new Set((await notes(count)).map(({ status }) => status));
  const entries = async () => (await verifyAuditLog(database, secrets.sealer)).entries;
  const before = await entries();
  expect(await settled(450)).toEqual(new Set(["fulfilled"]));
  expect(await entries()).toBe(before + 450);
  await database.script("alter table marginproof.disclosure rename to away");
  expect(await settled(3)).toEqual(new Set(["rejected"]));
  await database.script("alter table marginproof.away rename to disclosure");
  expect(await settled(1)).toEqual(new Set(["fulfilled"]));
  expect(await entries()).toBe(before + 451);
});

describe("an upload", () => {
  const twice = Buffer.alloc(3 << 20, "a,b\n");
  const sealer = () => own.secrets.sealer;

  it("comes out as it came in, and not when its pieces were changed", async () => {
    const id = await create("upload");
    await receiveAccounts(own, id, "csv", Readable.from([twice.subarray(0, 5), twice.subarray(5)]), 1 << 30);
    const row = await readEpoch(own.database, id);
    const { pieces, ...manifest } = JSON.parse(
      sealer()
        .open(`accounts/${id}`, row.accounts as Buffer)
        .toString(),
    );
    const out = (count: number) => writeOut(own.database, sealer(), id, { ...manifest, pieces: count }, data);
    expect(readFileSync((await out(pieces)).accountsPath).equals(twice)).toBe(true);
    await expect(receiveAccounts(own, id, "csv", Readable.from([twice]), 1 << 30)).rejects.toMatchObject({
      code: "SERVICE_EPOCH_STATE",
    });
    await own.database.query("update marginproof.upload set piece = 1 - piece + 100 where epoch = $1", [id]);
    await own.database.query("update marginproof.upload set piece = piece - 100 where epoch = $1", [id]);
    unlinkSync(`${data}/accounts.csv`);
    await expect(out(pieces)).rejects.toMatchObject({ code: "SERVICE_SEALED" });
    unlinkSync(`${data}/accounts.csv`);
    await expect(out(0)).rejects.toMatchObject({ code: "SERVICE_SEALED" });
  });

  it("of an export comes out as its files, wherever its pieces end, with its mapping", async () => {
    const id = await create("export");
    const sizes = [(1 << 20) + 3, 0, 5, (1 << 20) - 8, (1 << 20) + 8, 1];
    const contents = sizes.map((size, k) => Buffer.alloc(size, `${k}`));
    const files = sizes.map((size, k) => ({ name: `f${k}.ndjson`, bytes: size }));
    const stream = Readable.from([Buffer.concat(contents)]);
    await receiveAccounts(own, id, "export", stream, 1 << 30, { parts: { mapping: "# a mapping", files } });
    const manifest = manifestOf(await readEpoch(own.database, id), sealer());
    const put = async (changed: object = {}) => {
      const folder = fresh();
      mkdirSync(folder);
      return writeOut(own.database, sealer(), id, { ...manifest, ...changed }, folder);
    };
    const { accountsPath, mappingPath } = await put();
    expect(readFileSync(mappingPath!, "utf8")).toBe("# a mapping");
    expect(readdirSync(accountsPath).sort()).toEqual(files.map(({ name }) => name));
    for (const [k, { name }] of files.entries())
      expect(readFileSync(join(accountsPath, name)).equals(contents[k]!)).toBe(true);
    expect(statSync(accountsPath).mode & 0o77).toBe(0);
    await expect(put({ pieces: manifest.pieces - 1 })).rejects.toMatchObject({ code: "SERVICE_SEALED" });
  });

  it("ends at the limit, and may be sent again", async () => {
    const id = await create("long");
    const send = (limit: number) => receiveAccounts(own, id, "csv", Readable.from([twice]), limit);
    await expect(send(twice.length - 1)).rejects.toMatchObject({ code: "SERVICE_TOO_LARGE" });
    expect((await readEpoch(own.database, id)).state).toBe("receiving");
    await send(twice.length);
    expect((await readEpoch(own.database, id)).state).toBe("queued");
  });

  it("takes nothing from another of the same epoch, and leaves nothing after a cancel", async () => {
    const id = await create("two-uploads");
    const left = () =>
      own.database.query("select distinct upload from marginproof.upload where epoch = $1", [id]);
    const slow = (meanwhile: () => Promise<unknown>) =>
      receiveAccounts(own, id, "csv", Readable.from(pausing(meanwhile)), 1 << 30);
    async function* pausing(meanwhile: () => Promise<unknown>) {
      yield twice;
      await meanwhile();
      yield twice;
    }
    const whole = () => receiveAccounts(own, id, "csv", Readable.from([twice]), 1 << 30);
    await expect(slow(whole)).rejects.toMatchObject({ code: "SERVICE_EPOCH_STATE" });
    expect(await left()).toHaveLength(1);
    const manifest = manifestOf(await readEpoch(own.database, id), sealer());
    const folder = fresh();
    mkdirSync(folder);
    const { accountsPath } = await writeOut(own.database, sealer(), id, manifest, folder);
    expect(readFileSync(accountsPath).equals(twice)).toBe(true);
    await cancelEpoch(own, id);
    expect(await left()).toHaveLength(0);

    const other = await create("cancelled-upload");
    const sent = receiveAccounts(
      own,
      other,
      "csv",
      Readable.from(pausing(() => cancelEpoch(own, other))),
      1 << 30,
    );
    await expect(sent).rejects.toMatchObject({ code: "SERVICE_EPOCH_STATE" });
    expect(await own.database.query("select 1 from marginproof.upload where epoch = $1", [other])).toEqual(
      [],
    );
  });

  it("that is held gives way to the next one, and to none that was on its way before", async () => {
    const id = await create("held-uploads");
    const [first, second, third] = ["a", "b", "c"].map((letter) => Buffer.alloc(3 << 20, letter)) as [
      Buffer,
      Buffer,
      Buffer,
    ];
    const send = (stream: Iterable<Buffer> | AsyncIterable<Buffer>, hold = true) =>
      receiveAccounts(own, id, "csv", Readable.from(stream), 1 << 30, { hold });
    async function* around(bytes: Buffer, meanwhile: () => Promise<unknown>) {
      yield bytes.subarray(0, 2 << 20);
      await meanwhile();
      yield bytes.subarray(2 << 20);
    }
    const kept = async () => {
      const manifest = keptManifest(await readEpoch(own.database, id), sealer());
      const folder = fresh();
      mkdirSync(folder);
      return readFileSync((await writeOut(own.database, sealer(), id, manifest, folder)).accountsPath);
    };
    const uploads = () =>
      own.database.query("select distinct upload from marginproof.upload where epoch = $1", [id]);
    // Begun when there were none, or others: who sends it has not seen what came since, and may not take its place or have it proved.
    for (const [bytes, hold] of [
      [first, true],
      [third, true],
      [first, false],
    ] as const) {
      const slow = send(
        around(second, () => send([bytes])),
        hold,
      );
      await expect(slow).rejects.toMatchObject({
        code: "SERVICE_EPOCH_STATE",
        message: expect.stringMatching(/came meanwhile/),
      });
      expect((await kept()).equals(bytes)).toBe(true);
      expect(await uploads()).toHaveLength(1);
      expect((await readEpoch(own.database, id)).state).toBe("receiving");
    }
    const { accounts: before } = await readEpoch(own.database, id);
    await send([second]);
    expect((await kept()).equals(second)).toBe(true);
    expect(await uploads()).toHaveLength(1);
    // Nobody has others proved than those that they name.
    const [{ upload }] = (await uploads()) as [{ upload: string }];
    const replaced = keptManifest(
      { ...(await readEpoch(own.database, id)), accounts: before },
      sealer(),
    ).upload;
    await expect(resumeEpoch(own, id, replaced)).rejects.toMatchObject({ code: "SERVICE_EPOCH_STATE" });
    expect((await readEpoch(own.database, id)).state).toBe("receiving");
    // One that comes after it was resumed takes nothing's place.
    const late = send(around(first, () => resumeEpoch(own, id, upload)));
    await expect(late).rejects.toMatchObject({ code: "SERVICE_EPOCH_STATE" });
    expect((await readEpoch(own.database, id)).state).toBe("queued");
    expect((await kept()).equals(second)).toBe(true);
    expect(await uploads()).toHaveLength(1);
    await expect(resumeEpoch(own, id)).rejects.toMatchObject({ code: "SERVICE_EPOCH_STATE" });
  });

  it("that its epoch could not take leaves nothing", async () => {
    const id = await create("unqueued");
    const away = {
      ...own,
      queue: Object.create(own.queue, { insert: { value: () => Promise.reject(new Error("away")) } }),
    };
    const sent = receiveAccounts(away, id, "csv", Readable.from([twice]), 1 << 30);
    await expect(sent).rejects.toThrow("away");
    expect(await own.database.query("select 1 from marginproof.upload where epoch = $1", [id])).toEqual([]);
    expect(await readEpoch(own.database, id)).toMatchObject({ state: "receiving", accounts: null });
  });

  it.each([
    ["continuous mode", "insert into marginproof.continuous (epoch) values ($1)"],
    ["a call", "insert into marginproof.call (epoch, account, tick) values ($1, '', 1)"],
  ])("is not taken for an epoch of %s, held or not, unless it is the live book's own", async (_, begun) => {
    const id = await create(`live ${begun.length}`);
    await own.database.query(begun, [id]);
    const send = (how: { hold?: boolean; live?: boolean }) =>
      receiveAccounts(own, id, "csv", Readable.from([twice]), 1 << 30, how);
    for (const how of [{ hold: true }, {}])
      await expect(send(how)).rejects.toMatchObject({ code: "SERVICE_EPOCH_STATE" });
    expect(await readEpoch(own.database, id)).toMatchObject({ state: "receiving", accounts: null });
    await send({ live: true });
    expect((await readEpoch(own.database, id)).state).toBe("queued");
  });

  it("that was not held is no reason to resume", async () => {
    await expect(resumeEpoch(own, await create("without"))).rejects.toMatchObject({
      code: "SERVICE_EPOCH_STATE",
    });
  });

  it("is for an epoch that is there", async () => {
    await expect(receiveAccounts(own, "none", "csv", Readable.from([]), 1)).rejects.toMatchObject({
      code: "SERVICE_NOT_FOUND",
    });
  });
});
