import { instrumentPath, marketError, Place } from "./marketError.js";
import { assetOf, type Market, type MarketInstrument } from "./marketFile.js";

/**
 * All instruments of one asset are the same thing: same price, same stress gains; the quote currency is worth 1
 * and stays so, under stress and in the scenarios of risk groups. Reserves and fund name known assets.
 */
export function assertAssets(market: Market): void {
  const spot = new Map<string, MarketInstrument>();
  for (const i of market.instruments) {
    if (i.kind === "asset" && !spot.has(assetOf(i)!)) spot.set(assetOf(i)!, i);
  }
  const unknown = (path: Place, asset: string) =>
    marketError("MARKET_UNKNOWN_ASSET", path, `no instrument of kind "asset" for ${asset}`);
  market.instruments.forEach((i, index) => {
    const asset = assetOf(i);
    if (asset === undefined) return;
    const path = instrumentPath(index, i.symbol);
    if (asset === market.quote) assertQuote(i, asset, path);
    const model = spot.get(asset);
    if (model === undefined) throw unknown(path.at("asset"), asset);
    assertSamePrice(i, model, asset, path);
  });
  for (const field of ["reserves", "insuranceFund"] as const) {
    for (const asset of Object.keys(market[field]))
      if (!spot.has(asset)) throw unknown(Place.of(field).key(asset), asset);
  }
}

function assertQuote(i: MarketInstrument, asset: string, path: Place): void {
  const gains = {
    stressGains: i.stressGains ?? [],
    scenarioGains: Object.values(i.scenarioGains ?? {}).flat(),
  };
  const moved = (["stressGains", "scenarioGains"] as const).find((field) =>
    gains[field].some((gain) => gain !== "0"),
  );
  const wrong = i.markPrice !== "1" ? "markPrice" : moved;
  if (wrong === undefined) return;
  throw marketError(
    "MARKET_PRICE_MISMATCH",
    path.at(wrong),
    `the quote currency ${asset} is worth 1 of itself, in every scenario`,
  );
}

/** @param model the first spot instrument of the asset */
function assertSamePrice(i: MarketInstrument, model: MarketInstrument, asset: string, path: Place): void {
  if (model.markPrice !== i.markPrice) {
    throw marketError(
      "MARKET_PRICE_MISMATCH",
      path.at("markPrice"),
      `${i.markPrice}, but ${asset} (${model.symbol}) is at ${model.markPrice}`,
    );
  }
  // Only the quote currency may leave its gains out (assertStressGains), and has none but 0 (assertQuote).
  const mine = i.stressGains ?? [];
  const theirs = (z: number): string => model.stressGains?.[z] ?? "0";
  const differs = mine.findIndex((gain, z) => gain !== theirs(z));
  if (differs < 0) return;
  throw marketError(
    "MARKET_PRICE_MISMATCH",
    path.at("stressGains", differs),
    `${mine[differs]}, but ${asset} (${model.symbol}) gains ${theirs(differs)}`,
  );
}
