import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Diagnosis } from "../../src/prover/doctor/diagnose.js";
import { commitWork } from "../../src/service/jobs/commitWork.js";
import { doctorWork } from "../../src/service/jobs/doctorWork.js";
import type { WorkerContext } from "../../src/service/jobs/workerContext.js";
import type { Service } from "../../src/service/open.js";
import { askDoctor, cancelEpoch, resumeEpoch } from "../../src/service/operations.js";
import {
  type Ask,
  currentDiagnosis,
  type DiagnosisRow,
  diagnosisOf,
  giveUpDiagnosis,
  noteDiagnosisProblem,
  readDiagnosis,
} from "../../src/service/store/diagnosis.js";
import { keptUpload, readEpoch } from "../../src/service/store/epochs.js";
import { bytes } from "../../src/service/store/sql.js";
import { Postgres } from "../support/postgres.js";
import { before, endContext, jobContext } from "./jobs.js";
import { BOOK, bringIn, cleanUp, sendIn, service } from "./support.js";
import { inWorld } from "./world.js";

const BAD = `${BOOK}mallory,,NO-SUCH,98765.4321,\n`;
afterAll(cleanUp);

/** Waits until doctor has found it, or given up. */
async function done({ database }: Service, id: string): Promise<DiagnosisRow> {
  for (;;) {
    const row = await readDiagnosis(database, id);
    if (row !== undefined && row.done !== null) return row;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
const found = (own: Service, row: DiagnosisRow): Diagnosis =>
  JSON.parse(diagnosisOf(row, own.secrets.sealer)) as Diagnosis;

/** The table of accounts while nobody can read it: a worker is held up there. A gate holds up who writes. */
class Accounts {
  private constructor(private readonly client: pg.Client) {}

  static async shut(url: string): Promise<Accounts> {
    const client = new pg.Client(url);
    await client.connect();
    await client.query("begin");
    await client.query("lock table marginproof.upload in access exclusive mode");
    return new Accounts(client);
  }

  /** Waits until somebody wants to read it. */
  async reached(): Promise<void> {
    for (;;) {
      const { rows } = await this.client.query(
        "select 1 from pg_locks where relation = 'marginproof.upload'::regclass and not granted",
      );
      if (rows.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  open(): Promise<void> {
    return this.client.end();
  }
}

describe.concurrent("doctor of a worker", () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await Postgres.start();
  });
  afterAll(() => postgres.stop());

  it("that is killed in the middle of it is the next one's, and is asked for once", () =>
    inWorld(postgres, async (world) => {
      const id = await bringIn(world.own, "killed", BAD, true);
      await askDoctor(world.own, id);
      await askDoctor(world.own, id);
      const jobs = await world.own.database.query(
        "select 1 from marginproof_queue.job where name = 'doctor'",
      );
      expect(jobs).toHaveLength(1);
      const accounts = await Accounts.shut(world.url);
      const worker = world.work();
      await accounts.reached();
      expect(await worker.end("SIGKILL")).toBe("SIGKILL");
      await accounts.open();
      const next = world.work();
      const row = await done(world.own, id);
      expect(found(world.own, row)).toMatchObject({
        clear: false,
        findings: [{ code: "ACCOUNTS_BAD_ROWS", text: expect.stringContaining("NO-SUCH") }],
      });
      expect(await next.line(({ event }) => event === "diagnosed")).toMatchObject({
        epoch: id,
        counted: true,
      });
      expect((await readEpoch(world.own.database, id)).state).toBe("receiving");
      expect(await next.end("SIGTERM"), next.text).toBe(0);
    }));

  it("that fails at every try ends, holds no epoch up, and can be asked again", () =>
    inWorld(postgres, async (world) => {
      const { database, queue } = world.own;
      await queue.updateQueue("doctor", { retryLimit: 1 });
      const id = await bringIn(world.own, "changed", BAD, true);
      // Somebody writes to the database: it is not what was sent.
      await database.query("update marginproof.epoch set market = market || ' ' where id = $1", [id]);
      await askDoctor(world.own, id);
      world.work();
      expect(await done(world.own, id)).toMatchObject({ sealed: null, problem_code: "SERVICE_SEALED" });
      expect(await readEpoch(database, id)).toMatchObject({ state: "receiving", problem_code: null });
      await database.query("update marginproof.epoch set market = rtrim(market) where id = $1", [id]);
      await askDoctor(world.own, id);
      expect(found(world.own, await done(world.own, id)).clear).toBe(false);
    }));
});

describe("doctor of accounts that go while it looks at them", () => {
  const never = new AbortController().signal;
  let own: Service;
  let context: WorkerContext;
  beforeAll(async () => {
    ({ own } = await service({}, 0));
    context = await jobContext(own);
  });
  afterAll(async () => {
    await endContext(context);
    await own.close();
  });
  const uploadOf = async (id: string): Promise<string> =>
    keptUpload(await readEpoch(own.database, id), own.secrets.sealer)!;

  it.each([
    ["before they are read", /select sealed from marginproof\.upload/],
    ["before what was found is kept", /update marginproof\.diagnosis set sealed/],
  ])("keeps nothing of an epoch that is cancelled %s", async (_, pattern) => {
    const id = await bringIn(own, "cancelled", BAD, true);
    await askDoctor(own, id);
    const upload = await uploadOf(id);
    const cancelling = before(context, pattern, () => cancelEpoch(own, id));
    await doctorWork(cancelling, { epoch: id, upload }, never);
    expect((await readEpoch(own.database, id)).state).toBe("cancelled");
    expect(await readDiagnosis(own.database, id)).toBeUndefined();
  });

  it("keeps nothing of accounts that others took the place of, though somebody asked about these", async () => {
    const id = await bringIn(own, "replaced", BAD, true);
    await askDoctor(own, id);
    const upload = await uploadOf(id);
    const replacing = before(context, /update marginproof\.diagnosis set sealed/, async () => {
      await sendIn(own, id, BOOK, true);
      await askDoctor(own, id);
    });
    await doctorWork(replacing, { epoch: id, upload }, never);
    expect(await readDiagnosis(own.database, id)).toMatchObject({ done: null, sealed: null });
    await doctorWork(context, { epoch: id, upload: await uploadOf(id) }, never);
    const row = await readDiagnosis(own.database, id);
    expect(found(own, row!)).toMatchObject({ clear: true });
  });

  it("asked again, keeps what it found, and is queued again when nobody answered for an hour, or of others", async () => {
    const { database } = own;
    const id = await bringIn(own, "again", BAD, true);
    const jobs = async () =>
      (
        await database.query(
          "select 1 from marginproof_queue.job where name = 'doctor' and data->>'epoch' = $1",
          [id],
        )
      ).length;
    const asking = async (count: number) => {
      await askDoctor(own, id);
      expect(await jobs()).toBe(count);
    };
    const ago = (minutes: number) =>
      database.query(
        "update marginproof.diagnosis set asked = now() - $2 * interval '1 minute' where epoch = $1",
        [...[id, minutes]],
      );
    await asking(1);
    await ago(59);
    await asking(1);
    await ago(61);
    await asking(2);
    await asking(2);
    await doctorWork(context, { epoch: id, upload: await uploadOf(id) }, never);
    const row = await readDiagnosis(database, id);
    expect(found(own, row!).clear).toBe(false);
    await asking(2);
    expect(await readDiagnosis(database, id)).toEqual(row);
    // A row of others, by whoever writes to the database.
    await database.query("update marginproof.diagnosis set upload = 'other' where epoch = $1", [id]);
    await asking(3);
    expect(await readDiagnosis(database, id)).toMatchObject({
      upload: row!.upload,
      done: null,
      sealed: null,
    });
  });

  it("asked again, is not ended by a job of the time before, and takes what that finds", async () => {
    const { database } = own;
    const id = await bringIn(own, "late", BAD, true);
    const asked = async (): Promise<Ask> => {
      await askDoctor(own, id);
      const [job] = await database.query<{ data: Ask }>(
        "select data from marginproof_queue.job where name = 'doctor' and data->>'epoch' = $1 order by created_on desc",
        [id],
      );
      return job!.data;
    };
    const first = await asked();
    await database.query(
      "update marginproof.diagnosis set asked = asked - interval '2 hours' where epoch = $1",
      [id],
    );
    const second = await asked();
    expect(second).toEqual({ ...first, asked: expect.stringMatching(/^\d+\.\d{6}$/) });
    expect(second.asked).not.toBe(first.asked);
    await noteDiagnosisProblem(database, first, "STOPPED");
    await giveUpDiagnosis(database, first);
    expect(await readDiagnosis(database, id)).toMatchObject({ done: null, problem_code: null });
    await noteDiagnosisProblem(database, second, "STOPPED");
    await giveUpDiagnosis(database, second);
    expect(await readDiagnosis(database, id)).toMatchObject({
      done: expect.any(Date),
      sealed: null,
      problem_code: "STOPPED",
    });
    await asked();
    await doctorWork(context, first, never);
    expect(found(own, (await readDiagnosis(database, id))!).clear).toBe(false);
  });

  it("shows nobody what was found in others, though somebody writes to the database", async () => {
    const { database, secrets } = own;
    const id = await bringIn(own, "put-back", BOOK, true);
    const rows = () => database.query("select * from marginproof.diagnosis where epoch = $1", [id]);
    const shown = async () => currentDiagnosis(database, secrets.sealer, await readEpoch(database, id));
    await askDoctor(own, id);
    await doctorWork(context, { epoch: id, upload: await uploadOf(id) }, never);
    const [clear] = (await rows()) as unknown as [DiagnosisRow];
    expect(found(own, (await shown())!).clear).toBe(true);
    await sendIn(own, id, BAD, true);
    expect(await rows()).toEqual([]);
    const put = (upload: string) =>
      database.query(
        "insert into marginproof.diagnosis (epoch, upload, done, sealed) values ($1, $2, now(), $3)",
        [id, upload, bytes(clear.sealed)],
      );
    await put(clear.upload);
    expect(await shown()).toBeUndefined();
    await database.query("delete from marginproof.diagnosis where epoch = $1", [id]);
    await put(await uploadOf(id));
    const moved = (await shown())!;
    expect(() => found(own, moved)).toThrow(expect.objectContaining({ code: "SERVICE_SEALED" }));
  });

  it("proves no accounts that are held, or were, though somebody writes to the database", async () => {
    const { database } = own;
    const id = await bringIn(own, "replaced-held", BAD, true);
    const { accounts: replaced } = await readEpoch(database, id);
    const [piece] = await database.query<{ upload: string; sealed: unknown }>(
      "select upload, sealed from marginproof.upload where epoch = $1",
      [id],
    );
    const { accounts } = await sendIn(own, id, BOOK, true);
    const upload = await uploadOf(id);
    const forge = (state: string, manifest: unknown) =>
      database.query("update marginproof.epoch set state = $2, accounts = $3 where id = $1", [
        ...[id, state],
        bytes(manifest),
      ]);
    await database.query(
      "insert into marginproof.upload (epoch, upload, piece, sealed) values ($1, $2, 0, $3)",
      [...[id, piece!.upload], bytes(piece!.sealed)],
    );
    for (const manifest of [replaced, accounts]) {
      await forge("queued", manifest);
      await expect(commitWork(context, id, never)).rejects.toMatchObject({ code: "SERVICE_SEALED" });
      await forge("held", manifest);
      await expect(resumeEpoch(own, id)).rejects.toMatchObject({ code: "SERVICE_SEALED" });
    }
    // Put back as those that are held, they are not those that were looked at.
    await forge("receiving", replaced);
    await expect(resumeEpoch(own, id, upload)).rejects.toMatchObject({ code: "SERVICE_EPOCH_STATE" });
    await forge("receiving", accounts);
    await resumeEpoch(own, id, upload);
    const resumed = await readEpoch(database, id);
    // Nor does what was resumed wait again, for others to take its place.
    await forge("receiving", resumed.accounts);
    await expect(sendIn(own, id, BAD, true)).rejects.toMatchObject({ code: "SERVICE_SEALED" });
    await forge("queued", replaced);
    await expect(commitWork(context, id, never)).rejects.toMatchObject({ code: "SERVICE_SEALED" });
    await forge("queued", resumed.accounts);
    await commitWork(context, id, never);
    expect((await readEpoch(database, id)).state).toBe("proving");
  });

  it("is stopped with its process, and is then another's", async () => {
    const id = await bringIn(own, "stopped", BAD, true);
    await askDoctor(own, id);
    const asked = { epoch: id, upload: await uploadOf(id) };
    await expect(doctorWork(context, asked, AbortSignal.abort())).rejects.toThrow();
    await doctorWork(context, asked, never);
    expect(found(own, (await readDiagnosis(own.database, id))!).clear).toBe(false);
  });
});
