import type { AccountFindings, PocketFindings } from "../holder/checkAccount.js";
import { type InstrumentTerms, instrumentTerms } from "../market/instrumentTerms.js";
import type { Market } from "../market/schema.js";
import { secretRatesDigest } from "../market/secretRates.js";
import type { Band } from "../protocol/bands.js";
import { INITIAL_SCALE } from "../protocol/constants.js";
import { CROSS_POCKET } from "../protocol/pocket.js";
import type { RiskTable } from "../protocol/riskTable.js";
import { marginCallFactor } from "./bandText.js";
import { initialText, percentUp, unitsText } from "./money.js";

export type Health = "sound" | "below-maintenance" | "bankrupt";

export interface PositionReport extends InstrumentTerms {
  readonly instrument: string;
  /** The kind. */
  readonly class: string;
  readonly quantity: string;
  readonly steps: string;
  readonly markPrice: string;
  readonly value: string;
  /** Which bracket of how many the position is in. */
  readonly bracket: number;
  readonly brackets: number;
}

/** One pocket as the proofs counted it, by itself, in exact decimals of the quote currency. */
export interface PocketReport {
  /** Name of the isolated pocket; empty for the cross pocket. */
  readonly pocket: string;
  readonly isolated: boolean;
  readonly positions: readonly PositionReport[];
  readonly equity: string;
  readonly maintenance: string;
  readonly initial: string;
  readonly coversInitial: boolean;
  /** Maintenance requirement in percent of equity, rounded up; null when equity is not positive. */
  readonly marginRatio: string | null;
  readonly health: Health;
  readonly band: Band;
  readonly scenarioLosses: readonly { readonly group: string; readonly worst: string }[];
  readonly stressed: readonly { readonly name: string; readonly equity: string }[];
}

/** All pockets of an account. Money of different pockets is never added up: none covers for another. */
export interface AccountReport {
  readonly account: string;
  readonly quote: string;
  /** Multiple of the initial requirement below which a pocket is in margin call. */
  readonly marginCallFactor: string;
  /** How opposite positions of one contract in one pocket count; null where no pocket holds a contract. */
  readonly positionMode: Market["positionMode"] | null;
  /** Names the secret rates behind some of the requirements; null when none is secret. */
  readonly rulesCommitment: string | null;
  /** Cross first, then by name. */
  readonly pockets: readonly PocketReport[];
  /** Net holdings of all pockets together, in the market's order. */
  readonly holdings: readonly (InstrumentTerms & {
    readonly instrument: string;
    readonly quantity: string;
  })[];
}

export function accountReport(findings: AccountFindings, market: Market, table: RiskTable): AccountReport {
  const terms = instrumentTerms(market);
  const totals = new Map<string, bigint>();
  for (const { opening } of findings.pockets) {
    for (const [symbol, steps] of opening.holdings) totals.set(symbol, (totals.get(symbol) ?? 0n) + steps);
  }
  const contracts = [...totals.keys()].some((symbol) => terms.get(symbol)?.asset === null);
  return {
    account: findings.account,
    quote: market.quote,
    marginCallFactor: marginCallFactor(market),
    positionMode: contracts ? market.positionMode : null,
    rulesCommitment: findings.pockets.some(({ opening }) => opening.requirement !== undefined)
      ? secretRatesDigest(market)!
      : null,
    pockets: findings.pockets.map((pocket) => pocketReport(pocket, market, table, terms)),
    holdings: market.instruments
      .filter(({ symbol }) => totals.has(symbol))
      .map(({ symbol, quantityStep }) => ({
        instrument: symbol,
        ...terms.get(symbol)!,
        quantity: unitsText(totals.get(symbol)!, quantityStep),
      })),
  };
}

/** The band in less detail. */
export function healthOf(band: Band): Health {
  if (band === "liquidation") return "below-maintenance";
  return band === "bankrupt" ? "bankrupt" : "sound";
}

function pocketReport(
  { opening, evaluation }: PocketFindings,
  market: Market,
  table: RiskTable,
  terms: ReadonlyMap<string, InstrumentTerms>,
): PocketReport {
  const { equity, maintenance, initial, band } = evaluation;
  const money = (units: bigint): string => unitsText(units, market.valueUnit);
  const positions = evaluation.holdings.map(({ rowIndex, row, offset }): PositionReport => {
    const lane = table.lanes[row.laneIndex]!;
    const instrument = market.instruments.find(({ symbol }) => symbol === lane.instrument)!;
    const steps = row.sigma * (row.lo + offset);
    return {
      instrument: lane.instrument,
      ...terms.get(lane.instrument)!,
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
    pocket: opening.pocket,
    isolated: opening.pocket !== CROSS_POCKET,
    positions,
    equity: money(equity),
    maintenance: money(maintenance),
    initial: initialText(initial, market.valueUnit),
    coversInitial: INITIAL_SCALE * equity >= initial,
    marginRatio: equity > 0n ? percentUp(maintenance, equity) : null,
    health: healthOf(band),
    band,
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
