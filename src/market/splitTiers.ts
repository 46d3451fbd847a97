import { compare, decimal } from "../decimal/decimal.js";
import { SHOWN_NAMES } from "../protocol/shortList.js";
import { assetOf, type Market, type MarketInstrument } from "./marketFile.js";

/**
 * An asset instrument with tiers, and others of its asset that begin with a smaller charge than its last tier's: five of them at
 * most, as a hostile market may have ten thousand beside each of ten thousand.
 */
export interface SplitTiers {
  readonly tiered: string;
  readonly beside: readonly string[];
}

/**
 * Where the tiers of an asset can be had more than once. A tier counts what is held in its instrument: what one account holds in
 * two of one asset begins at the first tier of each, and whoever keeps the books chooses where it lies. A second instrument
 * that charges no less than the last tier from its first unit on is no way around it and not listed, nor are flat rates.
 */
export function splitTiers({ instruments }: Market): SplitTiers[] {
  const assets = instruments.filter(({ kind }) => kind === "asset");
  const byAsset = new Map<string | undefined, MarketInstrument[]>(assets.map((i) => [assetOf(i), []]));
  for (const i of assets) byAsset.get(assetOf(i))!.push(i);
  const cheapest = new Map([...byAsset].map(([asset, own]) => [asset, cheapestOf(own)]));
  return assets.flatMap((tiered) => {
    const others = cheapest.get(assetOf(tiered))!.filter((i) => i !== tiered && beginsBelow(i, tiered));
    const beside = others.slice(0, SHOWN_NAMES).map(({ symbol }) => symbol);
    return beside.length === 0 ? [] : [{ tiered: tiered.symbol, beside }];
  });
}

/** Of instruments of one asset those that begin cheapest, held or owed: where any begins below a tier, one of these does. */
function cheapestOf(own: readonly MarketInstrument[]): MarketInstrument[] {
  // One more than is shown, as each may be the tiered one itself.
  const first = (order: (a: MarketInstrument, b: MarketInstrument) => number) =>
    [...own].sort(order).slice(0, SHOWN_NAMES + 1);
  const held = first((a, b) => compare(decimal(ratiosOf(b)[0]!), decimal(ratiosOf(a)[0]!)));
  const owed = first((a, b) => compare(decimal(ratesOf(a)[0]!), decimal(ratesOf(b)[0]!)));
  return [...new Set([...held, ...owed])];
}

function beginsBelow(i: MarketInstrument, tiered: MarketInstrument): boolean {
  const [ratios, rates] = [ratiosOf(tiered), ratesOf(tiered)];
  const less = ratios.length > 1 && compare(decimal(ratiosOf(i)[0]!), decimal(ratios.at(-1)!)) > 0;
  return less || (rates.length > 1 && compare(decimal(ratesOf(i)[0]!), decimal(rates.at(-1)!)) < 0);
}

const ratiosOf = ({ haircut }: MarketInstrument): readonly string[] =>
  haircut?.map(({ ratio }) => ratio) ?? ["1"];

const ratesOf = ({ borrowRate }: MarketInstrument): readonly string[] =>
  typeof borrowRate === "object" ? borrowRate.map(({ rate }) => rate) : [borrowRate ?? "0"];
