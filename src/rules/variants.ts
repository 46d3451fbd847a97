import { compare, decimal, decimalText, larger, ONE, quotientUp } from "../decimal/decimal.js";
import { FIGURE_DECIMALS } from "../models/modelTable.js";
import type { MarginFields } from "./buffers.js";
import type { Listing } from "./listing.js";
import type { Model } from "./modelFields.js";
import type { RuleBook } from "./readRules.js";
import type { ContractRule, Rules } from "./rulesFile.js";

const SIDES = { long: "L", short: "S" } as const;

/**
 * A perpetual or future as the instruments that its positions are held in: in hedge mode one a side, `BTC-PERP.L` and
 * `BTC-PERP.S`; of each one a leverage, `BTC-PERP.5x`, `BTC-PERP.L.5x`. One that has neither is itself.
 */
export function variantsOf({ rules }: RuleBook, listing: Listing): Listing[] {
  const { symbol: contract } = listing.json;
  const sides = rules.positionMode === "hedge" ? (["long", "short"] as const) : [undefined];
  const leverages = leveragesOf(rules, listing) ?? [undefined];
  const variants = sides.flatMap((side) => leverages.map((leverage) => ({ side, leverage })));
  if (variants.length === 1 && variants[0]!.leverage === undefined) return [listing];
  return variants.map(({ side, leverage }) => {
    const ofSide = side === undefined ? contract : `${contract}.${SIDES[side]}`;
    const symbol = leverage === undefined ? ofSide : `${ofSide}.${leverage}x`;
    const own = { ...(side && { side }), ...(leverage && { leverage }) };
    return {
      ...listing,
      json: { ...listing.json, symbol, contract, ...own },
      instrument: listing.instrument && { ...listing.instrument, symbol },
    };
  });
}

function leveragesOf(rules: Rules, { path: [field, k] }: Listing): ContractRule["leverage"] {
  return field === "perpetuals" || field === "futures" ? rules[field][Number(k)]!.leverage : undefined;
}

/**
 * Leverage is a rate on the notional: scenario models and secret rates have none. Buffers are computed per instrument from
 * the previous epoch, in which a position may have stood in another variant.
 * @throws MarginproofError RULES_LEVERAGE, RULES_BUFFERS
 */
export function assertVariants(book: RuleBook, { json, path }: Listing, model: Model): void {
  if (json.contract === undefined) return;
  if (book.rules.buffers !== undefined)
    throw book.error(
      "RULES_BUFFERS",
      path,
      `${json.contract} has variants, and buffers are not computed over them`,
      "leave out the buffers, or positionMode: hedge and leverage",
    );
  if (json.leverage === undefined) return;
  const at = [...path, "leverage"];
  if (compare(decimal(json.leverage), ONE) < 0)
    throw book.error("RULES_LEVERAGE", at, `leverage ${json.leverage} is below 1`, "1 is the full notional");
  if (model.kind === "tiered" && model.private !== "true") return;
  const kind = model.kind === "tiered" ? "private rates" : `a ${model.kind} model`;
  throw book.error("RULES_LEVERAGE", at, `${json.contract} has ${kind}, and no leverage to choose`);
}

/** Initial rates no lower than 1 / leverage, rounded up; maintenance is the same for all. */
export function atLeverage({ json: { leverage } }: Listing, fields: MarginFields): MarginFields {
  if (leverage === undefined) return fields;
  const least = quotientUp(ONE, decimal(leverage), FIGURE_DECIMALS);
  const rule = fields.initial ?? fields.maintenance!;
  const brackets = rule.brackets!.map((tier) => ({
    notionalFloor: tier.notionalFloor,
    rate: decimalText(larger(decimal(tier.rate), least)),
  }));
  return { ...fields, initial: { ...rule, brackets } };
}
