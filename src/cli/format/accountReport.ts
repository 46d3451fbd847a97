import type { Market } from "../../market/index.js";
import type { Band } from "../../protocol/bands.js";
import { INITIAL_SCALE } from "../../protocol/constants.js";
import type { RiskTable } from "../../protocol/types.js";
import type { AccountFindings } from "../../verifier/checkAccount.js";
import { marginCallFactor } from "./bandText.js";
import { initialText, percentUp, unitsText } from "./money.js";

export type Health = "sound" | "below-maintenance" | "bankrupt";

export interface PositionReport {
  readonly instrument: string;
  readonly class: string;
  readonly quantity: string;
  readonly steps: string;
  readonly markPrice: string;
  readonly value: string;
  /** Which bracket of how many the position is in. */
  readonly bracket: number;
  readonly brackets: number;
}

/** One account as the proofs counted it, in exact decimals of the quote currency. */
export interface AccountReport {
  readonly account: string;
  readonly quote: string;
  readonly positions: readonly PositionReport[];
  readonly equity: string;
  readonly maintenance: string;
  readonly initial: string;
  readonly coversInitial: boolean;
  /** Maintenance requirement in percent of equity, rounded up; null when equity is not positive. */
  readonly marginRatio: string | null;
  readonly health: Health;
  readonly band: Band;
  /** Multiple of the initial requirement below which an account is in margin call. */
  readonly marginCallFactor: string;
  readonly scenarioLosses: readonly { readonly group: string; readonly worst: string }[];
  readonly stressed: readonly { readonly name: string; readonly equity: string }[];
}

/** The band in less detail. */
export function healthOf(band: Band): Health {
  if (band === "liquidation") return "below-maintenance";
  return band === "bankrupt" ? "bankrupt" : "sound";
}

export function accountReport(findings: AccountFindings, market: Market, table: RiskTable): AccountReport {
  const { opening, evaluation } = findings;
  const { equity, maintenance, initial, band } = evaluation;
  const money = (units: bigint): string => unitsText(units, market.valueUnit);
  const positions = evaluation.holdings.map(({ rowIndex, row, a }): PositionReport => {
    const lane = table.lanes[row.laneIndex]!;
    const instrument = market.instruments.find(({ symbol }) => symbol === lane.instrument)!;
    const steps = row.sigma * (row.lo + a);
    return {
      instrument: lane.instrument,
      class: instrument.kind,
      quantity: unitsText(steps, instrument.quantityStep),
      steps: steps.toString(),
      markPrice: instrument.markPrice,
      value: money(steps * row.price),
      bracket: rowIndex - lane.firstRow + 1,
      brackets: lane.rowCount,
    };
  });
  return {
    account: opening.account,
    quote: market.quote,
    positions,
    equity: money(equity),
    maintenance: money(maintenance),
    initial: initialText(initial, market.valueUnit),
    coversInitial: INITIAL_SCALE * equity >= initial,
    marginRatio: equity > 0n ? percentUp(maintenance, equity) : null,
    health: healthOf(band),
    band,
    marginCallFactor: marginCallFactor(market),
    scenarioLosses: evaluation.groups.map(({ group, worst }) => ({
      group: table.groupNames[group] ?? String(group),
      worst: money(worst),
    })),
    stressed: evaluation.stressed.map((units, z) => ({
      name: table.stressNames[z] ?? String(z),
      equity: money(units),
    })),
  };
}
