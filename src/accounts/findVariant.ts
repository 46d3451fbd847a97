import { decimalProblem, parseDecimal, subtract } from "../decimal/decimalText.js";
import { type Fault, show } from "./badRows.js";
import type { Instrument, InstrumentTable, Side } from "./instruments.js";

/** What a row says of the instrument that it is about; the quantity in units as written, a plain decimal. */
export interface RowTerms {
  readonly instrument: string;
  readonly side?: string | undefined;
  readonly leverage?: string | undefined;
  readonly quantity: string;
}

/** The instrument of a row, and its quantity with its sign. */
export interface FoundVariant {
  readonly instrument: Instrument;
  readonly quantity: string;
  /** Stated by the row: a leg of its own, which nothing else may be netted with. */
  readonly leg: Side | undefined;
}

export interface RowFault extends Fault {
  readonly column: "instrument" | "side" | "leverage" | "quantity";
}

/** Kind of the fault of a row that names no instrument of the market: what it is about is the name. */
export const NOT_IN_MARKET = "is not in the market";
const NOT_DECIMAL = "is not a plain decimal number";
const SIDES = new Set(["long", "short"]);
const fault = (column: RowFault["column"], own: Fault): RowFault => ({ column, ...own });

/**
 * The instrument of a row: a symbol of the market, or a contract, of whose variants side and leverage choose one. A side
 * gives the quantity its sign, whether or not it has one already; where variants have sides and the row states none, the
 * sign of the quantity chooses.
 *
 * @returns the fault when there is no such instrument, or the row contradicts it or itself
 */
export function findVariant(row: RowTerms, market: InstrumentTable): FoundVariant | RowFault {
  const { instrument: name, leverage } = row;
  if (row.side !== undefined && !SIDES.has(row.side))
    return fault("side", {
      kind: "is not a side",
      reason: `${show(row.side)} is not a side`,
      hint: "Write long or short, or leave it empty.",
    });
  const leg = row.side as Side | undefined;
  const sign = signOf(row.quantity, leg);
  if (typeof sign !== "string") return sign;
  const side: Side = sign.startsWith("-") ? "short" : "long";
  const variants = market.byContract.get(name);
  const own = market.bySymbol.get(name);
  // What is called as its contract is itself one of the variants.
  const instrument = variants === undefined ? own : variantOf(variants, side, leverage);
  if (instrument === undefined) {
    const hint = "Use a symbol exactly as in the market file, or add the instrument there.";
    const reason = `${show(name)} ${NOT_IN_MARKET}`;
    return fault("instrument", { kind: NOT_IN_MARKET, about: name.slice(0, 64), reason, hint });
  }
  if ("reason" in instrument) return instrument;
  const wrong = contradiction(instrument, { leg, leverage, side, zero: /^[0.]*$/.test(sign) });
  return wrong ?? { instrument, quantity: sign, leg };
}

/** The quantity with the sign of its side. */
function signOf(quantity: string, leg: Side | undefined): string | RowFault {
  if (leg === undefined || quantity.startsWith("-") === (leg === "short")) return quantity;
  if (leg === "long") {
    const reason = `${show(quantity)} is below 0, and the row's side is long`;
    const hint = "Give the size of a long position without a sign, or correct the side.";
    return fault("quantity", { kind: "is below 0, and the row's side is long", reason, hint });
  }
  return /^0(\.0*)?$/.test(quantity) ? quantity : `-${quantity}`;
}

const same = (a: string, b: string): boolean => subtract(parseDecimal(a), parseDecimal(b)).units === 0n;

function variantOf(
  variants: readonly Instrument[],
  side: Side,
  leverage: string | undefined,
): Instrument | RowFault {
  if (leverage !== undefined && decimalProblem(leverage) !== undefined)
    return fault("leverage", {
      kind: NOT_DECIMAL,
      reason: `${show(leverage)} ${NOT_DECIMAL}`,
      hint: "Write it as 5 or 2.5.",
    });
  const ofSide = variants.filter((v) => v.side === undefined || v.side === side);
  const chosen = ofSide.filter((v) =>
    leverage === undefined || v.leverage === undefined ? leverage === v.leverage : same(leverage, v.leverage),
  );
  if (chosen.length === 1) return chosen[0]!;
  // A contract whose requirements don't depend on it: the column says what nothing is computed from.
  const plain = ofSide.filter((v) => v.leverage === undefined);
  if (leverage !== undefined && ofSide.length === 1 && plain.length === 1) return plain[0]!;
  const known = ofSide.flatMap((v) => v.leverage ?? []).join(", ");
  const { contract } = variants[0]!;
  return leverage === undefined
    ? fault("leverage", {
        kind: "is missing where a contract has variants",
        about: contract,
        reason: `is missing: ${contract} has variants of leverage ${known}`,
        hint: "Say which was chosen.",
      })
    : fault("leverage", {
        kind: "is not one of the contract's",
        about: contract,
        reason: `${show(leverage)} is not one of ${contract}'s: ${known}`,
        hint: "Use one of these, or list this leverage in the rules or the market file.",
      });
}

/** A row that names a variant itself must not say otherwise. */
function contradiction(
  { symbol, derivative, side: only, leverage: own }: Instrument,
  row: { leg: Side | undefined; leverage: string | undefined; side: Side; zero: boolean },
): RowFault | undefined {
  if (!derivative) {
    const column = row.leg !== undefined ? "side" : row.leverage !== undefined ? "leverage" : undefined;
    if (column === undefined) return undefined;
    const reason = `is not allowed on ${symbol}, which is no contract`;
    const kind = "is not allowed on what is no contract";
    return fault(column, { kind, about: symbol, reason, hint: "Leave it empty." });
  }
  if (only !== undefined && (row.leg ?? (row.zero ? only : row.side)) !== only) {
    const [column, hint] =
      row.leg === undefined
        ? (["quantity", `Name its contract, or the ${row.side} variant.`] as const)
        : (["side", "Name its contract, or correct the side."] as const);
    const reason = `is ${row.side}, and ${symbol} is for ${only} positions alone`;
    return fault(column, { kind: "is not the variant's side", about: symbol, reason, hint });
  }
  if (row.leverage === undefined || own === undefined) return undefined;
  if (decimalProblem(row.leverage) === undefined && same(row.leverage, own)) return undefined;
  const reason = `${show(row.leverage)} is not that of ${symbol}, ${own}`;
  return fault("leverage", {
    kind: "is not the variant's",
    about: symbol,
    reason,
    hint: "Name its contract.",
  });
}
