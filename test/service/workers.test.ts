import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openService, type Service } from "../../src/service/open.js";
import { writeKey } from "../../src/service/store/serviceKeyFile.js";
import { run } from "../cli/run.js";
import { TEST_KEYS } from "../support/circuit.js";
import { Postgres } from "../support/postgres.js";
import { Client, Credentials } from "./client.js";
import { ServiceProcess } from "./process.js";
import { cleanUp, fresh, reached, stepsOf, verdictOn } from "./support.js";

/** One Postgres; a server that proves nothing, workers that do nothing else; this process looks. */
let postgres: Postgres;
let own: Service;
const keyFile = fresh(".key");
const credentials = new Credentials();
const processes: ServiceProcess[] = [];
const start = (command: "serve" | "worker", ...flags: string[]): ServiceProcess => {
  const all = [...flags, "--data", fresh(), "--key", keyFile];
  const started = new ServiceProcess(command, all, { MARGINPROOF_DATABASE_URL: postgres.url });
  processes.push(started);
  return started;
};
beforeAll(async () => {
  postgres = await Postgres.start();
  await writeKey(keyFile);
  const places = { data: fresh(), databaseUrl: postgres.url, keyFile, keysDir: TEST_KEYS };
  own = await openService(places, 0, { info() {}, warn() {} });
});
afterAll(async () => {
  for (const each of processes) await each.end("SIGKILL");
  await own.close();
  await postgres.stop();
  cleanUp();
});

it("a server and two workers on one Postgres take an exchange, prove it and hand out what the command line verifies; one that is killed costs no step", async () => {
  const server = start("serve", "--port", "0", "--workers", "0", ...credentials.flags);
  const client = new Client(await server.url(), credentials);
  const { id } = (await (await client.create("two-workers")).json()) as { id: string };
  expect((await client.upload(id)).status).toBe(202);
  const [first, second] = [start("worker", "--workers", "1"), start("worker", "--workers", "1")];
  await reached(own.database, id, "proving", "finishing", "proved");
  expect(await first.end("SIGKILL")).toBe("SIGKILL");
  const { state, steps, digest } = await reached(own.database, id, "proved", "held");
  expect(state).toBe("proved");
  expect(await stepsOf(own.database, id)).toEqual({ steps, proofs: steps });
  expect(await verdictOn(own.database, id)).toMatchObject({ proved: true, statementDigest: digest });

  expect((await client.publish(id)).status).toBe(200);
  const { holder, ...files } = await client.handedOut(id, "walter");
  const [bundle, opening] = [fresh(), fresh(".json")];
  mkdirSync(bundle);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(bundle, name), text);
  writeFileSync(opening, holder!);
  const trust = ["--keys", join(TEST_KEYS, "keys.json"), "--allow-dev-keys", "--quiet", "--digest", digest!];
  const verified = run(["verify", bundle, ...trust]);
  expect(verified, verified.out + verified.err).toMatchObject({ code: 0 });
  const checked = run(["check", opening, "--epoch", bundle, "--account", "walter", ...trust]);
  expect(checked, checked.out + checked.err).toMatchObject({ code: 0 });
  for (const each of [server, second]) expect(await each.end("SIGTERM"), each.text).toBe(0);
});
