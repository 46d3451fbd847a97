import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, it } from "vitest";
import { httpServer } from "../../src/service/http/server.js";
import type { Service } from "../../src/service/open.js";

it("describes itself in a document that a linter has nothing to say against", async () => {
  const log = { info() {}, warn() {} };
  const away = { database: { query: () => Promise.reject(new Error("away")) }, log } as unknown as Service;
  const tokens = { format: "marginproof/tokens/1" as const, tokens: [] };
  const app = await httpServer(away, { tokens, maxUpload: 1000, ratePerMinute: 1000, version: "0" });
  const source = (await app.inject({ url: "/openapi.json" })).body;
  await app.close();
  const config = await createConfig({ extends: ["recommended"] });
  const found = await lintFromString({ source, absoluteRef: "openapi.json", config });
  expect(
    found.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`),
  ).toEqual([]);
});
