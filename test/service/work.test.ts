import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Service } from "../../src/service/open.js";
import { cancelEpoch, publishEpoch } from "../../src/service/operations.js";
import { writeKey } from "../../src/service/store/serviceKeyFile.js";
import { Postgres } from "../support/postgres.js";
import {
  assertSealed,
  assertWithout,
  BOOK,
  bringIn,
  cleanUp,
  fresh,
  PRIVATE,
  reached,
  service,
  stepsOf,
  verdictOn,
} from "./support.js";

const keyFile = fresh(".key");
let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
  await writeKey(keyFile);
});
afterAll(async () => {
  await postgres.stop();
  cleanUp();
});

describe.each(["an embedded database", "a Postgres"] as const)("on %s", (kind) => {
  let own: Service;
  let logged: string[];
  beforeAll(async () => {
    const places = kind === "a Postgres" ? { databaseUrl: postgres.url, keyFile } : {};
    ({ own, logged } = await service(places, 2));
  });
  afterAll(() => own.close());

  it("proves what comes in, each step once, and publishes it when it is told to", async () => {
    const id = await bringIn(own, "whole");
    const proved = await reached(own.database, id, "proved", "held");
    expect(proved.state).toBe("proved");
    expect(await stepsOf(own.database, id)).toEqual({ steps: proved.steps, proofs: proved.steps });
    expect(await verdictOn(own.database, id)).toMatchObject({ proved: true, statementDigest: proved.digest });
    await publishEpoch(own, id);
    await expect(publishEpoch(own, id)).rejects.toMatchObject({ code: "SERVICE_EPOCH_STATE" });
    await expect(cancelEpoch(own, id)).rejects.toMatchObject({ code: "SERVICE_EPOCH_STATE" });
    await expect(bringIn(own, "whole")).rejects.toMatchObject({ code: "EPOCH_PUBLISHED" });
  });

  it("writes no account's name or quantity down in clear: not in the log, not in any table", async () => {
    const bad = await bringIn(own, "bad", `${BOOK}mallory,,NO-SUCH,98765.4321,\n`);
    await expect(reached(own.database, bad, "proved")).rejects.toThrow("failed with ACCOUNTS_");
    const words = [...PRIVATE, "mallory", "98765"];
    assertWithout(logged.join(""), words, "the log");
    await assertSealed(own.database, words);
  });

  it("forgets what is private of an epoch that is cancelled, and frees its name", async () => {
    const id = await bringIn(own, "stopped");
    await cancelEpoch(own, id);
    const row = await reached(own.database, id, "cancelled");
    expect(row).toMatchObject({ accounts: null, behind: null, problem: null });
    const [left] = await own.database.query<{ left: number }>(
      `select ((select count(*) from marginproof.upload where epoch = $1) + (select count(*) from marginproof.step where epoch = $1))::int as left`,
      [id],
    );
    expect(left).toEqual({ left: 0 });
    await cancelEpoch(own, await bringIn(own, "stopped"));
  });
});
