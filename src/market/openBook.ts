import {
  add,
  compare,
  type Decimal,
  decimal,
  decimalText,
  integer,
  larger,
  multiply,
  subtract,
  ZERO,
} from "../decimal/decimal.js";
import { MarginproofError } from "../errors.js";
import type { RiskTable } from "../protocol/riskTable.js";
import { shortList } from "../protocol/shortList.js";
import { contractsOf } from "./contracts.js";
import { type FundPart, fundParts, fundTotal } from "./fundValue.js";
import type { Market } from "./marketFile.js";

/** What customers are owed and owe in one asset, in units of the asset, exact decimals. */
export interface AssetBook {
  readonly asset: string;
  /** Held by customers: long totals of the asset's instruments. */
  readonly gross: string;
  /** Owed by customers: short totals of the asset's instruments. */
  readonly customerDebt: string;
  /** Net total of the settlement instruments of the asset: profit and loss not yet paid out. */
  readonly settlement: string;
  /** gross - customerDebt + settlement: what the exchange must be able to pay. */
  readonly net: string;
  /** What the insurance fund holds of it. */
  readonly fund: string;
  /** max(0, net) + fund: what the reserve must hold. */
  readonly needed: string;
  /** Declared reserve; "0" when none is declared. */
  readonly reserve: string;
}

/** One check in the open: `left` must equal `right` (balance) or be at most `right` (coverage). */
export interface BookCheck {
  readonly name: "open-interest" | "position-side" | "reserves" | "insurance" | "stress-insurance";
  /** Contract, asset or stress scenario. */
  readonly subject: string;
  readonly passed: boolean;
  readonly left: string;
  readonly right: string;
  /** The check in words. */
  readonly statement: string;
  /** What the figures are made of; empty when there is nothing to add. */
  readonly parts: string;
}

export interface OpenBook {
  readonly assets: readonly AssetBook[];
  readonly checks: readonly BookCheck[];
}

/**
 * The checks that anyone makes on the published totals: long = short for every contract over its variants, nothing long in
 * a variant for shorts nor the reverse, and for every asset
 * reserves >= max(0, net liabilities) + insurance fund. The fund is for bad debt, so the reserves hold it on top of what
 * is owed; what customers owe may make up for what others are owed of the asset, never for the fund. `laneTotals[l]` is the total absolute quantity held in lane l,
 * in quantity steps.
 * @throws MarginproofError LANE_TOTALS when the list does not match the table
 */
export function openBook(market: Market, table: RiskTable, laneTotals: readonly bigint[]): OpenBook {
  if (laneTotals.length !== table.lanes.length || laneTotals.some((total) => total < 0n)) {
    const message = `published totals: ${laneTotals.length} lane totals for ${table.lanes.length} lanes, none may be negative`;
    throw new MarginproofError("LANE_TOTALS", message, { kind: "invalid" });
  }
  const checks = contractChecks(market, table, laneTotals);
  const books = new Map<string, AssetTotals>();
  for (const i of table.instruments) {
    const step = decimal(i.quantityStep);
    const long = multiply(step, integer(laneTotals[i.longLane]!));
    const short = multiply(step, integer(laneTotals[i.shortLane]!));
    if (i.class.kind === "derivative" || i.class.kind === "orders") continue;
    const book = books.get(i.class.asset) ?? { gross: ZERO, debt: ZERO, settlement: ZERO };
    books.set(i.class.asset, book);
    if (i.class.kind === "asset") {
      book.gross = add(book.gross, long);
      book.debt = add(book.debt, short);
    } else {
      book.settlement = add(book.settlement, subtract(long, short));
    }
  }
  const assets = [...books].map(([asset, book]) => assetBook(market, asset, book));
  return { assets: assets.map(({ book }) => book), checks: [...checks, ...assets.map((own) => own.check)] };
}

/** Units of one contract, over its variants. */
export interface OpenInterest {
  readonly contract: string;
  /** Symbols, in market order. */
  readonly variants: readonly string[];
  readonly long: Decimal;
  readonly short: Decimal;
}

/** Of every contract, in market order. `laneTotals` as in `openBook`. */
export function openInterestOf(
  market: Market,
  table: RiskTable,
  laneTotals: readonly bigint[],
): OpenInterest[] {
  return [...contractsOf(market)].map(([contract, variants]) => {
    const total = (lane: "longLane" | "shortLane"): Decimal =>
      variants
        .map(([at, { quantityStep }]) =>
          multiply(decimal(quantityStep), integer(laneTotals[table.instruments[at]![lane]]!)),
        )
        .reduce(add);
    const symbols = variants.map(([, { symbol }]) => symbol);
    return { contract, variants: symbols, long: total("longLane"), short: total("shortLane") };
  });
}

function contractChecks(market: Market, table: RiskTable, laneTotals: readonly bigint[]): BookCheck[] {
  const balanced = openInterestOf(market, table, laneTotals).map(({ contract, long, short }) =>
    check("open-interest", contract, compare(long, short) === 0, long, short, "total long = total short"),
  );
  if (market.positionMode === "net") return balanced;
  const wrong = market.instruments.filter(({ side }, at) => {
    const { longLane, shortLane } = table.instruments[at]!;
    return side !== undefined && laneTotals[side === "long" ? shortLane : longLane]! !== 0n;
  });
  const parts = shortList(wrong.map(({ symbol, side }) => `${symbol} is for ${side}s, and others hold it`));
  const [count, none] = [integer(BigInt(wrong.length)), ZERO];
  const rule = "what is for longs holds no shorts, and the reverse";
  return [...balanced, check("position-side", "hedge mode", wrong.length === 0, count, none, rule, parts)];
}

/** Long and short totals of an asset, by class. */
interface AssetTotals {
  gross: Decimal;
  debt: Decimal;
  settlement: Decimal;
}

function assetBook(
  market: Market,
  asset: string,
  { gross, debt, settlement }: AssetTotals,
): { book: AssetBook; check: BookCheck } {
  const net = add(subtract(gross, debt), settlement);
  const fund = declared(market.insuranceFund, asset);
  const reserve = declared(market.reserves, asset);
  const needed = add(larger(net, ZERO), fund);
  const book = {
    asset,
    gross: decimalText(gross),
    customerDebt: decimalText(debt),
    settlement: decimalText(settlement),
    net: decimalText(net),
    fund: decimalText(fund),
    needed: decimalText(needed),
    reserve: decimalText(reserve),
  };
  const passed = compare(needed, reserve) <= 0;
  const inequality = "net liabilities + insurance fund <= declared reserves";
  const parts = `held by customers ${book.gross}, owed by customers ${book.customerDebt}, settlement ${book.settlement}, net ${book.net}, fund ${book.fund}`;
  return { book, check: check("reserves", asset, passed, needed, reserve, inequality, parts) };
}

const declared = (amounts: Readonly<Record<string, string>>, asset: string): Decimal =>
  Object.hasOwn(amounts, asset) ? decimal(amounts[asset]!) : ZERO;

/**
 * Bad debt, now and under each stress scenario, against the insurance fund at the same prices (`fundParts`). Amounts in
 * value units; the checks show quote currency.
 */
export function insuranceChecks(
  market: Market,
  badDebt: bigint,
  stressedBadDebt: readonly bigint[],
): BookCheck[] {
  const unit = decimal(market.valueUnit);
  const covered = (name: BookCheck["name"], subject: string, units: bigint, stress?: number) => {
    const debt = multiply(integer(units), unit);
    const parts = fundParts(market, stress);
    const fund = fundTotal(parts);
    const passed = compare(debt, fund) <= 0;
    return check(name, subject, passed, debt, fund, "bad debt <= insurance fund", fundText(market, parts));
  };
  return [
    covered("insurance", "now", badDebt),
    ...stressedBadDebt.map((units, z) =>
      covered("stress-insurance", market.stress[z]?.name ?? `stress ${z}`, units, z),
    ),
  ];
}

/** `fund 20000 USDT; 2 BTC at 42000, counted as 79800`; a fund that is the figure itself is not explained. */
function fundText({ quote }: Market, parts: readonly FundPart[]): string {
  const plain = ({ asset, amount, counted }: FundPart) => asset === quote && compare(amount, counted) === 0;
  if (parts.every(plain)) return "";
  const part = (own: FundPart): string => {
    const held = `${decimalText(own.amount)} ${own.asset}`;
    if (plain(own)) return held;
    return `${held} at ${decimalText(own.price)}, counted as ${decimalText(own.counted)}`;
  };
  return `fund ${parts.map(part).join("; ")}`;
}

function check(
  name: BookCheck["name"],
  subject: string,
  passed: boolean,
  left: Decimal,
  right: Decimal,
  statement: string,
  parts = "",
): BookCheck {
  return { name, subject, passed, left: decimalText(left), right: decimalText(right), statement, parts };
}
