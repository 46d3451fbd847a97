import type { AccountRecord, Batch, Slot } from "../../src/protocol/accountRecord.js";
import { bandOf } from "../../src/protocol/bands.js";
import { indexRows } from "../../src/protocol/rowSums.js";
import { batches, groupShape, plainShape, record } from "../support/tinyEpoch.js";
import { tinyTable } from "../support/tinyMarket.js";

/**
 * The book that the attacks start from: batch 0 holds a whale (0) and a bankrupt perpetual holder (1), batch 1 an
 * option writer (0) who also holds bitcoin, and the option's buyer (1).
 */
export function honestBook(): Batch[] {
  return batches(
    [
      plainShape,
      [
        record(plainShape, { USDT: 5_000_000_000n, "USDT-PNL": 60_000_000_000n, "BTC-PERP": -1000n }, 11n),
        record(plainShape, { USDT: 60_000_000n, "USDT-PNL": -60_500_500_000n, "BTC-PERP": 1000n }, 12n),
      ],
    ],
    [
      groupShape,
      [
        record(groupShape, { USDT: 9_000_000_000n, "BTC-60000-C": -150n, BTC: 20_000n }, 13n),
        record(groupShape, { USDT: 100_000_000n, "BTC-60000-C": 150n }, 14n),
      ],
    ],
  );
}

/** The book with one account replaced by what `lie` makes of it. */
export function withLie(
  book: readonly Batch[],
  batch: number,
  account: number,
  lie: (honest: AccountRecord) => AccountRecord,
): Batch[] {
  return book.map((part, b) =>
    b === batch
      ? { ...part, accounts: part.accounts.map((honest, a) => (a === account ? lie(honest) : honest)) }
      : part,
  );
}

/** A list with one item replaced. */
export const replaced = <T>(items: readonly T[], at: number, item: T): T[] =>
  items.map((old, i) => (i === at ? item : old));

/** Position of a slot of this instrument's side in an account, and the slot. */
export function slotOf(
  account: AccountRecord,
  symbol: string,
  side: "long" | "short",
): { at: number; slot: Slot; flat: boolean } {
  const lane = tinyTable.lanes.findIndex((each) => each.instrument === symbol && each.side === side);
  const rows = indexRows(tinyTable);
  for (const flat of [false, true]) {
    const slots = flat ? account.flat : account.bracketed;
    const index = flat ? rows.flat : rows.bracketed;
    const at = slots.findIndex((slot) => tinyTable.rows[index.get(slot.key) ?? -1]?.laneIndex === lane);
    if (at >= 0) return { at, slot: slots[at]!, flat };
  }
  throw new Error(`the account holds no ${symbol} ${side}`);
}

/** The rows of one side of an instrument, with their positions in the table. */
export function laneRows(symbol: string, side: "long" | "short") {
  const lane = tinyTable.lanes.find((each) => each.instrument === symbol && each.side === side)!;
  return Array.from({ length: lane.rowCount }, (_, i) => ({
    index: lane.firstRow + i,
    row: tinyTable.rows[lane.firstRow + i]!,
  }));
}

/** The account in the band that its claims give. */
export const rebanded = (account: AccountRecord): AccountRecord => ({
  ...account,
  band: bandOf(account, tinyTable.marginCallBp),
});
