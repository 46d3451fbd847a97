import { accountCount, bandList, belowMaintenance } from "../../protocol/bands.js";
import { INITIAL_SCALE } from "../../protocol/constants.js";
import type { RiskTable } from "../../protocol/riskTable.js";
import type { Statement } from "../../protocol/statement.js";
import { pairs } from "../pairs.js";
import type { Established } from "./established.js";
import { failure } from "./failure.js";
import type { TrustedKeys } from "./trustedKeys.js";

/** @throws MarginproofError those of `assertSums` */
export function checkSums(
  statement: Statement,
  table: RiskTable,
  { batches }: TrustedKeys,
): Established<bigint> {
  const places = batches.reduce((sum, { shape }) => sum + BigInt(shape.accounts), 0n);
  assertSums(statement, table, places);
  const { bands } = statement.totals;
  const accounts = accountCount(bands);
  return { value: accounts, detail: `${accounts} margin accounts: ${bandList(bands)}` };
}

/**
 * What published sums owe each other, whatever the accounts: proofs already say so, and a slip in them would show here.
 *
 * @param places accounts that the statement's batches have room for
 * @throws MarginproofError SUM_EQUITY, SUM_ORDER
 */
export function assertSums(
  { totals, quantities }: Pick<Statement, "totals" | "quantities">,
  table: RiskTable,
  places: bigint,
): void {
  let value = 0n;
  for (const [{ longLane }, { long, short }] of pairs(table.instruments, quantities)) {
    const { price } = table.rows[table.lanes[longLane]!.firstRow]!;
    value += price * (long - short);
  }
  if (totals.positiveEquity - totals.badDebt !== value) {
    throw failure(
      "SUM_EQUITY",
      "positive equity minus bad debt is not the value of the published quantities",
    );
  }
  const { bands } = totals;
  const accounts = accountCount(bands);
  if (accounts > places) {
    throw failure(
      "SUM_ORDER",
      `the bands count ${accounts} accounts, and the batches have room for ${places}`,
    );
  }
  // Every bankrupt account owes at least one value unit and nobody else does; shortfall is likewise.
  const below = belowMaintenance(bands);
  if (
    totals.badDebt < bands.bankrupt ||
    (bands.bankrupt === 0n && totals.badDebt > 0n) ||
    totals.shortfall < totals.badDebt + bands.liquidation ||
    (below === 0n && totals.shortfall > 0n) ||
    totals.initial < INITIAL_SCALE * totals.maintenance
  ) {
    throw failure("SUM_ORDER", "bad debt, shortfall and requirements do not fit the accounts per band");
  }
}
