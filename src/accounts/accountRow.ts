import { decimalProblem, exactSteps, MAX_DECIMAL_LENGTH, parseDecimal } from "../decimal/decimalText.js";
import { accountProblem } from "../protocol/accountName.js";
import { CROSS_POCKET, type PocketId, pocketProblem } from "../protocol/pocket.js";
import { type Fault, type FaultTaker, show } from "./badRows.js";
import { entryFault, SETTLED } from "./entryPrice.js";
import { type FoundVariant, findVariant, type RowFault } from "./findVariant.js";
import type { Instrument, InstrumentTable, Side } from "./instruments.js";

/** One valid row: some quantity of one instrument in one pocket of an account. */
export interface AccountRow extends PocketId {
  /** Symbol of the instrument held, whether the file names it or its contract. */
  readonly instrument: string;
  /** Side that the file states: a leg, which is never netted with another. */
  readonly leg?: Side;
  /** Canonical decimal text, as in the file, with the sign of its side. */
  readonly quantity: string;
  /** The quantity in steps of the instrument. */
  readonly steps: bigint;
  /** Canonical decimal text; derivatives only, absent where it is settled elsewhere. */
  readonly entryPrice?: string;
  /** Line of the file, or in Parquet row, counted from 1. */
  readonly line: number;
}

/** Columns of a CSV header and keys of an NDJSON row. */
export const REQUIRED_COLUMNS = ["account", "instrument", "quantity"] as const;
export const OPTIONAL_COLUMNS = ["pocket", "side", "leverage", "entry_price"] as const;
export const COLUMNS = [...REQUIRED_COLUMNS, ...OPTIONAL_COLUMNS] as const;
export type Column = (typeof COLUMNS)[number];

/** A row's texts before validation. */
export type RawRow = Readonly<Partial<Record<Column, string>>>;

const NUMBER_HINT = "Write digits with at most one point: no exponent, plus sign, spaces or leading zeros.";

/** Takes a fault of a row, and the column that it is in. */
type Refuse = (column: Column, fault: Fault) => void;

/**
 * Checks one row against the market. Returns it, or undefined after adding every fault to `bad`
 * (which ends as ACCOUNTS_BAD_ROWS). Account ids are not repeated in messages; the line identifies them.
 */
export function validateRow(
  raw: RawRow,
  line: number,
  market: InstrumentTable,
  bad: FaultTaker,
): AccountRow | undefined {
  let good = true;
  const refuse: Refuse = (column, { kind, about, reason, hint }) => {
    good = false;
    const counted = { ...(kind === undefined ? {} : { kind }), ...(about === undefined ? {} : { about }) };
    bad.add({ line, column, ...counted, reason, hint });
  };
  const { account = "", pocket = CROSS_POCKET } = raw;
  const problem = accountProblem(account);
  if (problem !== undefined) refuse("account", problem);
  const misnamed = pocketProblem(pocket);
  if (misnamed !== undefined)
    refuse("pocket", { kind: misnamed, hint: POCKET_HINT, reason: `${show(pocket)} ${misnamed}` });
  const held = heldIn(raw, market, refuse);
  const steps = stepsOf(raw.quantity ?? "", held, refuse);
  const entry = entryOf(raw.entry_price, steps, held?.instrument);
  if (entry?.fault !== undefined) refuse("entry_price", entry.fault);
  if (!good || steps === undefined || held === undefined) return undefined;
  return {
    account,
    pocket,
    instrument: held.instrument.symbol,
    ...(held.leg === undefined ? {} : { leg: held.leg }),
    quantity: held.quantity,
    steps,
    ...(entry === undefined ? {} : { entryPrice: entry.price! }),
    line,
  };
}

const POCKET_HINT = "Use a name such as BTC-PERP or 17, and leave it empty for the cross pocket.";

const EMPTY_INSTRUMENT: RowFault = {
  column: "instrument",
  reason: "is empty",
  hint: "Every row needs an instrument of the market.",
};

/** The instrument that a row is about; undefined where the row was refused. */
function heldIn(raw: RawRow, market: InstrumentTable, refuse: Refuse): FoundVariant | undefined {
  const { instrument: symbol = "", quantity = "", side, leverage } = raw;
  const problem = quantityProblem(quantity);
  const readable = problem === undefined ? quantity : "0";
  const found =
    symbol === ""
      ? EMPTY_INSTRUMENT
      : findVariant({ instrument: symbol, side, leverage, quantity: readable }, market);
  if ("reason" in found) refuse(found.column, found);
  if (problem !== undefined) refuse("quantity", problem);
  return "reason" in found ? undefined : found;
}

function quantityProblem(quantity: string): Fault | undefined {
  if (quantity === "") return { reason: "is empty", hint: "Write 0 for an account that holds nothing." };
  const problem = decimalProblem(quantity);
  if (problem === undefined) return undefined;
  const tooLong = quantity.length > MAX_DECIMAL_LENGTH;
  const zero = problem === "is a negative zero";
  const hint = zero ? "Write 0." : tooLong ? "Use a shorter number." : NUMBER_HINT;
  return { kind: problem, reason: `${show(quantity)} ${problem}`, hint };
}

/** The quantity in steps of its instrument; undefined where it was refused, or the instrument was. */
function stepsOf(quantity: string, held: FoundVariant | undefined, refuse: Refuse): bigint | undefined {
  if (held === undefined || quantityProblem(quantity) !== undefined) return undefined;
  const { symbol, kind, step, stepText } = held.instrument;
  const steps = exactSteps(parseDecimal(held.quantity), step);
  if (steps === undefined) {
    const reason = `${show(quantity)} is not a multiple of ${symbol}'s quantity step ${stepText}`;
    const hint = "Round it at the source, or use a finer quantity step in the market file.";
    refuse("quantity", { kind: "is not a multiple of the quantity step", about: symbol, reason, hint });
  } else if (kind === "orders" && steps < 0n) {
    const reason = `${show(quantity)} is below 0, and ${symbol} is what open orders lock`;
    const hint = `Give the amount without a sign, beside the whole balance.`;
    refuse("quantity", { kind: "is below 0 where orders lock", about: symbol, reason, hint });
  }
  return steps;
}

/** @returns undefined when nothing is to be booked: no position, another kind, or settled elsewhere */
function entryOf(
  text: string | undefined,
  steps: bigint | undefined,
  instrument: Instrument | undefined,
): { readonly price?: string; readonly fault?: Fault } | undefined {
  if (instrument?.derivative === true) {
    if (text === SETTLED || ((text === undefined || text === "") && steps === 0n)) return undefined;
    const fault = text === undefined ? undefined : settlementFault(instrument);
    const own =
      fault ?? (steps === undefined && text === undefined ? undefined : entryFault(text, instrument));
    return own === undefined ? { price: text! } : { fault: own };
  }
  if (text === undefined) return undefined;
  if (instrument !== undefined)
    return {
      fault: {
        kind: "is not allowed on what is no derivative",
        about: instrument.symbol,
        reason: `is not allowed on ${instrument.symbol}, which is of kind ${instrument.kind}`,
        hint: "Only perpetuals, futures and options have an entry price; leave it empty.",
      },
    };
  const problem = text === SETTLED ? undefined : text === "" ? "is empty" : decimalProblem(text);
  if (problem === undefined) return undefined;
  const reason = text === "" ? problem : `${show(text)} ${problem}`;
  return { fault: { kind: problem, reason, hint: NUMBER_HINT } };
}

function settlementFault({ symbol, settlement, settlementChoices: choices }: Instrument): Fault | undefined {
  if (settlement !== undefined) return undefined;
  const several = `the market has several in its quote currency (${choices.slice(0, 5).join(", ")}), and ${symbol} doesn't say which`;
  const why = choices.length > 0 ? several : `${symbol} has no settlement instrument`;
  const give =
    choices.length > 0 ? `Give ${symbol} its settlement` : "Give the market a settlement instrument";
  const hint = `${give} in the market file, or write ${SETTLED} where the profit is in rows of your own.`;
  return { kind: "can't be settled", about: symbol, reason: `can't be settled: ${why}`, hint };
}
