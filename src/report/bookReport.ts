import { decimalText, subtract } from "../decimal/decimal.js";
import { MarginproofError } from "../errors.js";
import { bytesToHex } from "../field/encoding.js";
import {
  type AssetBook,
  canonicalMarketDigest,
  fundParts,
  fundTotal,
  type InstrumentTerms,
  instrumentTerms,
  type Market,
  openInterestOf,
} from "../market/index.js";
import { accountCount, BANDS, type Band, belowMaintenance } from "../protocol/bands.js";
import type { RiskTable } from "../protocol/riskTable.js";
import type { OpenStatement } from "../protocol/statement.js";
import { assetBooks, laneTotals } from "../verifier/checks/solvency.js";
import { marginCallFactor } from "./bandText.js";
import { initialText, percentDown, percentUp, unitsText } from "./money.js";

export interface InstrumentReport extends InstrumentTerms {
  readonly symbol: string;
  /** The kind. */
  readonly class: string;
  readonly markPrice: string;
  readonly long: string;
  readonly short: string;
  readonly net: string;
  readonly value: string;
}

export interface ContractReport {
  readonly contract: string;
  /** Symbols; what each holds stands under `instruments`. */
  readonly variants: readonly string[];
  readonly long: string;
  readonly short: string;
  readonly net: string;
}

export interface BandReport {
  readonly band: Band;
  readonly accounts: string;
  /** In percent of all accounts, rounded against the exchange; null when there are none. */
  readonly share: string | null;
}

/** The exchange's book as its statement has it, in exact decimals. Nothing in it has been verified here. */
export interface BookReport {
  readonly exchange: string;
  readonly epoch: string;
  readonly time: string;
  readonly quote: string;
  readonly totals: Readonly<Record<string, string>>;
  /** Accounts in each band, best first. */
  readonly bands: readonly BandReport[];
  /** Multiple of the initial requirement below which an account is in margin call. */
  readonly marginCallFactor: string;
  /** What the declared fund counts for, quote currency, at the mark prices. */
  readonly insuranceFund: string;
  /** Bad debt, and the fund at the stressed prices, quote currency. */
  readonly stress: readonly {
    readonly name: string;
    readonly badDebt: string;
    readonly insuranceFund: string;
  }[];
  readonly instruments: readonly InstrumentReport[];
  /** Open interest in units, netted over the variants of each contract that has any. */
  readonly contracts: readonly ContractReport[];
  readonly assets: readonly AssetBook[];
}

/** @throws MarginproofError MARKET_DIGEST when the market file is not the statement's */
export function bookReport(statement: OpenStatement, market: Market, table: RiskTable): BookReport {
  assertTogether(statement, market, table);
  const { totals } = statement;
  const accounts = accountCount(totals.bands);
  const money = (units: bigint): string => unitsText(units, market.valueUnit);
  return {
    exchange: statement.exchange,
    epoch: statement.epoch,
    time: statement.time,
    quote: market.quote,
    totals: {
      accounts: accounts.toString(),
      belowMaintenance: belowMaintenance(totals.bands).toString(),
      bankrupt: totals.bands.bankrupt.toString(),
      positiveEquity: money(totals.positiveEquity),
      badDebt: money(totals.badDebt),
      maintenance: money(totals.maintenance),
      shortfall: money(totals.shortfall),
      initial: initialText(totals.initial, market.valueUnit),
    },
    bands: [...BANDS].reverse().map((band): BandReport => {
      const count = totals.bands[band];
      return {
        band,
        accounts: count.toString(),
        share: accounts === 0n ? null : (band === "free" ? percentDown : percentUp)(count, accounts),
      };
    }),
    marginCallFactor: marginCallFactor(market),
    insuranceFund: fundText(market),
    stress: table.stressNames.map((name, z) => ({
      name,
      badDebt: money(totals.stressBadDebt[z] ?? 0n),
      insuranceFund: fundText(market, z),
    })),
    instruments: instrumentReports(statement, market, table),
    contracts: contractReports(statement, market, table),
    assets: assetBooks(market, table, statement),
  };
}

const fundText = (market: Market, stress?: number): string =>
  decimalText(fundTotal(fundParts(market, stress)));

function instrumentReports(statement: OpenStatement, market: Market, table: RiskTable): InstrumentReport[] {
  const terms = instrumentTerms(market);
  return table.instruments.map((instrument, i) => {
    const { long, short } = statement.quantities[i]!;
    const { kind, markPrice } = market.instruments[i]!;
    const { price } = table.rows[table.lanes[instrument.longLane]!.firstRow]!;
    const quantity = (steps: bigint): string => unitsText(steps, instrument.quantityStep);
    return {
      symbol: instrument.symbol,
      ...terms.get(instrument.symbol)!,
      class: kind,
      markPrice,
      long: quantity(long),
      short: quantity(short),
      net: quantity(long - short),
      value: unitsText((long - short) * price, market.valueUnit),
    };
  });
}

function contractReports(statement: OpenStatement, market: Market, table: RiskTable): ContractReport[] {
  const varied = new Set(market.instruments.flatMap(({ contract }) => contract ?? []));
  return openInterestOf(market, table, laneTotals(table, statement))
    .filter(({ contract }) => varied.has(contract))
    .map(({ contract, variants, long, short }) => ({
      contract,
      variants,
      long: decimalText(long),
      short: decimalText(short),
      net: decimalText(subtract(long, short)),
    }));
}

/** Quantities mean nothing beside another market's symbols and steps. */
function assertTogether(statement: OpenStatement, market: Market, table: RiskTable): void {
  const symbols = table.instruments.map(({ symbol }) => symbol);
  if (
    bytesToHex(canonicalMarketDigest(market)) !== bytesToHex(statement.marketDigest) ||
    symbols.length !== statement.instruments.length ||
    symbols.some((symbol, i) => symbol !== statement.instruments[i])
  ) {
    throw new MarginproofError(
      "MARKET_DIGEST",
      "market.json is not the file that statement.json was made with",
      {
        kind: "invalid",
        hint: "The bundle is damaged or was altered; fetch it again from the exchange.",
      },
    );
  }
}
