import { decimalProblem, exactSteps, MAX_DECIMAL_LENGTH, parseDecimal } from "../decimal/decimalText.js";
import { accountProblem } from "../protocol/accountName.js";
import { CROSS_POCKET, type PocketId, pocketProblem } from "../protocol/pocket.js";
import { type BadRowCollector, show } from "./badRows.js";
import type { Instrument, InstrumentTable } from "./instruments.js";

/** One valid row: some quantity of one instrument in one pocket of an account. */
export interface AccountRow extends PocketId {
  readonly instrument: string;
  /** Canonical decimal text, as in the file. */
  readonly quantity: string;
  /** The quantity in steps of the instrument. */
  readonly steps: bigint;
  /** Canonical decimal text; derivatives only. */
  readonly entryPrice?: string;
  /** Line of the file, counted from 1. */
  readonly line: number;
}

/** Columns of a CSV header and keys of an NDJSON row. */
export const REQUIRED_COLUMNS = ["account", "instrument", "quantity"] as const;
export const OPTIONAL_COLUMNS = ["pocket", "entry_price"] as const;
export const COLUMNS = [...REQUIRED_COLUMNS, ...OPTIONAL_COLUMNS] as const;
export type Column = (typeof COLUMNS)[number];

/** A row's texts before validation. */
export type RawRow = Readonly<Partial<Record<Column, string>>>;

const NUMBER_HINT = "Write digits with at most one point: no exponent, plus sign, spaces or leading zeros.";

/** Takes a fault of a row: in which column, why, and what to do. */
type Refuse = (column: Column, reason: string, hint: string) => void;

/**
 * Checks one row against the market. Returns it, or undefined after adding every fault to `bad`
 * (which ends as ACCOUNTS_BAD_ROWS). Account ids are not repeated in messages; the line identifies them.
 */
export function validateRow(
  raw: RawRow,
  line: number,
  market: InstrumentTable,
  bad: BadRowCollector,
): AccountRow | undefined {
  let good = true;
  const refuse: Refuse = (column, reason, hint) => {
    good = false;
    bad.add({ line, column, reason, hint });
  };
  const { account = "", pocket = CROSS_POCKET, instrument: symbol = "", quantity = "" } = raw;
  const entryPrice = raw.entry_price;
  const problem = accountProblem(account);
  if (problem !== undefined) refuse("account", problem.reason, problem.hint);
  const misnamed = pocketProblem(pocket);
  if (misnamed !== undefined) refuse("pocket", `${show(pocket)} ${misnamed.reason}`, misnamed.hint);
  const instrument = instrumentOf(symbol, market, refuse);
  const steps = stepsOf(quantity, instrument, refuse);
  if (entryPrice !== undefined) {
    validatePrice(entryPrice, refuse);
    if (instrument !== undefined) validateSettled(instrument, refuse);
  }
  if (!good || steps === undefined) return undefined;
  if (entryPrice === undefined) return { account, pocket, instrument: symbol, quantity, steps, line };
  return { account, pocket, instrument: symbol, quantity, steps, entryPrice, line };
}

function instrumentOf(symbol: string, market: InstrumentTable, refuse: Refuse): Instrument | undefined {
  const instrument = market.bySymbol.get(symbol);
  if (symbol === "") refuse("instrument", "is empty", "Every row needs an instrument of the market.");
  else if (instrument === undefined) {
    const hint = "Use a symbol exactly as in the market file, or add the instrument there.";
    refuse("instrument", `${show(symbol)} is not in the market`, hint);
  }
  return instrument;
}

/** The quantity in steps of its instrument; undefined where it was refused, or the instrument was. */
function stepsOf(quantity: string, instrument: Instrument | undefined, refuse: Refuse): bigint | undefined {
  if (quantity === "") {
    refuse("quantity", "is empty", "Write 0 for an account that holds nothing.");
    return undefined;
  }
  const problem = decimalProblem(quantity);
  if (problem !== undefined) {
    const tooLong = quantity.length > MAX_DECIMAL_LENGTH;
    const zero = problem === "is a negative zero";
    const hint = zero ? "Write 0." : tooLong ? "Use a shorter number." : NUMBER_HINT;
    refuse("quantity", `${show(quantity)} ${problem}`, hint);
    return undefined;
  }
  if (instrument === undefined) return undefined;
  const steps = exactSteps(parseDecimal(quantity), instrument.step);
  if (steps === undefined) {
    const reason = `${show(quantity)} is not a multiple of ${instrument.symbol}'s quantity step ${instrument.stepText}`;
    refuse("quantity", reason, "Round it at the source, or use a finer quantity step in the market file.");
  }
  return steps;
}

function validatePrice(entryPrice: string, refuse: Refuse): void {
  if (entryPrice === "") {
    refuse("entry_price", "is empty", "Leave the key out when there is no entry price.");
    return;
  }
  const problem = decimalProblem(entryPrice);
  if (problem !== undefined) refuse("entry_price", `${show(entryPrice)} ${problem}`, NUMBER_HINT);
}

/** Only what settles into an instrument of the market has an entry price. */
function validateSettled(
  { symbol, kind, derivative, settlement, settlementChoices: choices }: Instrument,
  refuse: Refuse,
): void {
  if (!derivative) {
    const hint = "Only perpetuals, futures and options have an entry price; leave it empty.";
    refuse("entry_price", `is not allowed on ${symbol}, which is of kind ${kind}`, hint);
  } else if (settlement === undefined) {
    const several = `the market has several in its quote currency (${choices.slice(0, 5).join(", ")}), and ${symbol} doesn't say which`;
    const why = choices.length > 0 ? several : `${symbol} has no settlement instrument`;
    const give =
      choices.length > 0 ? `Give ${symbol} its settlement` : "Give the market a settlement instrument";
    const hint = `${give} in the market file, or leave entry prices out.`;
    refuse("entry_price", `can't be settled: ${why}`, hint);
  }
}
