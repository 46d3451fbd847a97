import { contractOf } from "./contracts.js";
import type { Looks } from "./lookAlike.js";
import { instrumentPath, marketError } from "./marketError.js";
import { isDerivative, type Market, type MarketInstrument } from "./marketFile.js";

/**
 * A variant is called like its contract, or like it with a separator and more ("BTC-PERP.L", "BTC-PERP.5x"). What follows
 * has no digits but those of its leverage, before an x: a date, a strike or a size there would be another contract's. A contract is
 * called like no asset, and like no instrument of another contract. Adds the contracts to `instruments`.
 * @param bothMayBe whether two that look alike may stand beside each other
 * @throws MarginproofError MARKET_CONTRACT, MARKET_NAME_ALIKE
 */
export function assertVariantNames(
  { instruments }: Market,
  assets: Looks<string>,
  looks: Looks<MarketInstrument>,
  bothMayBe: (one: MarketInstrument, other: MarketInstrument) => boolean,
): void {
  const contracts = new Set<string>();
  instruments.forEach((i, index) => {
    const { contract } = i;
    if (contract === undefined) return;
    const path = instrumentPath(index, i.symbol).at("contract");
    if (!callsItsContract(i, contract))
      throw marketError(
        "MARKET_CONTRACT",
        path,
        `"${i.symbol}" is not called like a variant of ${contract}`,
        ["callVariant", contract],
      );
    if (contracts.has(contract)) return;
    contracts.add(contract);
    const asset = assets.find(contract);
    if (asset !== undefined)
      throw marketError(
        "MARKET_CONTRACT",
        path,
        `"${contract}" reads as the asset ${asset}`,
        "renameContract",
      );
    // Own variants begin with the contract's name, and may look like it: BTC-PERP and BTC-PERP. are not both listed.
    const named = { ...i, symbol: contract };
    const own = (other: MarketInstrument) => isDerivative(other) && contractOf(other) === contract;
    const alike = looks.find(contract, (other) => !bothMayBe(named, other));
    if (alike !== undefined && !own(alike))
      throw marketError(
        "MARKET_NAME_ALIKE",
        path,
        `"${contract}" looks like "${alike.symbol}"`,
        "renameContract",
      );
    looks.add(contract, named);
  });
}

const WORDS = /^(?:[-:/_.#@~][A-Za-z]+)+$/;
/** Words that name a side, whatever their case. */
const SIDES: Readonly<Record<string, "long" | "short">> = {
  l: "long",
  long: "long",
  s: "short",
  short: "short",
};

function callsItsContract({ symbol, leverage, side }: MarketInstrument, contract: string): boolean {
  if (symbol === contract) return true;
  if (!symbol.startsWith(contract)) return false;
  const more = symbol.slice(contract.length);
  const words = leverage === undefined ? more : more.replace(`${leverage}x`, "x");
  const sides = words.split(/[^A-Za-z]/).flatMap((word) => SIDES[word.toLowerCase()] ?? []);
  return WORDS.test(words) && sides.every((said) => side === undefined || said === side);
}
