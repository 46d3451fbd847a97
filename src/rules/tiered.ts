import { Precise } from "../models/index.js";
import { rateText } from "../models/modelTable.js";
import type { Decimal } from "../models/precise.js";
import { type InstrumentJson, type Listing, lookUp } from "./listing.js";
import type { ModelOf } from "./modelFields.js";
import type { RuleBook } from "./readRules.js";

type Fields = Pick<InstrumentJson, "maintenance" | "initial">;

/**
 * Maintenance and initial brackets of an instrument: its own table, else the model's. With `openInterest`, every initial
 * rate b becomes b + (1 - b) * s, rounded up at 18 decimals, where
 *
 *     s = (open interest at mark - low) / (high - low), held within 0 and 1
 *
 * and the open interest is the previous epoch's proven total. Throws RULES_REFERENCE, RULES_OPEN_INTEREST.
 */
export function tieredRule(book: RuleBook, listing: Listing, model: ModelOf<"tiered">): Fields {
  const own = listing.brackets !== undefined;
  const path = own ? [...listing.path.slice(0, 2), "brackets"] : ["models", listing.model!, "brackets"];
  const rows = lookUp(book, "brackets", listing.brackets ?? model.brackets, path);
  const maintenance = {
    brackets: rows.map((r) => ({ notionalFloor: r.from, rate: r.maintenance })),
  };
  const share = crowding(book, listing, model);
  if (rows[0]!.initial === undefined && share === undefined) return { maintenance };
  const initial = {
    brackets: rows.map((r) => {
      const base = r.initial ?? r.maintenance;
      return { notionalFloor: r.from, rate: scaled(base, share, listing.json.symbol) };
    }),
  };
  return { maintenance, initial };
}

function scaled(base: string, share: Decimal | undefined, symbol: string): string {
  const rate = new Precise(base);
  if (share === undefined || rate.gte(1)) return base;
  return rateText(rate.plus(new Precise(1).minus(rate).times(share)), `${symbol}: initial rate`);
}

/** How far the instrument's open interest is from `low` to `high`: 0 to 1; undefined when it does not matter. */
function crowding(book: RuleBook, listing: Listing, model: ModelOf<"tiered">): Decimal | undefined {
  if (model.openInterest === undefined || listing.json.kind === "asset") return undefined;
  const { symbol, markPrice, notionalPrice } = listing.json;
  if (model.private === "true") {
    const path = ["models", listing.model!, "openInterest"];
    throw book.error(
      "RULES_OPEN_INTEREST",
      path,
      "private rates are the same in every epoch: they can't scale",
    );
  }
  const [low, high] = [new Precise(model.openInterest.low), new Precise(model.openInterest.high)];
  if (high.lte(low)) {
    const path = ["models", listing.model!, "openInterest", "high"];
    throw book.error("RULES_OPEN_INTEREST", path, `high ${high.toFixed()} is not above low ${low.toFixed()}`);
  }
  const units = Object.hasOwn(book.rules.openInterest, symbol) ? book.rules.openInterest[symbol] : undefined;
  if (units === undefined) {
    const hint = "state it under openInterest, from the previous epoch's published totals; 0 for a new one";
    const problem = `${symbol}: model ${listing.model} scales with open interest, and none is stated`;
    throw book.error("RULES_OPEN_INTEREST", listing.path, problem, hint);
  }
  const notional = new Precise(units).times(notionalPrice ?? new Precise(markPrice).abs());
  return Precise.min(1, Precise.max(0, notional.minus(low).div(high.minus(low))));
}
