import { apartBySpelling, Looks } from "./lookAlike.js";
import { instrumentPath, marketError, Place } from "./marketError.js";
import { assetOf, type Market, type MarketInstrument } from "./marketFile.js";
import type { MarketStep } from "./nextSteps.js";
import { assertVariantNames } from "./variantNames.js";

/**
 * Names say what they are of. Of two names that look alike (`looksOf`) one could be shown for the other, so no two assets,
 * instruments or stress scenarios have such; but for two assets, or two contracts, that spelling keeps apart
 * (`apartBySpelling`): `namesAlike` lists them, for every verdict to show. An instrument of kind asset is called after its asset: like it, or like it
 * with a separator and more ("USDT", "USDT-2"). Nothing else has an asset's name, and no asset or settlement instrument
 * has one that reads as another asset's. A stress scenario is called like nothing else that a verdict checks.
 * @throws MarginproofError MARKET_NAME_ALIKE, MARKET_ASSET_NAME, MARKET_STRESS_NAME
 */
export function assertNames(market: Market): void {
  const assets = assetNames(market);
  const instruments = new Looks<MarketInstrument>();
  market.instruments.forEach((i, index) => {
    const path = instrumentPath(index, i.symbol).at("symbol");
    assertOfAsset(i, assets, path);
    const alike = instruments.find(i.symbol, (other) => !bothMayBe(i, other));
    if (alike !== undefined) throw looksLike(path, i.symbol, alike.symbol);
    instruments.add(i.symbol, i);
  });
  assertVariantNames(market, assets, instruments, bothMayBe);
  assertStressNames(market, assets, instruments);
}

/** Two coins, or two contracts, each called as it is called everywhere. */
const bothMayBe = (one: MarketInstrument, other: MarketInstrument): boolean =>
  (assetOf(one) === undefined) === (assetOf(other) === undefined) &&
  apartBySpelling(one.symbol, other.symbol);

/** Pairs of instruments of a market whose names only spelling tells apart (`apartBySpelling`). */
export function namesAlike({ instruments }: Market): readonly (readonly [string, string])[] {
  const seen = new Looks<string>();
  return instruments.flatMap(({ symbol }) => {
    const alike = seen.find(symbol);
    seen.add(symbol, symbol);
    return alike === undefined ? [] : [[alike, symbol] as const];
  });
}

/** Whatever a symbol may have that is neither letter nor digit: USDT(spot) and USDT+1 read as of USDT, like USDT-2. */
const SEPARATORS = /[!-/:-@[-`{-~]/g;

/** Assets and the quote currency by what their names look like. Reserves are in assets that are listed (`assertAssets`). */
function assetNames(market: Market): Looks<string> {
  const named: readonly (readonly [Place, string | undefined])[] = [
    [Place.of("quote"), market.quote],
    ...market.instruments.map(
      (i, index) => [instrumentPath(index, i.symbol).at("asset"), assetOf(i)] as const,
    ),
  ];
  const assets = new Looks<string>();
  for (const [path, asset] of named) {
    if (asset === undefined) continue;
    const refused = (other: string): boolean =>
      other !== asset && (other === market.quote || !apartBySpelling(asset, other));
    const alike = assets.find(asset, refused);
    if (alike !== undefined) throw looksLike(path, asset, alike);
    if (assets.find(asset, (other) => other === asset) === undefined) assets.add(asset, asset);
  }
  return assets;
}

function assertOfAsset(i: MarketInstrument, assets: Looks<string>, path: Place): void {
  const asset = assetOf(i);
  const refuse = (problem: string, step: MarketStep) => marketError("MARKET_ASSET_NAME", path, problem, step);
  const own = i.kind === "asset" && i.symbol === asset;
  const mistaken = (other: string): boolean => asset === undefined || !apartBySpelling(asset, other);
  const called = assets.find(i.symbol, (other) => other === asset || mistaken(other));
  if (called !== undefined && !own)
    throw refuse(`"${i.symbol}" reads as the asset ${called}, and is ${describe(i)}`, ["assetOnly", called]);
  // Contracts are called after what they are about: BTC-PERP is no claim on BTC, and nobody takes it for one.
  if (asset === undefined) return;
  const ends = [...i.symbol.matchAll(SEPARATORS)].map(({ index }) => index);
  const other = ends
    .map((end) => assets.find(i.symbol.slice(0, end), (found) => found !== asset && mistaken(found)))
    .find((found) => found !== undefined);
  if (other !== undefined)
    throw refuse(`"${i.symbol}" reads as of the asset ${other}, and is ${describe(i)}`, "beginName");
  if (i.kind !== "asset" || own || ends.some((end) => i.symbol.slice(0, end) === asset)) return;
  throw refuse(`"${i.symbol}" is of the asset ${asset}, and its name does not say so`, ["callAsset", asset]);
}

function describe(i: MarketInstrument): string {
  const article = /^[aeiou]/.test(i.kind) ? "an" : "a";
  const asset = assetOf(i);
  return `${article} ${i.kind}${asset === undefined ? "" : ` of ${asset}`}`;
}

/** Subjects and names of a verdict's checks, and what a reader takes for no stress at all. */
const RESERVED = (
  "now, today, current, currently, actual, present, spot, mark, mark price, none, no stress, stress, unstressed, total, " +
  "totals, fund, insurance, insurance fund, stress-insurance, reserve, reserves, open interest, open-interest, bad debt, " +
  "net liabilities, hedge mode, solvency, statement, market, prices, table, rules, keys, coverage, chain, anchor, proofs, sums, files"
).split(", ");

function assertStressNames(
  market: Market,
  assets: Looks<string>,
  instruments: Looks<MarketInstrument>,
): void {
  const reserved = new Looks<string>();
  for (const word of RESERVED) reserved.add(word, word);
  const scenarios = new Looks<string>();
  market.stress.forEach(({ name }, z) => {
    const path = Place.of("stress", z, "name");
    const alike = scenarios.find(name);
    if (alike !== undefined) throw looksLike(path, name, alike);
    scenarios.add(name, name);
    const taken = assets.find(name) ?? instruments.find(name)?.symbol ?? reserved.find(name);
    if (taken !== undefined)
      throw marketError(
        "MARKET_STRESS_NAME",
        path,
        `"${name}" reads as "${taken}", which is something else in a verdict`,
      );
  });
}

function looksLike(path: Place, name: string, other: string) {
  return marketError("MARKET_NAME_ALIKE", path, `"${name}" looks like "${other}"`);
}
