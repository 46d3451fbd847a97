import { beforeAll, expect, test } from "vitest";
import { bytesToHex } from "../../src/field/encoding.js";
import { canonicalMarketDigest, compileTable, parseMarket } from "../../src/market/index.js";
import { evidenceDigest, parsePolicy } from "../../src/prices/index.js";
import { disclose } from "../../src/prover/disclose.js";
import { reportOpening } from "../../src/report/reportOpening.js";
import type { BundleParts } from "../../src/verifier/bundle.js";
import type { VerifiedEpoch } from "../../src/verifier/verifyEpoch.js";
import { exampleOfPrices, tinyBundle, tinyEpochPaths, tinyPins, verifyTiny } from "../support/tinyBundle.js";

test("market files of format 1 whose quote is no text end in a failed check", async () => {
  const honest = await tinyBundle();
  const market = { ...JSON.parse(honest.marketText), format: "marginproof/market/1", insuranceFund: "5" };
  const noText = "MARKET_SCHEMA: market file, quote: must be text";
  const tooDeep = "JSON_INVALID: market file: more than 100 objects and lists in each other";
  for (const [quote, fault] of [
    ['{"toString":1}', noText],
    ["null", noText],
    [`${"[".repeat(200_000)}${"]".repeat(200_000)}`, tooDeep],
  ] as const) {
    const marketText = JSON.stringify({ ...market, quote: "?" }).replace('"?"', quote);
    const failed = (await verifyTiny({ ...honest, marketText })).verdict.checks.find(
      (c) => c.status === "fail",
    );
    expect(failed!.detail.slice(0, fault.length)).toBe(fault);
  }
});

/**
 * Files torn apart at random, hundreds of times, the same way in every run: a fault is a failed check, never an exception,
 * and nothing that says something else than the honest file is valid. Digests are mended, so that what was torn is read.
 */
// biome-ignore lint/suspicious/noExplicitAny: a cheat writes whatever it likes
type Json = any;

const HOSTILE: readonly Json[] = [
  ...[
    "",
    "0",
    "-1",
    "-0",
    "0.00000000000000001",
    "9".repeat(39),
    "4503599627370496",
    "4722366482869645213696",
  ],
  ...[`0x${"0".repeat(64)}`, `0x${"f".repeat(64)}`, "__proto__", "constructor", "\ud800", "a".repeat(200)],
  ...[null, [], {}, ["0"], true, 0, -1, 1.5, 1e300, 65_536],
];

let seed = 1;
/** A whole number below n: Knuth's linear congruence. */
function below(n: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return (seed >>> 8) % n;
}
const anyOf = <T>(list: readonly T[]): T => list[below(list.length)]!;

function placesIn(value: Json): { holder: Json; key: string }[] {
  if (value === null || typeof value !== "object") return [];
  return Object.keys(value).flatMap((key) => [{ holder: value, key }, ...placesIn(value[key])]);
}

/** A copy with one value dropped, doubled, turned round, taken from elsewhere, moved by one or made hostile. */
function torn(document: Json): Json {
  const own = structuredClone(document);
  const places = placesIn(own);
  const { holder, key } = anyOf(places);
  const other = anyOf(places);
  const tears: (() => unknown)[] = [
    () => (Array.isArray(holder) ? holder.splice(Number(key), 1) : delete holder[key]),
    () => Array.isArray(holder) && holder.push(structuredClone(holder[Number(key)])),
    () => Array.isArray(holder) && holder.reverse(),
    () => (holder[key] = structuredClone(other.holder[other.key])),
    () => (holder[key] = String(holder[key]).replace(/\d(?=\D*$)/, (d) => String((Number(d) + 1) % 10))),
    () => (holder[key] = anyOf(HOSTILE)),
  ];
  anyOf(tears)();
  return own;
}

/** The statement that names this market, if it is one. */
function named(statement: Json, market: Json): Json {
  try {
    const parsed = parseMarket(market);
    const { exchange, epoch, time } = parsed;
    const own = { ...statement, exchange, epoch, time };
    own.marketDigest = `0x${bytesToHex(canonicalMarketDigest(parsed))}`;
    own.tableDigest = `0x${bytesToHex(compileTable(parsed).digest)}`;
    return own;
  } catch {
    return statement;
  }
}

const opening: Record<string, string> = {};
const bundles: Record<string, BundleParts> = {};
const honest: Record<string, VerifiedEpoch> = {};
beforeAll(async () => {
  for (const [name, account] of [
    ["pockets", "hank"],
    ["signed", "alice"],
  ] as const) {
    bundles[name] = await tinyBundle(name);
    honest[name] = await verifyTiny(bundles[name]);
    opening[name] = JSON.stringify(await disclose(tinyEpochPaths(name).privateDir, account));
  }
});

test("torn statements, markets, evidence, steps and keys: never an exception, never valid", async () => {
  const pricePolicy = parsePolicy(JSON.parse(exampleOfPrices("policy.json")));
  const failed = new Set<string>();
  for (let n = 0; n < 200; n++) {
    const name = anyOf(["pockets", "signed"]);
    const bundle = bundles[name]!;
    const parts = { ...bundle, statement: bundle.statement as Json };
    let market = JSON.parse(bundle.marketText) as Json;
    const what = below(5);
    if (what === 0) parts.statement = torn(parts.statement);
    else if (what === 1) parts.steps = torn(bundle.steps);
    else if (what === 2) parts.verifyingKeys = torn(bundle.verifyingKeys);
    else if (what === 3 && bundle.evidenceText !== undefined) {
      const evidenceText = JSON.stringify(torn(JSON.parse(bundle.evidenceText)));
      Object.assign(parts, { evidenceText });
      market.priceEvidence = evidenceDigest(evidenceText);
    } else market = torn(market);
    parts.marketText = JSON.stringify(market);
    if (what > 2) parts.statement = named(parts.statement, market);
    const { verdict } = await verifyTiny(parts, name === "signed" ? { pricePolicy } : {});
    const fault = verdict.checks.find(({ status }) => status === "fail");
    failed.add(fault?.id ?? "none");
    const text = (own: BundleParts): string => {
      const digest = bytesToHex(canonicalMarketDigest(parseMarket(JSON.parse(own.marketText))));
      return JSON.stringify([digest, own.statement, own.evidenceText, own.steps]);
    };
    if (verdict.valid) expect(text(parts)).toBe(text(bundle));
  }
  expect([...failed]).toEqual(
    expect.arrayContaining(["statement", "market", "prices", "keys", "coverage", "chain"]),
  );
});

test("torn holders' files: never an exception, never another pocket than was counted", async () => {
  const pins = await tinyPins();
  for (let n = 0; n < 300; n++) {
    const name = anyOf(["pockets", "signed"]);
    const look = (text: string) => reportOpening(text, { ...honest[name]!, pins });
    const [before, after] = [look(opening[name]!), look(JSON.stringify(torn(JSON.parse(opening[name]!))))];
    if (before.status !== "counted") throw new Error("the honest file is not counted");
    if (after.status !== "counted") continue;
    expect(after.report.account).toBe(before.report.account);
    for (const pocket of after.report.pockets) expect(before.report.pockets).toContainEqual(pocket);
  }
});
