import type { Faults } from "../errors.js";
import { eachOf, type InstrumentJson, type Listing, lookUp, priceOf } from "./listing.js";
import type { RuleBook, RulePath } from "./readRules.js";
import type { Rules } from "./rulesFile.js";
import { collateralRatio } from "./tables.js";

/** Spot assets with their haircut and borrow tables. @throws MarginproofError RULES_REFERENCE, RULES_ASSET */
export function listAssets(book: RuleBook, faults: Faults): Listing[] {
  const listings = eachOf(faults, book.rules.assets, (rule, k): Listing[] => {
    const path = ["assets", k];
    const name = rule.asset ?? rule.symbol;
    const { underlying, price } = pricedBy(book, rule, path);
    const json: InstrumentJson = {
      symbol: rule.symbol,
      kind: "asset",
      ...(rule.asset === undefined ? {} : { asset: rule.asset }),
      quantityStep: rule.step,
      markPrice: price,
      ...charges(book, rule, path),
    };
    if (underlying === undefined) {
      if (rule.model !== undefined)
        throw book.error(
          "RULES_ASSET",
          [...path, "model"],
          `${name} is the quote currency: no model moves it`,
        );
      return withLarge(plain(path, json), rule.largeStep);
    }
    const { symbol } = rule;
    const instrument = { kind: "linear", symbol, underlying, mark: price, spot: true } as const;
    return withLarge({ ...plain(path, json), underlying, model: rule.model, instrument }, rule.largeStep);
  });
  return listings.flat();
}

export const largeSymbol = (symbol: string): string => `${symbol}-LARGE`;

/** The instrument, and `USDT-LARGE` beside `USDT` where the rules state a step for what it can't hold. */
function withLarge(listing: Listing, largeStep: string | undefined): Listing[] {
  if (largeStep === undefined) return [listing];
  const { json, instrument } = listing;
  const symbol = largeSymbol(json.symbol);
  const asset = json.asset ?? json.symbol;
  const large = { ...json, symbol, asset, quantityStep: largeStep, largeOf: json.symbol };
  return [listing, { ...listing, json: large, instrument: instrument && { ...instrument, symbol } }];
}

/** Profit and loss not yet paid out, in each asset that derivatives settle in. @throws MarginproofError RULES_REFERENCE */
export function listSettlements(book: RuleBook, faults: Faults): Listing[] {
  const listings = eachOf(faults, book.rules.settlements, (rule, k): Listing[] => {
    const path = ["settlements", k];
    const asset = assetNamed(book, rule.asset, path);
    const { underlying, price } = pricedBy(book, book.rules.assets[asset]!, ["assets", asset]);
    const { symbol, step } = rule;
    const json: InstrumentJson = {
      symbol,
      kind: "settlement",
      asset: rule.asset,
      quantityStep: step,
      markPrice: price,
    };
    const instrument =
      underlying === undefined ? undefined : ({ kind: "linear", symbol, underlying, mark: price } as const);
    return withLarge({ ...plain(path, json), underlying, instrument }, rule.largeStep);
  });
  return listings.flat();
}

/**
 * What open orders lock of an asset, at its price: required initially, at the largest share of the asset that counts as
 * collateral unless the rules state another rate. So what is locked covers nothing else, and maintenance is as without it.
 * @throws MarginproofError RULES_REFERENCE
 */
export function listOrders(book: RuleBook, faults: Faults): Listing[] {
  return eachOf(faults, book.rules.orders, (rule, k): Listing => {
    const path = ["orders", k];
    const asset = assetNamed(book, rule.asset, path);
    const { price } = pricedBy(book, book.rules.assets[asset]!, ["assets", asset]);
    const ratio = charges(book, book.rules.assets[asset]!, ["assets", asset]).haircut?.[0]?.ratio ?? "1";
    return plain(path, {
      symbol: `${rule.asset}-ORDERS`,
      kind: "orders",
      asset: rule.asset,
      quantityStep: rule.step,
      markPrice: "0",
      notionalPrice: price,
      initial: { brackets: [{ notionalFloor: "0", rate: rule.rate ?? ratio }] },
    });
  });
}

/** Place of an asset among the file's. */
function assetNamed(book: RuleBook, name: string, path: RulePath): number {
  const asset = book.rules.assets.findIndex((a) => (a.asset ?? a.symbol) === name);
  if (asset >= 0) return asset;
  throw book.error("RULES_REFERENCE", [...path, "asset"], `"${name}" is not one of the file's assets`);
}

function plain(path: RulePath, json: InstrumentJson): Listing {
  const none = { underlying: undefined, model: undefined, brackets: undefined, instrument: undefined };
  return { path, json, coin: undefined, ...none };
}

/** The quote currency is worth 1 of itself; every other asset is priced by its underlying. */
function pricedBy(book: RuleBook, rule: Rules["assets"][number], path: RulePath) {
  const name = rule.asset ?? rule.symbol;
  if (name !== book.rules.quote) {
    const underlying = rule.underlying ?? name;
    const at = book.states([...path, "underlying"]) ? [...path, "underlying"] : [...path, "symbol"];
    return { underlying, price: priceOf(book, underlying, at) };
  }
  if (rule.underlying === undefined) return { underlying: undefined, price: "1" };
  const problem = `${name} is the quote currency, worth 1 of itself: it has no underlying`;
  throw book.error("RULES_ASSET", [...path, "underlying"], problem);
}

function charges(book: RuleBook, rule: Rules["assets"][number], path: RulePath): Partial<InstrumentJson> {
  const fields: Partial<InstrumentJson> = {};
  if (rule.haircut !== undefined) {
    const rows = lookUp(book, "haircuts", rule.haircut, [...path, "haircut"]);
    fields.haircut = rows.map((r) => ({ valueFloor: r.from, ratio: collateralRatio(r.haircut) }));
  }
  if (rule.borrow !== undefined) {
    const rows = lookUp(book, "borrow", rule.borrow, [...path, "borrow"]);
    fields.borrowRate = rows.map((r) => ({ valueFloor: r.from, rate: r.rate }));
  }
  return fields;
}
