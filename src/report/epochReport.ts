import { MarginproofError } from "../errors.js";
import { bytesToHex } from "../field/encoding.js";
import { type Market, secretRatesDigest } from "../market/index.js";
import { evidenceDigest, parseEvidence } from "../prices/index.js";
import { firstSeed, secondSeed } from "../protocol/challenges.js";
import type { RiskTable } from "../protocol/riskTable.js";
import type { Statement } from "../protocol/statement.js";
import { type JudgedBy, judgedBy } from "../verifier/judgedBy.js";
import type { PinnedKey } from "../verifier/pins.js";
import { type BookReport, bookReport } from "./bookReport.js";
import { type PriceReport, priceReports } from "./pricesText.js";

export interface KeyReport {
  readonly shape: string;
  readonly digest: string;
  readonly uses: number;
  readonly origin: "development" | "unknown";
}

/** A bundle's statement in exact decimals. Nothing in it has been verified. */
export interface EpochReport extends BookReport {
  readonly statementDigest: string;
  /** Statement that the market file says its figures come from. */
  readonly previousStatement?: string;
  /** What the figures are judged by. */
  readonly judgedBy: JudgedBy;
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
  const { assets, ...book } = bookReport(statement, market, table);
  const { exchange, epoch, time, quote, ...figures } = book;
  const prices = statedEvidence(market, evidenceText);
  return {
    ...{ exchange, epoch, time, quote },
    statementDigest: `0x${bytesToHex(secondSeed(firstSeed(statement), statement.weights))}`,
    ...(market.previousStatement === undefined ? {} : { previousStatement: market.previousStatement }),
    ...figures,
    judgedBy: judgedBy(market, statement, prices),
    assets,
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
