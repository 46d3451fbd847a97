import { afterAll, beforeAll, expect, it } from "vitest";
import { openService, type Service } from "../../src/service/open.js";
import { writeKey } from "../../src/service/store/secrets.js";
import { TEST_KEYS } from "../support/circuit.js";
import { Postgres } from "../support/postgres.js";
import { ServiceProcess } from "./process.js";
import { bringIn, cleanUp, fresh, reached, stepsOf, verdictOn } from "./support.js";

/** One Postgres; this process queues and looks, workers of their own prove. */
let postgres: Postgres;
let own: Service;
const keyFile = fresh(".key");
const workers: ServiceProcess[] = [];
const startWorker = (): ServiceProcess => {
  const flags = ["--workers", "1", "--data", fresh(), "--key", keyFile];
  const worker = new ServiceProcess("worker", flags, { MARGINPROOF_DATABASE_URL: postgres.url });
  workers.push(worker);
  return worker;
};
beforeAll(async () => {
  postgres = await Postgres.start();
  await writeKey(keyFile);
  const places = { data: fresh(), databaseUrl: postgres.url, keyFile, keysDir: TEST_KEYS };
  own = await openService(places, 0, { info() {}, warn() {} });
});
afterAll(async () => {
  for (const worker of workers) await worker.end("SIGKILL");
  await own.close();
  await postgres.stop();
  cleanUp();
});

it("two worker processes on one Postgres prove an epoch, and one that is killed in it costs no step", async () => {
  const id = await bringIn(own, "two-workers");
  const [first, second] = [startWorker(), startWorker()];
  await reached(own.database, id, "proving", "finishing", "proved");
  expect(await first.end("SIGKILL")).toBe("SIGKILL");
  const { state, steps, digest } = await reached(own.database, id, "proved", "held");
  expect(state).toBe("proved");
  expect(await stepsOf(own.database, id)).toEqual({ steps, proofs: steps });
  expect(await verdictOn(own.database, id)).toMatchObject({ proved: true, statementDigest: digest });
  expect(await second.end("SIGTERM"), second.text).toBe(0);
});
