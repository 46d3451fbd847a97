import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { parseHolderKey } from "../../src/service/http/holderToken.js";
import { httpServer } from "../../src/service/http/server.js";
import { newToken, parseTokens, whose } from "../../src/service/http/tokens.js";
import type { Service } from "../../src/service/open.js";
import { serve } from "../../src/service/serve.js";
import { readSmallFile } from "../../src/service/smallFile.js";
import { run } from "../cli/run.js";
import { TEST_KEYS } from "../support/circuit.js";
import { cleanUp, fresh } from "./support.js";

afterAll(cleanUp);

const log = { info() {}, warn() {} };
const code = (name: string) => expect.objectContaining({ code: name });

const listOf = (...names: string[]): string =>
  JSON.stringify({
    format: "marginproof/tokens/1",
    tokens: names.map((name) => newToken("auditor", name).entry),
  });
const { entry } = newToken("auditor", "a");
const twice = [entry, { ...entry, name: "b", role: "operator" }];

describe("a list of tokens", () => {
  it("holds no token, and knows each by its digest", () => {
    const path = fresh(".json");
    const made = run(["token", "--tokens", path, "--role", "auditor", "--name", "alpha"]).out.trim();
    expect(run(["token", "--tokens", path, "--role", "operator", "--name", "desk"]).code).toBe(0);
    expect(run(["token", "--tokens", path, "--role", "operator", "--name", "desk"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("SERVICE_TOKENS"),
    });
    const text = readFileSync(path, "utf8");
    expect(text).not.toContain(made);
    const list = parseTokens(text, path);
    expect(whose(list, made)).toMatchObject({ name: "alpha", role: "auditor" });
    expect(whose(list, `${made}x`)).toBeUndefined();
    expect(whose(list, "")).toBeUndefined();
  });

  it.each([
    ["another format", '{"format":"marginproof/tokens/2","tokens":[]}'],
    [
      "a role that is none",
      '{"format":"marginproof/tokens/1","tokens":[{"name":"a","role":"root","sha256":"00"}]}',
    ],
    [
      "a token in clear",
      `{"format":"marginproof/tokens/1","tokens":[{"name":"a","role":"auditor","token":"${newToken("auditor", "a").token}"}]}`,
    ],
    ["one name twice", listOf("a", "b", "a")],
    ["one token under two names", JSON.stringify({ ...JSON.parse(listOf()), tokens: twice })],
    ["the name that the log has for holders", listOf("holder")],
  ])("is refused with %s", (_, text) => {
    expect(() => parseTokens(text, "tokens.json")).toThrow(code("SERVICE_TOKENS"));
  });

  it("must be there", async () => {
    await expect(readSmallFile(fresh(), "list of tokens")).rejects.toEqual(code("SERVICE_TOKENS"));
    const long = fresh();
    writeFileSync(long, " ".repeat((1 << 20) + 1));
    await expect(readSmallFile(long, "list of tokens")).rejects.toEqual(code("SERVICE_TOKENS"));
  });
});

it("takes no holders' key that is private, of another kind, or none", () => {
  const pem = (key: ReturnType<typeof generateKeyPairSync>["publicKey"]) =>
    key.export({ type: "spki", format: "pem" }).toString();
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  expect(parseHolderKey(pem(publicKey), "k").asymmetricKeyType).toBe("ed25519");
  const secret = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  for (const text of [secret, pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey), "x"]) {
    expect(() => parseHolderKey(text, "k")).toThrow(code("SERVICE_TOKENS"));
  }
});

describe("a server", () => {
  const tokens = { format: "marginproof/tokens/1", tokens: [] } as const;
  const options = { tokens: { ...tokens, tokens: [] }, maxUpload: 1000, ratePerMinute: 2, version: "0" };
  /** A service whose database is away. */
  const away = { database: { query: () => Promise.reject(new Error("away")) }, log } as unknown as Service;

  it("slows down who asks too often, and says so, but for its health", async () => {
    const app = await httpServer(away, options);
    const status = async (url: string) => (await app.inject({ url })).statusCode;
    expect([await status("/openapi.json"), await status("/openapi.json")]).toEqual([200, 200]);
    const third = await app.inject({ url: "/openapi.json" });
    expect(third.statusCode).toBe(429);
    expect(third.json()).toMatchObject({ code: "SERVICE_RATE" });
    expect(third.headers["retry-after"]).toMatch(/^\d+$/);
    expect([await status("/health"), await status("/health")]).toEqual([200, 200]);
    await app.close();
  });

  it.each([
    ["a token that is none", "/v1/epochs", 401],
    ["a path that is none", "/nowhere", 404],
  ])("slows down who tries %s", async (_, url, status) => {
    const app = await httpServer(away, options);
    const tried: number[] = [];
    for (let at = 0; at < 3; at++) {
      const answer = await app.inject({ url, headers: { authorization: `Bearer mp-operator-${at}` } });
      tried.push(answer.statusCode);
    }
    expect(tried).toEqual([status, status, 429]);
    await app.close();
  });

  it("is alive and not ready while its database is away, and keeps the database's words to itself", async () => {
    const app = await httpServer(away, options);
    expect((await app.inject({ url: "/health" })).statusCode).toBe(200);
    const answer = await app.inject({ url: "/ready" });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ code: "SERVICE_NOT_READY" });
    const unknown = await app.inject({ url: "/v1/published" });
    expect(unknown.statusCode).toBe(500);
    expect(unknown.json()).toMatchObject({ code: "UNEXPECTED" });
    expect(unknown.body).not.toContain("away");
    await app.close();
  });

  it("starts nothing when one of its settings is wrong", async () => {
    const opened = serve(
      {
        data: fresh(),
        keysDir: TEST_KEYS,
        host: "127.0.0.1",
        port: 0,
        tokensFile: fresh(),
        workers: 0,
        maxUpload: 1,
        ratePerMinute: 1,
        version: "0",
      },
      log,
    );
    await expect(opened).rejects.toEqual(code("SERVICE_TOKENS"));
  });
});
