import { execFileSync } from "node:child_process";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStorage } from "../../src/service/open.js";
import { zstdOf } from "../accounts/zstdFrame.js";
import { run } from "../cli/run.js";
import { TEST_KEYS } from "../support/circuit.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { ServiceProcess } from "./process.js";
import { assertWithout, BOOK, cleanUp, fresh, PRIVATE, withoutChance } from "./support.js";

const data = fresh();
const tokensFile = fresh(".json");
const token = (role: string): string =>
  run(["token", "--tokens", tokensFile, "--role", role, "--name", `${role}-1`]).out.trim();
const tokens = { operator: token("operator"), auditor: token("auditor"), publisher: token("publisher") };
const issuer = generateKeyPairSync("ed25519");
const holderKey = fresh(".pem");
writeFileSync(holderKey, issuer.publicKey.export({ type: "spki", format: "pem" }));

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
/** The clock when a token is made: an epoch's proof may take longer than a token lives. */
const seconds = (): number => Math.floor(Date.now() / 1000);
const claim = (other: object = {}) => ({
  ...{ sub: "walter", aud: TINY_MARKET.exchange, iat: seconds(), exp: seconds() + 600 },
  ...other,
});
function holderToken(
  own: object,
  head: object = { alg: "EdDSA", typ: "JWT" },
  key: KeyObject = issuer.privateKey,
): string {
  const signed = `${part(head)}.${part(own)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
}

let server: ServiceProcess;
let url: string;
beforeAll(async () => {
  const flags = [
    "--data",
    data,
    "--tokens",
    tokensFile,
    "--holder-key",
    holderKey,
    "--port",
    "0",
    "--workers",
    "2",
  ];
  server = new ServiceProcess("serve", [...flags, "--max-upload", "1000000", "--rate", "100000"]);
  url = await server.url();
});
afterAll(async () => {
  await server.end("SIGKILL");
  cleanUp();
});

const call = (path: string, init: RequestInit & { readonly by?: string } = {}): Promise<Response> => {
  const { by, ...rest } = init;
  const headers = {
    ...(by === undefined ? {} : { authorization: `Bearer ${by}` }),
    ...(rest.headers as object),
  };
  return fetch(`${url}${path}`, { ...rest, headers });
};
const post = (path: string, by: string, body?: object): Promise<Response> =>
  call(path, {
    ...{ method: "POST", by },
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
const begin = async (epoch: string): Promise<string> => {
  const answer = await post("/v1/epochs", tokens.operator, {
    market: JSON.stringify({ ...TINY_MARKET, epoch }),
    profile: "test",
  });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: string }).id;
};

/** The book of the tests as Parquet, every column a text. */
function parquetBook(): Buffer {
  const [header, ...rows] = BOOK.trim()
    .split("\n")
    .map((line) => line.split(","));
  const columnData = header!.map((name, k) => ({
    name,
    data: rows.map((row) => (row[k] === "" ? null : row[k]!)),
    type: "STRING" as const,
    nullable: true,
  }));
  return Buffer.from(parquetWriteBuffer({ columnData }));
}

describe("one server with nothing else", () => {
  let id: string;
  const bundle = fresh();
  beforeAll(async () => {
    id = await begin("whole-way");
    const body = gzipSync(BOOK);
    const headers = { "content-type": "text/csv", "content-encoding": "gzip" };
    const sent = await call(`/v1/epochs/${id}/accounts`, {
      method: "PUT",
      by: tokens.operator,
      body,
      headers,
    });
    expect(sent.status).toBe(202);
    for (;;) {
      const { state } = (await (await call(`/v1/epochs/${id}`, { by: tokens.auditor })).json()) as {
        state: string;
      };
      if (state === "proved") break;
      expect(state).not.toMatch(/failed|held/);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect((await call(`/v1/epochs/${id}/bundle`)).status, "before it is published").toBe(404);
    expect((await post(`/v1/epochs/${id}/publish`, tokens.publisher)).status).toBe(200);
  });

  it("commits to accounts that come as Parquet, or with zstd", async () => {
    for (const [epoch, headers, body] of [
      ["as-parquet", { "content-type": "application/vnd.apache.parquet" }, parquetBook()],
      ["as-zstd", { "content-type": "text/csv", "content-encoding": "zstd" }, await zstdOf(BOOK)],
    ] as const) {
      const own = await begin(epoch);
      const init = { method: "PUT", by: tokens.operator, headers, body: new Uint8Array(body) };
      expect((await call(`/v1/epochs/${own}/accounts`, init)).status, epoch).toBe(202);
      for (let digest: string | null = null; digest === null; ) {
        const epochNow = await (await call(`/v1/epochs/${own}`, { by: tokens.operator })).json();
        const { state, problem } = epochNow as { state: string; problem: unknown };
        expect([state, problem], epoch).toEqual([expect.not.stringMatching(/failed|held/), null]);
        ({ digest } = epochNow as { digest: string | null });
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      expect((await post(`/v1/epochs/${own}/cancel`, tokens.operator)).status).toBe(200);
    }
  });

  it("hands out the bundle, which anybody verifies", async () => {
    const { files, digest } = (await (await call(`/v1/epochs/${id}/bundle`)).json()) as {
      files: { name: string; size: number }[];
      digest: string;
    };
    mkdirSync(bundle);
    for (const { name, size } of files) {
      const bytes = Buffer.from(await (await call(`/v1/epochs/${id}/bundle/${name}`)).arrayBuffer());
      expect(bytes.length).toBe(size);
      writeFileSync(join(bundle, name), bytes);
    }
    const trust = ["--keys", join(TEST_KEYS, "keys.json"), "--allow-dev-keys", "--quiet"];
    const verified = run(["verify", bundle, ...trust, "--digest", digest]);
    expect(verified, verified.out).toMatchObject({ code: 0 });
    expect(await (await call(`/v1/epochs/${id}/verdict`)).json()).toMatchObject({
      proved: true,
      statementDigest: digest,
    });
    const file = await call(`/v1/epochs/${id}/holder`, { by: holderToken(claim()) });
    expect(file.status).toBe(200);
    const path = fresh(".json");
    writeFileSync(path, await file.text());
    const checked = run([
      "check",
      path,
      "--epoch",
      bundle,
      "--account",
      "walter",
      ...trust,
      "--digest",
      digest,
    ]);
    expect(checked, checked.out + checked.err).toMatchObject({ code: 0 });
    expect(readFileSync(path, "utf8")).not.toContain("xenia");
  });

  it("hands out any range of a file, and nothing to whoever has it", async () => {
    const path = `/v1/epochs/${id}/bundle/steps.ndjson`;
    const whole = Buffer.from(await (await call(path)).arrayBuffer());
    for (const [range, first, last] of [
      ["bytes=0-99", 0, 99],
      ["bytes=100-", 100, whole.length - 1],
      ["bytes=-50", whole.length - 50, whole.length - 1],
      [`bytes=10-${whole.length + 5}`, 10, whole.length - 1],
    ] as const) {
      const answer = await call(path, { headers: { range } });
      expect(answer.status).toBe(206);
      expect(answer.headers.get("content-range")).toBe(`bytes ${first}-${last}/${whole.length}`);
      expect(Buffer.from(await answer.arrayBuffer()).equals(whole.subarray(first, last + 1))).toBe(true);
    }
    const outside = await call(path, { headers: { range: `bytes=${whole.length}-` } });
    expect(outside.status).toBe(416);
    expect(await outside.json()).toMatchObject({ code: "SERVICE_RANGE" });
    const etag = (await call(path)).headers.get("etag")!;
    expect((await call(path, { headers: { "if-none-match": etag } })).status).toBe(304);
    expect((await call(path, { headers: { range: "bytes=0-9", "if-range": '"other"' } })).status).toBe(200);
  });

  it("hands out the bundle as one archive, whole or by range, which verify takes unpacked", async () => {
    const path = `/v1/epochs/${id}/bundle.tar`;
    const answer = await call(path);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/x-tar"]);
    const whole = Buffer.from(await answer.arrayBuffer());
    const pieces: Buffer[] = [];
    // Across all borders between headers, files and padding.
    for (let at = 0; at < whole.length; at += 1000) {
      const range = `bytes=${at}-${at + 999}`;
      pieces.push(Buffer.from(await (await call(path, { headers: { range } })).arrayBuffer()));
    }
    expect(Buffer.concat(pieces).equals(whole)).toBe(true);
    const etag = answer.headers.get("etag")!;
    expect((await call(path, { headers: { "if-none-match": etag } })).status).toBe(304);
    const [archive, unpacked] = [fresh(".tar"), fresh()];
    writeFileSync(archive, whole);
    mkdirSync(unpacked);
    execFileSync("tar", ["-xf", archive, "-C", unpacked]);
    for (const name of readdirSync(unpacked)) {
      const file = await (await call(`/v1/epochs/${id}/bundle/${name}`)).arrayBuffer();
      expect(readFileSync(join(unpacked, name)).equals(Buffer.from(file))).toBe(true);
    }
    expect(readdirSync(unpacked)).toContain("statement.json");
    const keys = join(TEST_KEYS, "keys.json");
    expect(run(["verify", unpacked, "--keys", keys, "--allow-dev-keys"])).toMatchObject({ code: 0 });
  });

  it("hands all holders' files to the operator as one archive, each the bytes that its holder gets", async () => {
    const path = `/v1/epochs/${id}/holders.tar`;
    for (const [status, by] of [
      [403, tokens.auditor],
      [403, tokens.publisher],
      [401, holderToken(claim())],
      [401, undefined],
    ] as const) {
      expect((await call(path, by === undefined ? {} : { by })).status).toBe(status);
    }
    const answer = await call(path, { by: tokens.operator });
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
    const [archive, unpacked] = [fresh(".tar"), fresh()];
    writeFileSync(archive, Buffer.from(await answer.arrayBuffer()));
    mkdirSync(unpacked);
    execFileSync("tar", ["-xf", archive, "-C", unpacked]);
    const names = ["walter", "xenia", "yolanda", "zora"];
    expect(readdirSync(unpacked).sort()).toEqual(names.map((name) => `${name}.json`));
    const own = await call(`/v1/epochs/${id}/holder`, { by: holderToken(claim()) });
    expect(readFileSync(join(unpacked, "walter.json"), "utf8")).toBe(await own.text());
    const trust = ["--keys", join(TEST_KEYS, "keys.json"), "--allow-dev-keys", "--quiet"];
    for (const name of names) {
      const file = join(unpacked, `${name}.json`);
      expect(run(["check", file, "--epoch", bundle, "--account", name, ...trust]), name).toMatchObject({
        code: 0,
      });
    }
  });

  it.each([
    ["none", () => ""],
    ["a role's", () => tokens.operator],
    ["another issuer's", () => holderToken(claim(), undefined, generateKeyPairSync("ed25519").privateKey)],
    ["one that is not signed", () => `${part({ alg: "none" })}.${part(claim())}.x`],
    ["one that calls its algorithm otherwise", () => holderToken(claim(), { alg: "HS256" })],
    ["one that has run out", () => holderToken(claim({ iat: seconds() - 900, exp: seconds() - 1 }))],
    ["one for longer than 15 minutes", () => holderToken(claim({ iat: seconds(), exp: seconds() + 901 }))],
    ["one from the future", () => holderToken(claim({ iat: seconds() + 300, exp: seconds() + 600 }))],
    ["one without an end", () => holderToken(claim({ exp: undefined }))],
    [
      "one whose account was changed",
      () => holderToken(claim()).replace(/\.[^.]*\./, `.${part(claim({ sub: "xenia" }))}.`),
    ],
  ])("gives no holder's file for %s", async (_, make) => {
    const answer = await call(`/v1/epochs/${id}/holder`, { by: make() });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: "SERVICE_TOKEN" });
  });

  it.each([
    ["of an account that is not there", { sub: "Walter" }],
    ["of another exchange", { aud: "another" }],
  ])("gives no holder's file %s", async (_, other) => {
    const answer = await call(`/v1/epochs/${id}/holder`, { by: holderToken(claim(other)) });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: "DISCLOSE_NO_ACCOUNT" });
  });

  it("shows private aggregates to an auditor, and notes it", async () => {
    const answer = await call(`/v1/epochs/${id}/aggregates`, { by: tokens.auditor });
    expect(((await answer.json()) as { totals: unknown[] }).totals.length).toBeGreaterThan(3);
  });

  it("tells each caller what they may not do, and never more", async () => {
    const other = await begin("refusals");
    const csv = { "content-type": "text/csv" };
    const accounts = `/v1/epochs/${other}/accounts`;
    const refusals: readonly (readonly [number, string, Promise<Response>])[] = [
      [401, "SERVICE_TOKEN", call("/v1/epochs")],
      [401, "SERVICE_TOKEN", call("/v1/epochs", { by: "mp-operator-nope" })],
      [401, "SERVICE_TOKEN", call("/metrics")],
      // Before a byte of the body is looked at.
      [401, "SERVICE_TOKEN", post("/v1/epochs", "mp-operator-nope", { junk: 1 })],
      [403, "SERVICE_ROLE", post("/v1/epochs", tokens.auditor, { market: "{}", profile: "test" })],
      [403, "SERVICE_ROLE", post(`/v1/epochs/${other}/publish`, tokens.operator)],
      [403, "SERVICE_ROLE", post(`/v1/epochs/${other}/cancel`, tokens.publisher)],
      [403, "SERVICE_ROLE", call(`/v1/epochs/${id}/aggregates`, { by: tokens.operator })],
      [404, "SERVICE_NOT_FOUND", call(`/v1/epochs/${"0".repeat(32)}`, { by: tokens.operator })],
      [404, "SERVICE_NOT_FOUND", call("/nowhere")],
      [404, "SERVICE_NOT_FOUND", call(`/v1/epochs/${other}/verdict`)],
      [404, "SERVICE_NOT_FOUND", call(`/v1/epochs/${other}/bundle/steps.ndjson`)],
      [404, "SERVICE_NOT_FOUND", call(`/v1/epochs/${id}/bundle/price-evidence.json`)],
      [400, "SERVICE_REQUEST", call(`/v1/epochs/${id}/bundle/master-secret`)],
      [400, "SERVICE_REQUEST", call("/v1/epochs/..%2f..%2fetc", { by: tokens.operator })],
      [400, "SERVICE_REQUEST", post("/v1/epochs", tokens.operator, { market: "{}" })],
      [400, "MARKET_SCHEMA", post("/v1/epochs", tokens.operator, { market: "{}", profile: "test" })],
      [
        400,
        "PROFILE_UNKNOWN",
        post("/v1/epochs", tokens.operator, {
          market: JSON.stringify({ ...TINY_MARKET, epoch: "p" }),
          profile: "p17",
        }),
      ],
      [
        409,
        "EPOCH_PUBLISHED",
        post("/v1/epochs", tokens.operator, {
          market: JSON.stringify({ ...TINY_MARKET, epoch: "whole-way" }),
          profile: "test",
        }),
      ],
      [409, "SERVICE_EPOCH_STATE", post(`/v1/epochs/${other}/publish`, tokens.publisher)],
      [409, "SERVICE_EPOCH_STATE", post(`/v1/epochs/${id}/cancel`, tokens.operator)],
      [
        400,
        "SERVICE_REQUEST",
        call(accounts, {
          method: "PUT",
          by: tokens.operator,
          body: BOOK,
          headers: { "content-type": "text/csv", "content-encoding": "br" },
        }),
      ],
      [
        400,
        "SERVICE_REQUEST",
        call(accounts, {
          method: "PUT",
          by: tokens.operator,
          body: BOOK,
          headers: { "content-type": "text/plain" },
        }),
      ],
      [
        413,
        "SERVICE_TOO_LARGE",
        call(accounts, { method: "PUT", by: tokens.operator, body: "x".repeat(1_000_001), headers: csv }),
      ],
    ];
    for (const [at, [status, code, answer]] of refusals.entries()) {
      const found = await answer;
      expect(found.headers.get("content-type"), String(at)).toBe("application/problem+json; charset=utf-8");
      const problem = (await found.json()) as { code: string; instance: string };
      expect(problem, JSON.stringify(problem)).toMatchObject({
        status,
        code,
        instance: found.headers.get("x-request-id"),
      });
    }
    // Nothing of it harmed the epoch.
    expect((await post(`/v1/epochs/${other}/cancel`, tokens.operator)).status).toBe(200);
  });

  it("describes itself, to programs and to people, and says no request of its own description is its fault", async () => {
    const api = (await (await call("/openapi.json")).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { responses: object; summary: string }>>;
    };
    expect(api.openapi).toMatch(/^3\.1/);
    const page = await (await call("/")).text();
    const JUNK = ["0".repeat(32), "%00", "x".repeat(300), "{}", "'; drop table epoch; --", "-1", "\u{1F600}"];
    for (const [path, methods] of Object.entries(api.paths)) {
      expect(page).toContain(path);
      for (const [method, { responses, summary }] of Object.entries(methods)) {
        expect(Object.keys(responses).length, `${method} ${path}`).toBeGreaterThan(0);
        expect(summary).toMatch(/\w/);
        for (const junk of JUNK) {
          const at = path.replace(/\{\w+\}/g, encodeURIComponent(junk));
          const body =
            method === "get" ? {} : { body: junk, headers: { "content-type": "application/json" } };
          const answer = await call(`${at}?after=${encodeURIComponent(junk)}`, {
            method: method.toUpperCase(),
            by: tokens.operator,
            ...body,
          });
          expect(answer.status, `${method} ${at}`).toBeLessThan(500);
        }
      }
    }
  });

  it("says how it is, in figures without a name", async () => {
    expect((await call("/health")).status).toBe(200);
    expect((await call("/ready")).status).toBe(200);
    const text = await (await call("/metrics", { by: tokens.operator })).text();
    expect(text).toMatch(/^marginproof_epochs\{state="published"\} 1$/m);
    expect(text).toMatch(/^marginproof_steps_unproved 0$/m);
    expect(text).toMatch(/^marginproof_jobs\{queue="step",state="completed"\} \d+$/m);
    for (const queue of ["commit", "step", "finish"]) {
      const [, seconds] = new RegExp(`^marginproof_stage_seconds\\{queue="${queue}"\\} (\\S+)$`, "m").exec(
        text,
      )!;
      expect(Number(seconds)).toBeGreaterThan(0);
      expect(text).toMatch(new RegExp(`^marginproof_job_failures\\{queue="${queue}"\\} 0$`, "m"));
    }
    for (const word of PRIVATE) expect(text).not.toMatch(new RegExp(`\\b${word}\\b`));
  });

  it("ends when it is asked to, leaving a log without private data and a whole log of disclosures", async () => {
    expect(await server.end("SIGTERM"), server.text).toBe(0);
    expect(server.text).toContain('"event":"stopped"');
    const ids = server.lines.filter(({ event }) => event === "request").map((line) => line.id);
    expect(new Set(ids).size).toBe(ids.length);
    assertWithout(withoutChance(server.text), [...PRIVATE, ...Object.values(tokens)], "the log");
    const places = ["audit-log", "verify", "--data", data];
    const head = /WHOLE: 4 entries.*: (4:[0-9a-f]{64})/.exec(run(places).out)?.[1];
    expect(head).toBeDefined();
    expect(run([...places, "--noted", head!]).code).toBe(0);
    const spoil = async (sql: string): Promise<void> => {
      const { database } = await openStorage({ data, keysDir: TEST_KEYS }, { info() {}, warn() {} });
      await database.query(sql);
      await database.close();
    };
    await spoil("delete from marginproof.disclosure where number = 4");
    expect(run(places).code, "cut off, and nobody noted the head").toBe(0);
    expect(run([...places, "--noted", head!])).toMatchObject({
      code: 1,
      err: expect.stringContaining("SERVICE_AUDIT_LOG"),
    });
    await spoil("update marginproof.disclosure set entry = replace(entry, 'holder', 'nobody')");
    expect(run(places)).toMatchObject({ code: 1, err: expect.stringContaining("entry 1") });
  });
});
