import type { ErrorPath } from "../errors.js";
import { issueWords } from "../protocol/schemaWords.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import type { Issue } from "../schema/index.js";
import { CanonicalHash } from "./canonical.js";
import { assertMarketInvariants } from "./checkMarket.js";
import type { Gain } from "./gain.js";
import { instrumentPath, marketError, Place } from "./marketError.js";
import {
  DEFAULT_ENTRY_PRICE_FACTOR,
  MARKET_FORMAT,
  type Market,
  type MarketInstrument,
  marketFile,
  type Requirement,
} from "./marketFile.js";

export {
  MARKET_FORMAT,
  type Market,
  type MarketInstrument,
  type MarketJson,
  type Side,
} from "./marketFile.js";

/**
 * Checks a market given as data and returns it in canonical form (decimals without trailing zeros).
 * A file of format 1 is read as well.
 * @throws MarginproofError MARKET_SCHEMA with the path of the first bad field, or an error of `assertMarketInvariants`
 *
 * @example const market = parseMarket(JSON.parse(text));
 */
export function parseMarket(json: unknown): Market {
  const result = marketFile.safeParse(inCurrentFormat(json));
  if (!result.success) throw schemaError(result.error.issues, json);
  assertMarketInvariants(result.data);
  return result.data;
}

/** Reads a market file's text. @throws MarginproofError those of `parseStrictJson` and `parseMarket` */
export function parseMarketText(text: string): Market {
  return parseMarket(parseStrictJson(text, "market file", { kind: "usage" }));
}

/**
 * A file of the format before this one, as it reads in this one: its fund was one amount of quote currency. What the checks
 * then ask of it is new: reserves must hold the fund on top of what is owed.
 */
function inCurrentFormat(json: unknown): unknown {
  if (typeof json !== "object" || json === null) return json;
  const { format, insuranceFund, quote } = json as Record<string, unknown>;
  if (format !== "marginproof/market/1") return json;
  const none = typeof insuranceFund === "string" && /^0(\.0{1,20})?$/.test(insuranceFund);
  // A quote that is no text is refused below; nothing may be made of it here.
  const amounts = none || typeof quote !== "string" ? {} : { [quote]: insuranceFund };
  return { ...json, format: MARKET_FORMAT, insuranceFund: amounts };
}

/** Problems named in one error, so that a file is not corrected one run at a time. */
const SHOWN_ISSUES = 8;

function schemaError(issues: readonly Issue[], json: unknown) {
  const [first, ...others] = issues.map((issue) => ({
    at: placeOf(issue.path, json),
    message: issueWords(issue),
  }));
  const shown = others.slice(0, SHOWN_ISSUES - 1).map(({ at, message }) => `; ${at}: ${message}`);
  const more = others.length > shown.length ? `; and ${others.length - shown.length} more` : "";
  return marketError("MARKET_SCHEMA", first!.at, `${first!.message}${shown.join("")}${more}`);
}

function placeOf(path: readonly PropertyKey[], json: unknown): Place {
  // A path in JSON has no symbols.
  const parts = path as ErrorPath;
  const [list, index] = parts;
  if (list !== "instruments" || typeof index !== "number") return Place.of(...parts);
  const found = (json as { instruments: { symbol?: unknown }[] }).instruments[index];
  return instrumentPath(index, found?.symbol).at(...parts.slice(2));
}

/**
 * keccak256 of every field of the market, in a fixed order, each length-prefixed; maps sorted by key. Two files
 * have one digest exactly when they parse to the same market: symbols, steps, units, classes and order count,
 * white space and trailing zeros of decimals don't.
 */
export function canonicalMarketDigest(market: Market): Uint8Array {
  const hash = new CanonicalHash();
  const text = (value: string) => void hash.text(value);
  const texts = (values: readonly string[]) => void hash.list(values, text);
  for (const field of [
    "format",
    "exchange",
    "epoch",
    "time",
    "quote",
    "valueUnit",
    "maxRoundingError",
  ] as const) {
    hash.text(market[field]);
  }
  hash.integer(market.initialFactorBp).integer(market.marginCallBp);
  hash.list(market.groups, (g) => {
    hash.text(g.name);
    texts(g.scenarios);
  });
  hash.list(market.stress, (s) => text(s.name));
  hash.map(market.insuranceFund, text).map(market.reserves, text);
  hash.list(market.instruments, (i) => writeInstrument(hash, i));
  writeStated(hash, market);
  return hash.digest();
}

function writeInstrument(hash: CanonicalHash, i: MarketInstrument): void {
  const text = (value: string) => void hash.text(value);
  const texts = (values: readonly string[]) => void hash.list(values, text);
  // No decimal reads "sided", and two decimals follow it.
  const gain = (value: Gain) =>
    void (typeof value === "string"
      ? hash.text(value)
      : hash.text("sided").text(value.long).text(value.short));
  hash
    .text(i.symbol)
    .text(i.kind)
    .optional(i.asset, text)
    .optional(i.settlement, text)
    .text(i.quantityStep)
    .text(i.markPrice);
  hash.optional(i.notionalPrice, text);
  hash.optional(i.maintenance, (r) => writeRequirement(hash, r));
  hash.optional(i.initial, (r) => writeRequirement(hash, r));
  hash.optional(
    i.haircut,
    (tiers) => void hash.list(tiers, (t) => void hash.text(t.valueFloor).text(t.ratio)),
  );
  hash.optional(i.borrowRate, (rate) => {
    if (typeof rate === "string") hash.text("flat").text(rate);
    else hash.text("tiers").list(rate, (t) => void hash.text(t.valueFloor).text(t.rate));
  });
  hash.optional(i.scenarioGains, (gains) => void hash.map(gains, (row) => void hash.list(row, gain)));
  hash.optional(i.stressGains, texts);
}

/** By name and only where stated: a market that states none of these has the digest it always had. */
function writeStated(hash: CanonicalHash, market: Market): void {
  const text = (value: string) => void hash.text(value);
  const texts = (values: readonly string[]) => void hash.list(values, text);
  if (market.previousStatement !== undefined) hash.text("previousStatement").text(market.previousStatement);
  if (market.priceEvidence !== undefined) hash.text("priceEvidence").text(market.priceEvidence);
  for (const { name, within, initialFactorBp } of market.groups) {
    if (within !== undefined) hash.text("within").text(name).text(within);
    if (initialFactorBp !== undefined) hash.text("groupFactor").text(name).integer(initialFactorBp);
  }
  for (const { symbol, inverse } of market.instruments)
    if (inverse !== undefined)
      hash
        .text("inverse")
        .text(symbol)
        .text(inverse.contract)
        .text(inverse.tick ?? "");
  for (const { symbol, largeOf } of market.instruments)
    if (largeOf !== undefined) hash.text("largeOf").text(symbol).text(largeOf);
  for (const { symbol, multiplier, tick } of market.instruments) {
    if (multiplier !== undefined) hash.text("multiplier").text(symbol).text(multiplier);
    if (tick !== undefined) hash.text("tick").text(symbol).text(tick);
  }
  if (market.entryPriceFactor !== DEFAULT_ENTRY_PRICE_FACTOR)
    hash.text("entryPriceFactor").text(market.entryPriceFactor);
  if (market.positionMode === "hedge") hash.text("positionMode").text("hedge");
  for (const { symbol, contract, side, leverage } of market.instruments)
    if (contract !== undefined || side !== undefined || leverage !== undefined) {
      hash.text("variant").text(symbol);
      hash.optional(contract, text).optional(side, text).optional(leverage, text);
    }
  if (market.privateRules !== undefined) {
    hash.text("privateRules").integer(market.privateRules.rowsPerStep);
    texts(market.privateRules.commitments);
  }
  for (const { symbol, privateBrackets } of market.instruments)
    if (privateBrackets !== undefined) texts(["privateBrackets", symbol, ...privateBrackets]);
}

function writeRequirement(hash: CanonicalHash, requirement: Requirement): void {
  const text = (value: string) => void hash.text(value);
  const side = (r: Pick<Requirement, "brackets" | "liquidationFeeRate">) => {
    hash.optional(
      r.brackets,
      (tiers) => void hash.list(tiers, (t) => void hash.text(t.notionalFloor).text(t.rate)),
    );
    hash.optional(r.liquidationFeeRate, text);
  };
  side(requirement);
  hash.optional(requirement.long, side).optional(requirement.short, side);
}
