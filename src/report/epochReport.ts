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
  secretRatesDigest,
} from "../market/index.js";
import { evidenceDigest, parseEvidence } from "../prices/index.js";
import { accountCount, BANDS, type Band, belowMaintenance } from "../protocol/bands.js";
import { firstSeed, secondSeed } from "../protocol/challenges.js";
import type { RiskTable } from "../protocol/riskTable.js";
import type { Statement } from "../protocol/statement.js";
import { assetBooks, laneTotals } from "../verifier/checks/solvency.js";
import { type JudgedBy, judgedBy } from "../verifier/judgedBy.js";
import type { PinnedKey } from "../verifier/pins.js";
import { marginCallFactor } from "./bandText.js";
import { initialText, percentDown, percentUp, unitsText } from "./money.js";
import { type PriceReport, priceReports } from "./pricesText.js";

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

export interface KeyReport {
  readonly shape: string;
  readonly digest: string;
  readonly uses: number;
  readonly origin: "development" | "unknown";
}

/** A bundle's statement in exact decimals. Nothing in it has been verified. */
export interface EpochReport {
  readonly exchange: string;
  readonly epoch: string;
  readonly time: string;
  readonly quote: string;
  readonly statementDigest: string;
  /** Statement that the market file says its figures come from. */
  readonly previousStatement?: string;
  readonly totals: Readonly<Record<string, string>>;
  /** Accounts in each band, best first. */
  readonly bands: readonly BandReport[];
  /** Multiple of the initial requirement below which an account is in margin call. */
  readonly marginCallFactor: string;
  /** What the figures are judged by. */
  readonly judgedBy: JudgedBy;
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
  readonly keys: readonly KeyReport[];
  /** Null when no rates are secret. */
  readonly privateRules: {
    readonly commitment: string;
    readonly steps: readonly string[];
    readonly instruments: readonly string[];
  } | null;
  /** Null when the prices are the exchange's word. */
  readonly prices: {
    readonly quorum: number;
    readonly signers: readonly { readonly name: string; readonly address: string }[];
    readonly instruments: readonly PriceReport[];
  } | null;
}

export function epochReport(
  statement: Statement,
  market: Market,
  table: RiskTable,
  known: readonly PinnedKey[],
  evidenceText?: string,
): EpochReport {
  assertTogether(statement, market, table);
  const prices = statedEvidence(market, evidenceText);
  const { totals } = statement;
  const accounts = accountCount(totals.bands);
  const money = (units: bigint): string => unitsText(units, market.valueUnit);
  return {
    exchange: statement.exchange,
    epoch: statement.epoch,
    time: statement.time,
    quote: market.quote,
    statementDigest: `0x${bytesToHex(secondSeed(firstSeed(statement), statement.weights))}`,
    ...(market.previousStatement === undefined ? {} : { previousStatement: market.previousStatement }),
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
    judgedBy: judgedBy(market, statement, prices),
    instruments: instrumentReports(statement, market, table),
    contracts: contractReports(statement, market, table),
    assets: assetBooks(market, table, statement),
    keys: keyReports(statement, known),
    privateRules: privateReport(market),
    prices:
      prices === undefined
        ? null
        : {
            quorum: prices.policy.quorum,
            signers: prices.files.map(({ source, signer }) => ({ name: source, address: signer })),
            instruments: priceReports(prices.medians),
          },
  };
}

const fundText = (market: Market, stress?: number): string =>
  decimalText(fundTotal(fundParts(market, stress)));

function privateReport(market: Market): EpochReport["privateRules"] {
  const commitment = secretRatesDigest(market);
  if (commitment === undefined) return null;
  const secret = market.instruments.filter((i) => i.privateBrackets !== undefined);
  const steps = market.privateRules!.commitments;
  return { commitment, steps, instruments: secret.map(({ symbol }) => symbol) };
}

function statedEvidence(
  market: Market,
  text: string | undefined,
): ReturnType<typeof parseEvidence> | undefined {
  if (text === undefined && market.priceEvidence === undefined) return undefined;
  if (text === undefined || evidenceDigest(text) !== market.priceEvidence)
    throw new MarginproofError(
      text === undefined ? "PRICES_EVIDENCE_MISSING" : "PRICES_EVIDENCE_DIGEST",
      "the price evidence that market.json names is not in the bundle",
      { kind: "invalid", hint: "The bundle is damaged or was altered; fetch it again from the exchange." },
    );
  return parseEvidence(text);
}

function instrumentReports(statement: Statement, market: Market, table: RiskTable): InstrumentReport[] {
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

function contractReports(statement: Statement, market: Market, table: RiskTable): ContractReport[] {
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

function keyReports(statement: Statement, known: readonly PinnedKey[]): KeyReport[] {
  const uses = new Map<string, { shape: string; digest: string; uses: number }>();
  for (const { shape, keyDigest } of [...statement.batches, ...statement.tableSteps]) {
    const digest = `0x${bytesToHex(keyDigest)}`;
    const entry = uses.get(`${shape} ${digest}`) ?? { shape, digest, uses: 0 };
    entry.uses++;
    uses.set(`${shape} ${digest}`, entry);
  }
  const isDevelopment = (digest: string): boolean =>
    known.some(({ keyDigest, development }) => development && keyDigest === digest);
  return [...uses.values()].map((entry) => ({
    ...entry,
    origin: isDevelopment(entry.digest) ? "development" : "unknown",
  }));
}

/** Quantities mean nothing beside another market's symbols and steps. */
function assertTogether(statement: Statement, market: Market, table: RiskTable): void {
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
