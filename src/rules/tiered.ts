import {
  add,
  compare,
  type Decimal,
  decimal,
  decimalText,
  larger,
  multiply,
  ONE,
  quotientUp,
  smaller,
  subtract,
  ZERO,
} from "../decimal/decimal.js";
import { contractOf } from "../market/contracts.js";
import { notionalPrice } from "../market/requirement.js";
import { FIGURE_DECIMALS } from "../models/modelTable.js";
import { type InstrumentJson, type Listing, lookUp } from "./listing.js";
import type { ModelOf } from "./modelFields.js";
import { openInterestNotional, type PreviousEpoch } from "./previousEpoch.js";
import type { RuleBook } from "./readRules.js";

type Fields = Pick<InstrumentJson, "maintenance" | "initial">;

/**
 * Maintenance and initial brackets of an instrument: its own table, else the model's. With `openInterest`, every initial
 * rate b becomes b + (1 - b) * s, rounded up at 18 decimals, where
 *
 *     s = (open interest - low) / (high - low), held within 0 and 1
 *
 * and the open interest is the previous epoch's proven total at that epoch's price; without a previous epoch, what the
 * file states, at mark.
 * @throws MarginproofError RULES_REFERENCE, RULES_OPEN_INTEREST
 */
export function tieredRule(
  book: RuleBook,
  listing: Listing,
  model: ModelOf<"tiered">,
  previous: PreviousEpoch | undefined,
): Fields {
  const own = listing.brackets !== undefined;
  const path = own ? [...listing.path.slice(0, 2), "brackets"] : ["models", listing.model!, "brackets"];
  const rows = lookUp(book, "brackets", listing.brackets ?? model.brackets, path);
  const maintenance = {
    brackets: rows.map((r) => ({ notionalFloor: r.from, rate: r.maintenance })),
  };
  const share = crowding(book, listing, model, previous);
  if (rows[0]!.initial === undefined && share === undefined) return { maintenance };
  const initial = {
    brackets: rows.map((r) => ({ notionalFloor: r.from, rate: scaled(r.initial ?? r.maintenance, share) })),
  };
  return { maintenance, initial };
}

/** Part and whole of a share, neither rounded. */
interface Share {
  readonly part: Decimal;
  readonly whole: Decimal;
}

function scaled(base: string, share: Share | undefined): string {
  const rate = decimal(base);
  if (share === undefined || compare(rate, ONE) >= 0) return base;
  const { part, whole } = share;
  const sum = add(multiply(rate, whole), multiply(subtract(ONE, rate), part));
  return decimalText(quotientUp(sum, whole, FIGURE_DECIMALS));
}

/** How far the instrument's open interest is from `low` to `high`: 0 to 1; undefined when it does not matter. */
function crowding(
  book: RuleBook,
  listing: Listing,
  model: ModelOf<"tiered">,
  previous: PreviousEpoch | undefined,
): Share | undefined {
  if (model.openInterest === undefined || listing.json.kind === "asset") return undefined;
  if (model.private === "true") {
    const path = ["models", listing.model!, "openInterest"];
    throw book.error("RULES_OPEN_INTEREST", path, SAME_RATES, "leave out openInterest, or private: true");
  }
  const [low, high] = [decimal(model.openInterest.low), decimal(model.openInterest.high)];
  if (compare(high, low) <= 0) {
    const path = ["models", listing.model!, "openInterest", "high"];
    const problem = `high ${decimalText(high)} is not above low ${decimalText(low)}`;
    throw book.error("RULES_OPEN_INTEREST", path, problem, "let high be above low");
  }
  const notional =
    previous === undefined
      ? statedNotional(book, listing)
      : openInterestNotional(previous, contractOf(listing.json));
  const whole = subtract(high, low);
  const part = larger(ZERO, subtract(smaller(high, notional), low));
  return { part, whole };
}

/** True when the instrument's model says `private: true`. */
export function hasPrivateRates({ rules }: RuleBook, { model: name }: Listing): boolean {
  const model = name === undefined ? undefined : rules.models[name];
  return model?.kind === "tiered" && model.private === "true";
}

/** Why rates that depend on the previous epoch can't be private. */
export const SAME_RATES = "private rates are the same in every epoch: they can't scale";

/** What the file claims, at mark. */
function statedNotional(book: RuleBook, { json, model, path }: Listing): Decimal {
  const stated = book.rules.openInterest;
  const contract = contractOf(json);
  if (Object.hasOwn(stated, contract)) return multiply(decimal(stated[contract]!), notionalPrice(json));
  const hint = "give the previous epoch's bundle, or state a figure under openInterest; 0 for a new one";
  const problem = `${json.symbol}: model ${model} scales with open interest, and none is stated`;
  throw book.error("RULES_OPEN_INTEREST", path, problem, hint);
}
