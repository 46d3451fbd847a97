import { instrumentPath, marketError, type Place } from "./marketError.js";
import { assetOf, type Market, type MarketInstrument } from "./marketFile.js";
import type { MarketStep } from "./nextSteps.js";

/** Fields that money locked by open orders has: it has no others. */
const FIELDS: ReadonlySet<string> = new Set([
  "symbol",
  "kind",
  "asset",
  "quantityStep",
  "markPrice",
  "notionalPrice",
  "initial",
]);

/**
 * What open orders lock is in the account's own balance already: an instrument of kind `orders` is worth nothing, and so is
 * no claim and hides none. It requires its initial rates of the locked value, and nothing for maintenance. Its name says
 * which asset is locked, and its notional is at that asset's price.
 * @throws MarginproofError MARKET_ORDERS
 */
export function assertOrders({ instruments }: Market): void {
  const prices = new Map(instruments.flatMap((i) => (i.kind === "asset" ? [[assetOf(i), i.markPrice]] : [])));
  instruments.forEach((i, index) => {
    if (i.kind === "orders") assertOne(i, prices.get(i.asset), instrumentPath(index, i.symbol));
  });
}

function assertOne(i: MarketInstrument, price: string | undefined, path: Place): void {
  const refuse = (field: string, problem: string, step: MarketStep) =>
    marketError("MARKET_ORDERS", path.at(field), problem, step);
  if (price === undefined)
    throw refuse("asset", `no instrument of kind "asset" for ${i.asset ?? "it"}`, "nameLocked");
  if (!/^-ORDERS(-\w+)?$/.test(i.symbol.startsWith(i.asset!) ? i.symbol.slice(i.asset!.length) : ""))
    throw refuse("symbol", `it locks ${i.asset}, and is not called so`, ["callOrders", i.asset!]);
  const other = Object.entries(i).find(([field, value]) => value !== undefined && !FIELDS.has(field));
  if (other !== undefined) throw refuse(other[0], "what orders lock has no such thing", "ratesOnly");
  if (i.markPrice !== "0")
    throw refuse(
      "markPrice",
      `${i.markPrice}, and what is locked is in the asset's row already`,
      "worthZero",
    );
  if (i.notionalPrice !== price)
    throw refuse("notionalPrice", `not ${price}, the mark price of ${i.asset}`, "onePrice");
  if (i.initial?.brackets === undefined) throw refuse("initial", "no brackets for both sides", "lockedRate");
}
