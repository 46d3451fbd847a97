import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { toFieldHex } from "../../src/field/encoding.js";
import { poseidon } from "../../src/field/poseidon/poseidon.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { type MarketJson, parseMarket, secretRatesDigest } from "../../src/market/index.js";
import type { PricePolicyJson } from "../../src/prices/index.js";
import { buildSignedMarket } from "../../src/rules/index.js";
import type { BundleParts } from "../../src/verifier/bundle.js";
import type { VerifyOptions } from "../../src/verifier/options.js";
import type { PinnedKey } from "../../src/verifier/pins.js";
import type { Verdict } from "../../src/verifier/verdict.js";
import { verifyEpoch } from "../../src/verifier/verifyEpoch.js";
import { verifySteps } from "../../src/verifier/verifySteps.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { forgedEpoch } from "./forgedEpoch.js";

const PREVIOUS = `0x${"ab".repeat(32)}`;
const MARKET: MarketJson = { ...TINY_MARKET, previousStatement: PREVIOUS };
const forged = forgedEpoch(MARKET);

function verify(options: Partial<VerifyOptions> = {}, parts: Partial<BundleParts> = {}, epoch = forged) {
  return verifyEpoch({ ...epoch.bundle, ...parts }, { hasher: poseidon, pins: epoch.pins, ...options });
}
const ids = ({ checks }: Verdict, status: string): string[] =>
  checks.filter((check) => check.status === status && check.kind === "proof").map(({ id }) => id);
const BEFORE_PROOFS = ["statement", "market", "table", "keys", "coverage", "chain"];

/** The market with the rates of its perpetual and of its option, or of one of them, secret. */
function secretMarket(...symbols: readonly string[]): MarketJson {
  const instruments = TINY_MARKET.instruments.map((i) => {
    const { maintenance: _, initial: __, ...rest } = i;
    return symbols.includes(i.symbol) ? { ...rest, privateBrackets: ["0"] } : i;
  });
  const commitments = [toFieldHex(7n)];
  return { ...TINY_MARKET, instruments, privateRules: { rowsPerStep: 16, commitments } };
}

describe("an epoch whose every check passes", () => {
  const { verdict, ...read } = verify();

  test("is valid, and says what it was judged by and where it follows another", () => {
    expect(ids(verdict, "pass")).toEqual([...BEFORE_PROOFS, "proofs", "sums"]);
    expect(verdict.checks.every(({ status }) => status === "pass")).toBe(true);
    expect(verdict).toMatchObject({ valid: true, proved: true, solvent: true, developmentKeys: false });
    expect(verdict).toMatchObject({ prices: "stated", previousStatement: PREVIOUS });
    expect(verdict.statementDigest).toMatch(/^0x[0-9a-f]{64}$/);
    expect(verdict.epochRoot).toMatch(/^0x[0-9a-f]{64}$/);
    expect(verdict.assets?.map(({ asset }) => asset)).toEqual(["USDT", "BTC"]);
    expect(verdict.judgedBy).toMatchObject({ quote: "USDT", prices: null });
    expect(verdict).not.toHaveProperty("rules");
    expect(verdict).not.toHaveProperty("unpriced");
    expect(verdict.notProved.join("\n")).not.toContain("no stress scenario");
    expect(Object.keys(read).sort()).toEqual(["market", "statement", "table"]);
    expect(read.statement).toEqual(forged.statement);
  });

  test("is held to the anchor that the verifier brings", () => {
    const expectedDigest = verdict.statementDigest!;
    const anchored = verify({ expectedDigest }).verdict;
    expect(ids(anchored, "pass")).toEqual([...BEFORE_PROOFS, "anchor", "proofs", "sums"]);
    const other = verify({ expectedDigest: PREVIOUS }).verdict;
    expect(ids(other, "fail")).toEqual(["anchor"]);
    expect(ids(other, "pass")).toEqual(BEFORE_PROOFS);
    expect(other).toMatchObject({ statementDigest: expectedDigest, epochRoot: verdict.epochRoot });
  });

  test("names no epoch before it where its market file names none", () => {
    const first = verify({}, {}, forgedEpoch(TINY_MARKET)).verdict;
    expect(first.valid).toBe(true);
    expect(first).not.toHaveProperty("previousStatement");
  });

  test("reports each proof as it goes", () => {
    const seen: number[][] = [];
    verify({ onProgress: (done, total) => seen.push([done, total]) });
    expect(seen).toEqual([[2, 2]]);
  });
});

describe("a statement that is proved", () => {
  const perpetual = TINY_MARKET.instruments.findIndex(({ symbol }) => symbol === "BTC-PERP");
  const held = forged.statement.quantities.map((q, i) => (i === perpetual ? { ...q, long: 2n } : q));
  const { totals } = forged.statement;

  test("of an uncovered book is proved and not solvent", () => {
    const price = 600_005n * 10n ** 6n;
    const epoch = forgedEpoch(MARKET, {
      quantities: held,
      totals: { ...totals, positiveEquity: 2n * price },
    });
    const { verdict } = verify({}, {}, epoch);
    expect(ids(verdict, "fail")).toEqual([]);
    expect(verdict).toMatchObject({
      valid: false,
      proved: true,
      solvent: false,
      previousStatement: PREVIOUS,
    });
    const failed = verdict.checks.filter(({ status }) => status === "fail").map(({ id }) => id);
    expect(failed).toEqual(["open-interest:BTC-PERP"]);
    expect(verdict.judgedBy).toBeDefined();
  });

  test("and whose sums contradict each other is not believed", () => {
    const { verdict } = verify({}, {}, forgedEpoch(MARKET, { quantities: held }));
    expect(ids(verdict, "fail")).toEqual(["sums"]);
    expect(verdict).toMatchObject({ valid: false, proved: false, solvent: false });
    expect(verdict).not.toHaveProperty("judgedBy");
  });
});

describe("after the first check that fails nothing more is looked at or believed", () => {
  const [step, last] = forged.bundle.steps as { stateOut: string; proof: object }[];
  const keys = forged.bundle.verifyingKeys as Record<string, object>;
  const statement = forged.bundle.statement as object;
  const development = forged.pins.map((pin) => ({ ...pin, development: true }));

  test.each<[string, string, Partial<BundleParts>, Partial<VerifyOptions>, string[]]>([
    ["no statement", "statement", { statement: {} }, {}, []],
    ["another market", "market", { marketText: JSON.stringify(TINY_MARKET) }, {}, ["statement"]],
    ["evidence that no market file names", "prices", { evidenceText: "{}" }, {}, ["statement", "market"]],
    ["another table", "table", { statement: { ...statement, tableDigest: PREVIOUS } }, {}, ["market"]],
    ["other secret rates than expected", "rules", {}, { expectedRules: PREVIOUS }, ["market", "table"]],
    ["a key of nobody's", "keys", {}, { pins: forged.pins.slice(1) }, ["market", "table"]],
    ["a development key", "keys", {}, { pins: development }, ["market", "table"]],
    ["a key that is missing", "keys", { verifyingKeys: {} }, {}, ["market", "table"]],
    ["a step too few", "coverage", { steps: [step] }, {}, ["market", "table"]],
    ["steps in another order", "chain", { steps: [last, step] }, {}, ["market", "table"]],
    ["a false proof", "proofs", { steps: [step, { ...last, proof: step!.proof }] }, {}, ["market", "table"]],
  ])("%s", (_, id, parts, options, read) => {
    expect(Object.keys(keys)).toHaveLength(2);
    const { verdict, ...found } = verify(options, parts);
    expect(ids(verdict, "fail")).toEqual([id]);
    expect(verdict.checks.at(-2)).toMatchObject({ id, status: "fail" });
    expect(verdict.checks.at(-1)).toMatchObject({ id: "solvency", kind: "solvency", status: "skipped" });
    expect(verdict.checks.filter(({ status }) => status === "pass")).toHaveLength(verdict.checks.length - 2);
    expect(verdict).toMatchObject({ valid: false, proved: false, solvent: false });
    expect(verdict.developmentKeys).toBe(options.pins === development);
    for (const name of ["assets", "judgedBy", "previousStatement"]) expect(verdict).not.toHaveProperty(name);
    expect("statementDigest" in verdict).toBe(id === "proofs");
    expect("epochRoot" in verdict).toBe(id === "proofs");
    // A market of two scenarios is not called one without stress, and one that was not read neither.
    expect(verdict.notProved.join("\n")).not.toContain("no stress scenario");
    expect(Object.keys(found)).toEqual(expect.arrayContaining(read));
    const known = "the signed prices are those of the market file";
    if (id === "prices") expect(verdict.checks.at(-2)?.title).not.toBe(known);
    expect("market" in found).toBe(!["statement", "market"].includes(id));
    expect("table" in found).toBe(!["statement", "market", "prices", "table"].includes(id));
  });

  test("development keys that were let through are named as such", () => {
    const { verdict } = verify({ pins: development, allowDevKeys: true }, { steps: [] });
    const title = verdict.checks.find(({ id }) => id === "keys")?.title;
    expect(title).toContain("public development keys");
    expect(verdict.developmentKeys).toBe(true);
    const refused = verify({ pins: development }).verdict.checks.find(({ id }) => id === "keys");
    expect(refused?.title).toBe("every verifying key is on your own list of trusted keys");
    expect(refused?.code).toBe("KEY_DEVELOPMENT");
  });

  test("development keys are no proof of anything else that fails", () => {
    // Of another chain, coverage or proof no less.
    for (const steps of [
      [last, step],
      [step, { ...last, proof: step!.proof }],
    ] as object[][]) {
      const judged = verify({ pins: development as PinnedKey[], allowDevKeys: true }, { steps }).verdict;
      expect(judged).toMatchObject({ proved: false, developmentKeys: true });
    }
  });
});

describe("a verifier without what repeats signed prices", () => {
  const look = (parts: Partial<BundleParts> = {}, options: Partial<VerifyOptions> = {}, epoch = forged) => {
    const all = { hasher: poseidon, pins: epoch.pins, ...options };
    const run = verifySteps({ ...epoch.bundle, ...parts, steps: [] }, all);
    for (;;) {
      const { done, value } = run.next();
      if (done === true) return value.verdict;
    }
  };

  test("passes by what has none, and refuses what has to do with any", () => {
    expect(ids(look(), "pass")).toEqual(["statement", "market", "table", "keys"]);
    expect(ids(look(), "fail")).toEqual(["coverage"]);
    const evidence = look({ evidenceText: "{}" });
    expect(ids(evidence, "fail")).toEqual(["prices"]);
    expect(evidence.checks.find(({ id }) => id === "prices")).toMatchObject({
      code: "PRICES_NOT_REPEATED",
      title: "the signed prices are those of the market file",
    });
    const named = forgedEpoch({ ...TINY_MARKET, priceEvidence: PREVIOUS });
    expect(ids(look({}, {}, named), "fail")).toEqual(["prices"]);
  });
});

describe("what the market leaves open", () => {
  const noSteps = { steps: [] };

  test("no stress scenario: that prices may fall is not looked at", () => {
    const instruments = TINY_MARKET.instruments.map(({ stressGains: _, ...i }) => i);
    const calm = forgedEpoch({ ...TINY_MARKET, stress: [], instruments });
    const { verdict } = verify({}, noSteps, calm);
    expect(verdict.notProved.join("\n")).toContain("no stress scenario was published");
  });

  const json = secretMarket("BTC-60000-C");
  const epoch = forgedEpoch(json);
  const commitment = secretRatesDigest(parseMarket(json))!;

  test("secret rates that nobody compared", () => {
    const valid = verify({}, {}, epoch).verdict;
    expect(valid.valid).toBe(true);
    expect(ids(valid, "pass")).toContain("rules");
    expect(valid.rules).toEqual({ commitment, compared: false, options: true });
    expect(valid.notProved.join("\n")).toContain("that the secret rates are those of the epochs before");
  });

  test("secret rates that the verifier has a value of", () => {
    const rulesOf = (options: Partial<VerifyOptions>) => verify(options, noSteps, epoch).verdict;
    expect(rulesOf({ expectedRules: commitment }).rules).toMatchObject({ compared: true });
    expect(rulesOf({ ownMarketText: JSON.stringify(json) }).rules).toMatchObject({ compared: true });
    const refused = rulesOf({ expectedRules: PREVIOUS });
    expect(refused.rules).toEqual({ commitment, compared: true, options: true });
    expect(ids(refused, "fail")).toEqual(["rules"]);
    // Nothing is said of the rates of a market that is not the statement's.
    expect(
      verify({}, { marketText: JSON.stringify(secretMarket("BTC-PERP")) }, epoch).verdict,
    ).not.toHaveProperty("rules");
  });

  test("secret rates of a perpetual apply to its own price", () => {
    const instruments = secretMarket("BTC-PERP").instruments;
    const json = {
      ...secretMarket("BTC-PERP"),
      instruments: [...instruments.slice(0, 3), instruments[4]!, instruments[3]!],
    };
    expect(verify({}, noSteps, forgedEpoch(json)).verdict.rules).toMatchObject({ options: false });
  });
});

describe("prices that are signed", () => {
  const example = (name: string): string =>
    readFileSync(join(PACKAGE_ROOT, "examples", "prices", name), "utf8");
  const pricePolicy = JSON.parse(example("policy.json")) as PricePolicyJson;
  const files = ["alpha", "beta", "gamma"].map((name) => JSON.parse(example(`${name}.json`)) as unknown);
  const { market, evidence } = buildSignedMarket(example("rules.yaml"), { files, policy: pricePolicy });
  const epoch = forgedEpoch(market);
  const evidenceText = evidence.text;
  const unpriced = ["BTC-25DEC26-64000-P"];

  test("are attested by whom the bundle names", () => {
    const attested = verify({}, { evidenceText }, epoch);
    expect(attested.verdict).toMatchObject({ valid: true, prices: "attested", unpriced });
    expect(attested.verdict.judgedBy?.prices).toMatchObject({ pinned: false, unpriced: 1 });
    expect(ids(attested.verdict, "pass")).toContain("prices");
    expect(attested.prices?.modelled).toEqual(unpriced);
    expect(attested.verdict.notProved.join("\n")).toContain(`which no signer prices: ${unpriced[0]}`);
  });

  test("are pinned under a policy of the verifier's own", () => {
    const pinned = verify({ pricePolicy }, { evidenceText }, epoch);
    expect(pinned.verdict).toMatchObject({ valid: true, prices: "pinned", unpriced });
    expect(pinned.verdict.judgedBy?.prices).toMatchObject({ pinned: true, unpriced: 1 });
  });

  test("do not stand without evidence, whoever asks for it", () => {
    for (const [options, of] of [
      [{}, epoch],
      [{ pricePolicy }, forged],
    ] as const) {
      const { verdict, ...read } = verify(options, {}, of);
      expect(ids(verdict, "fail")).toEqual(["prices"]);
      expect(verdict).toMatchObject({ proved: false, prices: "stated" });
      expect(Object.keys(read).sort()).toEqual(["market", "statement"]);
    }
    const bad = { ...pricePolicy, quorum: 0 };
    expect(() => verify({ pricePolicy: bad })).toThrow(expect.objectContaining({ code: "PRICES_POLICY" }));
  });
});
