import { compare, decimal } from "../decimal/decimal.js";
import { assetOf, type Market, type MarketInstrument } from "./marketFile.js";

/** An asset instrument with tiers, and others of its asset that begin with a smaller charge than its last tier's. */
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
  return assets.flatMap((tiered) => {
    const beside = assets.filter(
      (i) => i !== tiered && assetOf(i) === assetOf(tiered) && beginsBelow(i, tiered),
    );
    return beside.length === 0 ? [] : [{ tiered: tiered.symbol, beside: beside.map(({ symbol }) => symbol) }];
  });
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
