import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { PricePolicyJson } from "../../src/prices/index.js";
import type { PinnedKey } from "../../src/verifier/pins.js";
import { type VerifyBundleOptions, verifyBundle } from "../../src/verifier/verifyBundle.js";
import { exampleOfPrices, tinyEpochPaths, tinyPins } from "../support/tinyBundle.js";

/** A published bundle as its files' texts, and the keys of the test run. */
const file = (name: string, epoch: "covered" | "signed" = "covered"): string =>
  readFileSync(join(tinyEpochPaths(epoch).bundle, name), "utf8");
let texts: Parameters<typeof verifyBundle>[0];
let pins: readonly PinnedKey[];
beforeAll(async () => {
  texts = {
    statement: file("statement.json"),
    market: file("market.json"),
    steps: file("steps.ndjson"),
    verifyingKeys: file("verifying-keys.json"),
  };
  pins = await tinyPins();
});
const verify = (options: Partial<VerifyBundleOptions> = {}, changed: Partial<typeof texts> = {}) =>
  verifyBundle({ ...texts, ...changed }, { pins, allowDevKeys: true, ...options });
const code = (name: string) => expect.objectContaining({ code: name });

describe("a bundle given as texts", () => {
  test("is verified, and held to an anchor in either letter case", () => {
    const honest = verify();
    expect(honest.verdict.valid).toBe(true);
    expect(honest.pins).toBe(pins);
    const { statementDigest, assets, judgedBy } = honest.verdict;
    expect(assets?.map(({ asset }) => asset)).toEqual(["USDT", "BTC"]);
    expect(judgedBy).toMatchObject({ quote: "USDT", initialFactor: "1.3", prices: null });
    const anchored = verify({ expectedDigest: `0x${statementDigest!.slice(2).toUpperCase()}` });
    expect(anchored.verdict.checks.find(({ id }) => id === "anchor")?.status).toBe("pass");
    const other = verify({ expectedDigest: `0x${"0".repeat(64)}` });
    expect(other.verdict.proved).toBe(false);
    expect(other.verdict.checks.find(({ id }) => id === "anchor")?.status).toBe("fail");
    expect(honest.verdict.checks.some(({ id }) => id === "anchor")).toBe(false);
    // Nothing is said of the book, good or bad, of a statement that is not proved.
    expect(other.verdict.assets ?? other.verdict.judgedBy).toBeUndefined();
    expect(
      other.verdict.checks.filter(({ kind }) => kind === "solvency").map(({ status }) => status),
    ).toEqual(["skipped"]);
    expect(other.verdict).toMatchObject({ valid: false, solvent: false, developmentKeys: true });
    expect(honest.verdict.checks.some(({ status }) => status === "skipped")).toBe(false);
  });

  test("with signed prices says whose list their signers are on, and what none of them prices", () => {
    const [statement, market, evidence, steps, verifyingKeys] = [
      "statement.json",
      "market.json",
      "price-evidence.json",
      "steps.ndjson",
      "verifying-keys.json",
    ].map((name) => file(name, "signed")) as [string, string, string, string, string];
    const signed = { statement, market, evidence, steps, verifyingKeys };
    const unpriced = ["BTC-25DEC26-64000-P"];
    const attested = verify({}, signed);
    expect(attested.verdict).toMatchObject({ proved: true, prices: "attested", unpriced });
    expect(attested.verdict.judgedBy?.prices).toEqual({
      ...{ quorum: 2, maxAgeSeconds: expect.any(Number), pinned: false, unpriced: 1 },
    });
    const pricePolicy = JSON.parse(exampleOfPrices("policy.json")) as PricePolicyJson;
    // The prices are looked at before any proof.
    const pinned = verify({ pricePolicy }, { ...signed, steps: "" });
    expect(pinned.prices).toEqual(attested.prices);
    expect(pinned.verdict).toMatchObject({ proved: false, prices: "pinned", unpriced });
    expect(verify({ pricePolicy }, { steps: "" }).verdict.checks.at(-2)).toMatchObject({
      id: "prices",
      status: "fail",
    });
  });

  test("that can't be read is not proved, and nothing is looked at", () => {
    const { verdict, ...rest } = verify({}, { statement: "{" });
    expect(rest).toEqual({ pins });
    expect(verdict).toMatchObject({ valid: false, proved: false, solvent: false, prices: "stated" });
    expect(verdict.developmentKeys).toBe(false);
    expect(verdict.notProved.length).toBeGreaterThan(5);
    expect(verdict.checks.map(({ id, kind, status }) => [id, kind, status])).toEqual([
      ["files", "proof", "fail"],
      ["solvency", "solvency", "skipped"],
    ]);
    expect(verdict.checks[0]!.detail).toMatch(/^JSON_\w+: statement\.json/);
  });

  test("a mistake in what the reader brings is theirs, whatever the bundle is", () => {
    for (const statement of [texts.statement, "{"]) {
      expect(() => verify({ expectedDigest: "0x12" }, { statement })).toThrow(code("DIGEST_INVALID"));
      expect(() => verify({ ownMarketText: "{}" }, { statement })).toThrow(code("MARKET_SCHEMA"));
    }
    const same = verify({ ownMarketText: texts.market }, { steps: "" });
    expect(same.verdict.checks.find(({ id }) => id === "market")?.detail).toContain("your own market file");
  });

  test("a fault of the program is not taken for one of the bundle", () => {
    const broken = undefined as unknown as string;
    expect(() => verify({}, { statement: broken })).toThrow(TypeError);
  });
});
