import { describe, expect, test } from "vitest";
import { MarginproofError } from "../../../src/errors.js";
import { compileTable, secretRatesDigest } from "../../../src/market/index.js";
import { shortList } from "../../../src/protocol/shortList.js";
import { ZERO_TOTALS } from "../../../src/protocol/state.js";
import type { Statement } from "../../../src/protocol/statement.js";
import { checkAnchor } from "../../../src/verifier/checks/anchor.js";
import { establish } from "../../../src/verifier/checks/established.js";
import { checkSecretRates, hasSecretOptions } from "../../../src/verifier/checks/secretRates.js";
import { checkSolvency, laneTotals, solvencyOf } from "../../../src/verifier/checks/solvency.js";
import { keysTitle, usedKeys } from "../../../src/verifier/checks/trustedKeys.js";
import type { VerifyOptions } from "../../../src/verifier/options.js";
import { type PinnedKey, parsePinnedKeys, pinnedKeysToJson } from "../../../src/verifier/pins.js";
import { unpricedList } from "../../../src/verifier/signedLines.js";
import { parseDigest } from "../../../src/verifier/trust.js";
import { CheckList } from "../../../src/verifier/verdict.js";
import { tinyMarket, tinyTable } from "../../support/tinyMarket.js";
import { parsedVariants } from "../../support/variantMarket.js";

const code = (name: string) => expect.objectContaining({ code: name });

describe("a list of checks", () => {
  test("all of a kind have passed when there are some, none failed and none was skipped", () => {
    const list = new CheckList();
    expect(list.all("solvency")).toBe(false);
    list.add("solvency", "a", "A", true, "");
    expect(list.all("solvency")).toBe(true);
    expect(list.all("proof")).toBe(false);
    list.add("proof", "b", "B", false, "");
    expect(list.all("solvency")).toBe(true);
    list.skip("solvency", "c", "C", "why");
    expect(list.all("solvency")).toBe(false);
    expect(list.checks.map(({ id, status, detail }) => [id, status, detail])).toEqual([
      ["a", "pass", ""],
      ["b", "fail", ""],
      ["c", "skipped", "why"],
    ]);
  });

  test("books a check that passes with its figures, one that fails with its code", () => {
    const list = new CheckList();
    const title = { id: "x", title: "X" };
    expect(establish(list, title, () => ({ value: 7, detail: "seven" }))).toEqual({
      value: 7,
      detail: "seven",
    });
    const refuse = (error: Error) =>
      establish(list, title, () => {
        throw error;
      });
    expect(refuse(new MarginproofError("CODE", "a".repeat(2000), { kind: "invalid" }))).toBeUndefined();
    expect(refuse(new RangeError("off"))).toBeUndefined();
    expect(list.checks.map(({ status, detail }) => [status, detail])).toEqual([
      ["pass", "seven"],
      ["fail", `CODE: ${"a".repeat(1000)}`],
      ["fail", "OUT_OF_RANGE: off"],
    ]);
  });

  test("books a price policy's fault in the bundle, and throws one in the verifier's own", () => {
    const list = new CheckList();
    const refuse = (kind: "invalid" | "usage") =>
      establish(list, { id: "x", title: "X" }, () => {
        throw new MarginproofError("PRICES_POLICY", "no signers", { kind });
      });
    expect(refuse("invalid")).toBeUndefined();
    expect(list.checks.map(({ status, detail }) => [status, detail])).toEqual([
      ["fail", "PRICES_POLICY: no signers"],
    ]);
    expect(() => refuse("usage")).toThrow("no signers");
    expect(list.checks).toHaveLength(1);
  });

  test("hides no fault of the program itself", () => {
    const broken = () => {
      throw new TypeError("ours");
    };
    expect(() => establish(new CheckList(), { id: "x", title: "X" }, broken)).toThrow(TypeError);
  });

  test("names five of many", () => {
    const names = ["a", "b", "c", "d", "e"];
    expect(shortList(names)).toBe("a, b, c, d, e");
    expect(shortList([...names, "f", "g"])).toBe("a, b, c, d, e and 2 more");
    expect(unpricedList(names)).toBe("a, b, c, d, e");
    expect(unpricedList([...names, "f"])).toBe(
      "a, b, c, d, e and 1 more (--json lists them all as unpriced)",
    );
  });
});

describe("keys of one's own", () => {
  const bytes = (n: number) => new Uint8Array(32).fill(n);
  const hex = (n: number) => `0x${n.toString(16).padStart(2, "0").repeat(32)}`;
  const pin = (rows: number, development = false): PinnedKey => ({
    id: `table-r${rows}`,
    template: "table",
    rows,
    keyDigest: hex(rows),
    development,
  });
  const uses = {
    batches: [{ shape: "", keyDigest: bytes(1) }],
    tableSteps: [{ shape: "", keyDigest: bytes(2) }],
  } as unknown as Statement;

  test("a development key is one wherever it is used, and only where it is used", () => {
    expect(usedKeys(uses, [pin(1), pin(2)])).toEqual({ development: false, listed: true });
    expect(usedKeys(uses, [pin(1, true), pin(2)])).toEqual({ development: true, listed: true });
    expect(usedKeys(uses, [pin(1), pin(2, true)])).toEqual({ development: true, listed: true });
    expect(usedKeys(uses, [pin(1), pin(2), pin(3, true)])).toEqual({ development: false, listed: true });
  });

  test("what the package knows is on nobody's list", () => {
    const known = { ...pin(2, true), ofPackage: true as const };
    expect(usedKeys(uses, [pin(1), known])).toEqual({ development: true, listed: false });
    expect(usedKeys(uses, [pin(1), known, pin(2)])).toEqual({ development: true, listed: true });
    expect(usedKeys(uses, [pin(1)])).toEqual({ development: false, listed: false });
    expect(usedKeys(uses, [pin(2)])).toEqual({ development: false, listed: false });
  });

  test("keys that were let through are not called trusted", () => {
    const listed = "every verifying key is on your own list of trusted keys";
    expect(keysTitle({ development: false, listed: true }, false)).toBe(listed);
    expect(keysTitle({ development: false, listed: true }, true)).toBe(listed);
    // Refused as development keys: the title names what was asked.
    expect(keysTitle({ development: true, listed: true }, false)).toBe(listed);
    expect(keysTitle({ development: true, listed: true }, true)).toContain(
      "public development keys: anybody",
    );
    expect(keysTitle({ development: true, listed: false }, true)).toContain("NOT on any list of yours");
  });

  const file = (...keys: PinnedKey[]): object => ({ format: "marginproof/keys/1", keys });

  test("are read as they were written", () => {
    const keys = [pin(1), pin(2, true)];
    expect(parsePinnedKeys(pinnedKeysToJson(keys))).toEqual(keys);
  });

  test.each<[string, unknown]>([
    ["another format", { ...file(pin(1)), format: "marginproof/keys/2" }],
    ["a further field", { ...file(pin(1)), more: 1 }],
    ["a further field of a key", file({ ...pin(1), ofPackage: true })],
    ["a shape twice", file(pin(1), { ...pin(1), keyDigest: hex(2) })],
    ["a digest twice", file(pin(1), { ...pin(2), keyDigest: hex(1) })],
    ["another shape's name", file(pin(2), { ...pin(3), rows: 4 } as PinnedKey)],
    ["10,001 keys", file(...Array.from({ length: 10_001 }, () => pin(1)))],
    ["no word on development", file({ ...pin(1), development: undefined as unknown as boolean })],
    ["a digest of 31 bytes", file({ ...pin(1), keyDigest: hex(1).slice(0, -2) })],
  ])("are refused: %s", (_, json) => {
    expect(() => parsePinnedKeys(json)).toThrow(code("KEYS_FILE_INVALID"));
  });

  test("are 10,000 at most", () => {
    const many = Array.from({ length: 10_001 }, (_, n) => ({
      ...pin(n + 1),
      keyDigest: `0x${n.toString(16).padStart(64, "0")}`,
    }));
    expect(parsePinnedKeys(file(...many.slice(1)))).toHaveLength(10_000);
    expect(() => parsePinnedKeys(file(...many))).toThrow(code("KEYS_FILE_INVALID"));
  });

  test("a digest is read in either letter case, whole", () => {
    expect(parseDigest(hex(0xab).toUpperCase().replace("X", "x"))).toBe(hex(0xab));
    for (const bad of ["", hex(1).slice(2), `${hex(1)}0`, ` ${hex(1)}`, hex(1).slice(0, -1)])
      expect(() => parseDigest(bad), bad).toThrow(code("DIGEST_INVALID"));
  });
});

test("an anchor is the digest itself", () => {
  expect(checkAnchor("0xab", "0xab")).toEqual({ value: "0xab", detail: "0xab" });
  expect(() => checkAnchor("0xab", "0xac")).toThrow(code("ANCHOR_MISMATCH"));
});

describe("secret rates", () => {
  const check = (options: Partial<VerifyOptions>) => checkSecretRates(tinyMarket, options as VerifyOptions);

  test("are what the verifier expects, or the check says that nobody compared them", () => {
    expect(check({}).detail).toContain("not checked against a pinned value");
    expect(check({ ownMarketText: "" }).detail).toContain("that of your own file");
    expect(check({ expectedRules: "none" }).detail).toContain("as you expect");
    expect(check({ expectedRules: "none", ownMarketText: "" }).detail).toContain("as you expect");
    expect(() => check({ expectedRules: "0xab" })).toThrow(code("RULES_COMMITMENT"));
    const commitments = [`0x${"1".repeat(64)}`];
    const secret = { ...tinyMarket, privateRules: { rowsPerStep: 16, commitments } };
    const commitment = secretRatesDigest(secret)!;
    expect(commitment).toMatch(/^0x[0-9a-f]{64}$/);
    expect(checkSecretRates(secret, { expectedRules: commitment }).value).toBe(commitment);
    expect(() => checkSecretRates(secret, { expectedRules: "none" })).toThrow(code("RULES_COMMITMENT"));
  });

  test("apply to a notional price only where an option has some", () => {
    const [asset] = tinyMarket.instruments;
    const market = (...instruments: object[]) => ({ ...tinyMarket, instruments }) as typeof tinyMarket;
    const privateBrackets = ["0"];
    expect(hasSecretOptions(tinyMarket)).toBe(false);
    expect(hasSecretOptions(market(asset!, { ...asset, kind: "perpetual", privateBrackets }))).toBe(false);
    expect(hasSecretOptions(market(asset!, { ...asset, kind: "option", privateBrackets }))).toBe(true);
  });
});

describe("what a statement says of the book", () => {
  const quantities = tinyTable.instruments.map((_, i) => ({ long: BigInt(10 + i), short: BigInt(20 + i) }));
  const statement = {
    quantities,
    totals: { ...ZERO_TOTALS, badDebt: 0n, stressBadDebt: [0n, 0n, 9n, 9n] },
  } as unknown as Statement;

  test("each lane has its own instrument's side", () => {
    const totals = laneTotals(tinyTable, statement);
    tinyTable.instruments.forEach(({ longLane, shortLane }, i) => {
      expect([totals[longLane], totals[shortLane]]).toEqual([quantities[i]!.long, quantities[i]!.short]);
    });
    const named = tinyTable.instruments.flatMap(({ longLane, shortLane }) => [longLane, shortLane]);
    expect(totals.filter((_, lane) => !named.includes(lane))).toEqual(
      Array(totals.length - named.length).fill(0n),
    );
  });

  test("of hedge mode, how many instruments have open interest on the wrong side, by name", () => {
    const market = parsedVariants("hedge");
    const table = compileTable(market);
    const wrong = new Set(["ETH-PERP.L.1x"]);
    const held = table.instruments.map(({ symbol }) => ({ long: 0n, short: wrong.has(symbol) ? 3n : 0n }));
    const own = { ...statement, quantities: held, totals: { ...statement.totals, stressBadDebt: [] } };
    const detailOf = (given: Statement, id: string) => {
      const list = new CheckList();
      checkSolvency(list, given, market, table);
      return list.checks.find((check) => check.id === id);
    };
    const check = detailOf(own as unknown as Statement, "position-side:hedge mode");
    expect(check).toMatchObject({ kind: "solvency", status: "fail" });
    expect(check?.detail).toMatch(/^1 of the wrong side: .*ETH-PERP\.L\.1x/);
    const interest = detailOf(own as unknown as Statement, "open-interest:ETH-PERP");
    expect(interest?.detail).toMatch(/^long 0, short 0\.03/);
  });

  test("each stress scenario of the market is judged, and the circuit's spare places are not", () => {
    const names = solvencyOf(tinyMarket, tinyTable, statement).map(({ name, subject }) => [name, subject]);
    expect(names.filter(([name]) => name === "stress-insurance").map(([, subject]) => subject)).toEqual(
      tinyTable.stressNames,
    );
    expect(names.filter(([name]) => name === "insurance")).toHaveLength(1);
    expect(names.filter(([name]) => name === "open-interest").map(([, subject]) => subject)).toContain(
      "BTC-PERP",
    );
    expect(names.filter(([name]) => name === "reserves").map(([, subject]) => subject)).toEqual([
      "USDT",
      "BTC",
    ]);
  });
});
