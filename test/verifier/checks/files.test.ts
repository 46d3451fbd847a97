import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hexToBytes } from "../../../src/field/encoding.js";
import { PACKAGE_ROOT } from "../../../src/files/packageRoot.js";
import { canonicalMarketDigest, parseMarket } from "../../../src/market/index.js";
import { type PricePolicyJson, parsePolicy } from "../../../src/prices/index.js";
import { ZERO_TOTALS } from "../../../src/protocol/state.js";
import type { Statement } from "../../../src/protocol/statement.js";
import { buildSignedMarket } from "../../../src/rules/index.js";
import { checkMarketFile } from "../../../src/verifier/checks/marketFile.js";
import { checkPrices, pricesTitle } from "../../../src/verifier/checks/prices.js";
import { checkRiskTable } from "../../../src/verifier/checks/riskTable.js";
import { checkSolvency } from "../../../src/verifier/checks/solvency.js";
import { CheckList } from "../../../src/verifier/verdict.js";
import { TINY_MARKET, tinyMarket, tinyTable } from "../../support/tinyMarket.js";

const STATEMENT = {
  exchange: tinyMarket.exchange,
  epoch: tinyMarket.epoch,
  time: tinyMarket.time,
  marketDigest: canonicalMarketDigest(tinyMarket),
  tableDigest: tinyTable.digest,
  instruments: tinyTable.instruments.map(({ symbol }) => symbol),
  quantities: tinyTable.instruments.map(() => ({ long: 0n, short: 0n })),
  totals: ZERO_TOTALS,
} as unknown as Statement;
const code = (name: string, message = "") =>
  expect.objectContaining({ code: name, message: expect.stringContaining(message) });

describe("the market file", () => {
  const TEXT = JSON.stringify(TINY_MARKET);
  const check = (statement: Partial<Statement> = {}, own?: string, text = TEXT) =>
    checkMarketFile(text, { ...STATEMENT, ...statement }, own);
  const digest = /^digest 0x[0-9a-f]{64}/;

  test("is the one that the statement names, however it is written", () => {
    expect(check().value).toEqual(tinyMarket);
    expect(check().detail).toMatch(/^digest 0x[0-9a-f]{64}$/);
    expect(check({}, undefined, JSON.stringify(TINY_MARKET, null, 2)).value).toEqual(tinyMarket);
  });

  test("is compared with the verifier's own, which may be written otherwise", () => {
    const { detail } = check({}, JSON.stringify(TINY_MARKET, null, 2));
    expect(detail).toMatch(digest);
    expect(detail).toContain("equal to your own market file");
    const own = JSON.stringify({ ...TINY_MARKET, insuranceFund: { USDT: "99999" } });
    expect(() => check({}, own)).toThrow(code("MARKET_DIFFERS", "insuranceFund"));
  });

  test.each(["exchange", "epoch", "time"] as const)("names the statement's %s", (name) => {
    expect(() => check({ [name]: "other" })).toThrow(code("MARKET_NAMES", `${name} is `));
  });

  test("was not changed after the statement", () => {
    const marketDigest = new Uint8Array(32).fill(9);
    expect(() => check({ marketDigest })).toThrow(code("MARKET_DIGEST"));
  });
});

describe("the risk table", () => {
  const check = (statement: Partial<Statement> = {}) =>
    checkRiskTable(tinyMarket, { ...STATEMENT, ...statement });
  const { instruments } = STATEMENT;

  test("is compiled from the market file", () => {
    expect(check().value).toEqual(tinyTable);
    expect(check().detail).toBe(`${tinyTable.rows.length} rows for 5 instruments`);
  });

  test("has the statement's digest", () => {
    expect(() => check({ tableDigest: hexToBytes("00".repeat(32)) })).toThrow(code("TABLE_DIGEST"));
  });

  test.each<[string, readonly string[], string]>([
    ["names another first", ["BTC", ...instruments.slice(1)], "quantities[0] is of BTC"],
    ["names another last", [...instruments.slice(0, -1), "X"], "quantities[4] is of X"],
    ["leaves one out", instruments.slice(0, -1), "quantities[4] is of nothing"],
    ["has one more", [...instruments, "X"], "the market's instrument there is none"],
    [
      "has two in another order",
      [...instruments.slice(0, 3), instruments[4]!, instruments[3]!],
      "quantities[3]",
    ],
    ["has none", [], "quantities[0] is of nothing"],
  ])("a statement that %s", (_, listed, message) => {
    expect(() => check({ instruments: listed })).toThrow(code("TABLE_INSTRUMENTS", message));
  });
});

describe("what the book's checks say", () => {
  const booked = (quantities: Statement["quantities"]) => {
    const list = new CheckList();
    const covered = checkSolvency(list, { ...STATEMENT, quantities }, tinyMarket, tinyTable);
    return { covered, checks: new Map(list.checks.map((check) => [check.id, check])) };
  };
  const held = (symbol: string, long: bigint, short: bigint) =>
    tinyTable.instruments.map((each) => (each.symbol === symbol ? { long, short } : { long: 0n, short: 0n }));

  test("of nobody's book: covered, and each scenario is called a scenario", () => {
    const { covered, checks } = booked(STATEMENT.quantities);
    expect(covered).toBe(true);
    expect([...checks.values()].every(({ status, kind }) => status === "pass" && kind === "solvency")).toBe(
      true,
    );
    expect(checks.get("stress-insurance:BTC -30%")?.title).toMatch(/^under stress "BTC -30%": /);
    expect(checks.get("reserves:BTC")?.title).toMatch(/^BTC: /);
    expect(checks.get("reserves:BTC")?.detail).toContain(" against ");
    expect(checks.get("reserves:BTC")?.detail).toContain(": held by customers 0, owed by customers 0, ");
    expect(checks.get("open-interest:BTC-PERP")?.detail).toMatch(/^long 0, short 0/);
    for (const { detail } of checks.values()) expect(detail).not.toMatch(/: ?$/);
  });

  test("of open interest that differs, and of more owed than reserved", () => {
    const uneven = booked(held("BTC-PERP", 2n, 1n));
    expect(uneven.covered).toBe(false);
    expect(uneven.checks.get("open-interest:BTC-PERP")).toMatchObject({
      status: "fail",
      detail: expect.stringMatching(/^long 0\.002, short 0\.001/),
    });
    const owed = booked(held("BTC", 10_000_001n, 0n));
    expect(owed.covered).toBe(false);
    const reserves = owed.checks.get("reserves:BTC");
    expect(reserves?.status).toBe("fail");
    expect(reserves?.detail).toMatch(/^100\.00001 exceeds 100/);
    expect(booked(held("BTC", 10_000_000n, 0n)).checks.get("reserves:BTC")?.status).toBe("pass");
  });
});

describe("the prices", () => {
  const example = (name: string): string =>
    readFileSync(join(PACKAGE_ROOT, "examples", "prices", name), "utf8");
  const json = JSON.parse(example("policy.json")) as PricePolicyJson;
  const files = ["alpha", "beta", "gamma"].map((name) => JSON.parse(example(`${name}.json`)) as unknown);
  const { market, evidence } = buildSignedMarket(example("rules.yaml"), { files, policy: json });

  test("are attested by signers whose addresses are shown, as long as no list of the verifier's own names them", () => {
    const address = json.signers[0]!.address;
    const { detail } = checkPrices(parseMarket(market), evidence.text, undefined);
    expect(detail).toContain(`"${json.signers[0]!.name}" (${address})`);
    expect(pricesTitle(undefined)).toContain("the signers that the bundle itself names");
    const pinned = checkPrices(parseMarket(market), evidence.text, parsePolicy(json)).detail;
    expect(pinned).toContain(`"${json.signers[0]!.name}"`);
    expect(pinned).not.toContain(address);
    expect(pricesTitle(parsePolicy(json))).toContain("your own price policy");
  });

  test("say how many there are, of how many signers at least, and which options have none", () => {
    const { detail, value } = checkPrices(parseMarket(market), evidence.text, undefined);
    expect(detail).toContain(
      `${value.medians.length} prices, each the median of at least ${json.quorum} of `,
    );
    expect(value.modelled).toEqual(["BTC-25DEC26-64000-P"]);
    expect(detail).toContain("; no signer prices BTC-25DEC26-64000-P");
  });

  test("are not said to lack any where a signer prices each", () => {
    const all = { ...market, instruments: market.instruments.filter(({ symbol }) => !symbol.endsWith("-P")) };
    expect(all.instruments.length).toBe(market.instruments.length - 1);
    const { detail, value } = checkPrices(parseMarket(all), evidence.text, undefined);
    expect(value.modelled).toEqual([]);
    expect(detail).not.toContain("no signer");
  });

  test("do not stand without the evidence that the market file names", () => {
    expect(() => checkPrices(parseMarket(market), undefined, undefined)).toThrow(/evidence/);
    expect(() => checkPrices(parseMarket(market), `${evidence.text} `, undefined)).toThrow();
  });
});
