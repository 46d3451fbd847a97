import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, Credentials } from "./client.js";
import { ServiceProcess } from "./process.js";
import { cleanUp, fresh } from "./support.js";

/** A program of Python's, which npm does not install: .ci/run does, and says where. Who says so gets no test skipped. */
const PROGRAM =
  process.env.SCHEMATHESIS ??
  fileURLToPath(new URL("../../build/schemathesis/bin/schemathesis", import.meta.url));
const missing = process.env.SCHEMATHESIS === undefined && !existsSync(PROGRAM);
if (missing) console.log(`fuzzing of the API skipped: no ${PROGRAM} (docs/operations.md says how to get it)`);

/** Examples of each operation, good ones and bad ones, the same in every run. */
const BOUNDS = [
  ...["--phases", "examples,coverage,fuzzing", "--mode", "all", "--max-examples", "10"],
  ...["--generation-deterministic", "--no-shrink"],
];

const REACHED = {
  operator: ["GET /v1/epochs/:id", "PUT /v1/epochs/:id/accounts"],
  auditor: ["GET /v1/epochs/:id/aggregates"],
  publisher: ["GET /v1/epochs", "GET /metrics"],
  holder: ["GET /v1/epochs/:id/holder", "GET /v1/epochs/:id/bundle"],
} as const;

describe.skipIf(missing)("a fuzzer that reads the API's own description", () => {
  const credentials = new Credentials();
  /** Where it leaves its own notes. */
  const notes = fresh();
  let server: ServiceProcess;
  let client: Client;
  let published: string;
  const idOf = async (answer: Response): Promise<string> => ((await answer.json()) as { id: string }).id;
  beforeAll(async () => {
    mkdirSync(notes);
    const limits = ["--rate", "1000000", "--max-upload", "1000000"];
    server = new ServiceProcess("serve", [
      ...["--data", fresh(), ...credentials.flags, "--port", "0", "--workers", "1", ...limits],
    ]);
    client = new Client(await server.url(), credentials);
    published = await idOf(await client.create("published"));
    expect((await client.upload(published)).status).toBe(202);
    await client.followed(published, ({ state }) => state === "proved");
    expect((await client.publish(published)).status).toBe(200);
  });
  afterAll(async () => {
    expect(await server?.end("SIGTERM"), server?.text).toBe(0);
    cleanUp();
  });

  it.each(["operator", "auditor", "publisher", "holder"] as const)(
    "finds no fault of the server as %s",
    async (role) => {
      const token = role === "holder" ? credentials.holder("walter") : credentials.tokens[role];
      // Beside ids that it thinks up, that of an epoch that is there: one that can be sent accounts and is not cancelled before, or a published one.
      const receiving = role === "operator" ? await idOf(await client.create("begun")) : published;
      const config = fresh(".toml");
      writeFileSync(
        config,
        `[parameters]
"path.id" = "${receiving}"
[[operations]]
include-path = "/v1/epochs/{id}/cancel"
[operations.parameters]
"path.id" = "${published}"
`,
      );
      const before = server.lines.length;
      const args = ["--config-file", config, "run", `${client.url}/openapi.json`, ...BOUNDS];
      args.push("--checks", "not_a_server_error", "--no-color", "-H", `Authorization: Bearer ${token}`);
      const { stdout } = await promisify(execFile)(PROGRAM, args, { cwd: notes }).catch(
        (failed: { stdout?: string; stderr?: string; message: string }) => {
          throw new Error(`${failed.message}\n${failed.stdout}\n${failed.stderr}`);
        },
      );
      expect(stdout).toMatch(/\b([1-9]\d+) generated, \1 passed/);
      const asked = server.lines.slice(before).filter(({ event }) => event === "request");
      expect(asked.length).toBeGreaterThan(200);
      expect(asked.filter(({ status }) => Number(status) >= 500)).toEqual([]);
      // It came as far as what this role may do.
      const done = asked.filter(({ status }) => Number(status) < 300);
      expect(done.map(({ method, route }) => `${method} ${route}`)).toEqual(
        expect.arrayContaining([...REACHED[role]]),
      );
    },
  );
});
