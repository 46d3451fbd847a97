import { atPlace, MarginproofError } from "../errors.js";
import { bytesToHex, parseFieldHex, parseHex32, parseUnsigned, toFieldHex } from "../field/encoding.js";
import * as z from "../schema/index.js";
import { BANDS, bandCounts } from "./bands.js";
import type { Commitments } from "./challenges.js";
import { COUNT_BOUND, MAX_BATCHES, MAX_ROWS, MAX_STRESS } from "./constants.js";
import { hex32 } from "./hexSchema.js";
import { INSTANT_RULE, instantOf } from "./instant.js";
import { firstIssue } from "./schemaWords.js";
import { TOTAL_NAMES, type Totals } from "./state.js";

/** Sums stay far below the field order, so field equality is integer equality. */
const SUM_BOUND = 1n << 180n;

const hex32Text = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;

const integer = z.string().max(55);
const label = z.string().min(1).max(128);

/** What a statement says in the open, whatever the number of its accounts. */
export const openFields = {
  exchange: label,
  epoch: label,
  time: z.string().refine((text) => instantOf(text) !== undefined, INSTANT_RULE),
  marketDigest: hex32,
  tableDigest: hex32,
  totals: z.strictObject({
    /** Accounts in each band: every account is in one. */
    bands: z.strictObject({
      bankrupt: integer,
      liquidation: integer,
      reduceOnly: integer,
      marginCall: integer,
      free: integer,
    }),
    positiveEquity: integer,
    badDebt: integer,
    maintenance: integer,
    shortfall: integer,
    initial: integer,
    stressBadDebt: z.array(integer).length(MAX_STRESS),
  }),
  quantities: z.array(z.strictObject({ instrument: label, long: integer, short: integer })).max(MAX_ROWS),
};
type OpenJson = z.infer<z.ObjectSchema<typeof openFields>>;

const schema = z.strictObject({
  format: z.literal("marginproof/statement/1"),
  ...openFields,
  batches: z
    .array(z.strictObject({ shape: label, key: hex32, leafRoot: hex32 }))
    .min(1)
    .max(MAX_BATCHES),
  tableSteps: z
    .array(z.strictObject({ shape: label, key: hex32, totals: hex32, weights: hex32 }))
    .min(1)
    .max(MAX_ROWS),
});

/** `statement.json` as it stands in a bundle. */
export type StatementJson = z.infer<typeof schema>;

/** A parsed statement: what is committed and published, and the weight commitments that follow. */
export interface Statement extends Commitments {
  /** Instrument symbols, in the order of `quantities`. */
  readonly instruments: readonly string[];
  /** Commitments to the weighted row sums, one per table step. */
  readonly weights: readonly bigint[];
}

/** Of a statement, what it says in the open: names, digests, totals, long and short. */
export type OpenStatement = Pick<
  Statement,
  "exchange" | "epoch" | "time" | "marketDigest" | "tableDigest" | "totals" | "instruments" | "quantities"
>;

/**
 * Parses `statement.json` strictly: exact fields, canonical numbers, bounded sizes.
 * @throws MarginproofError STATEMENT_INVALID (and the number codes of field/encoding)
 */
export function parseStatement(json: unknown): Statement {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    throw new MarginproofError("STATEMENT_INVALID", `statement.json: ${firstIssue(parsed.error)}`, {
      kind: "invalid",
    });
  }
  const { data } = parsed;
  const at: At = (place, parse) => atPlace(`statement.json: ${place}`, parse);
  return {
    ...parseOpenFields(data, at),
    batches: data.batches.map((batch, i) => ({
      shape: batch.shape,
      keyDigest: parseHex32(batch.key),
      leafRoot: at(`batches[${i}].leafRoot`, () => parseFieldHex(batch.leafRoot)),
    })),
    tableSteps: data.tableSteps.map((step, i) => ({
      shape: step.shape,
      keyDigest: parseHex32(step.key),
      totals: at(`tableSteps[${i}].totals`, () => parseFieldHex(step.totals)),
    })),
    weights: data.tableSteps.map((step, i) =>
      at(`tableSteps[${i}].weights`, () => parseFieldHex(step.weights)),
    ),
  };
}

/** Runs a parser of the field named. */
type At = <T>(place: string, parse: () => T) => T;

/** Parses what fits `openFields`; numbers are canonical and bounded. */
export function parseOpenFields(data: OpenJson, at: At): OpenStatement {
  const sum = (place: string, text: string): bigint => at(place, () => parseUnsigned(text, SUM_BOUND));
  const totals: Totals = {
    bands: bandCounts((band) =>
      at(`totals.bands.${band}`, () => parseUnsigned(data.totals.bands[band], COUNT_BOUND)),
    ),
    ...(Object.fromEntries(
      TOTAL_NAMES.map((name) => [name, sum(`totals.${name}`, data.totals[name])]),
    ) as Record<(typeof TOTAL_NAMES)[number], bigint>),
    stressBadDebt: data.totals.stressBadDebt.map((text, z) => sum(`totals.stressBadDebt[${z}]`, text)),
  };
  return {
    exchange: data.exchange,
    epoch: data.epoch,
    time: data.time,
    marketDigest: parseHex32(data.marketDigest),
    tableDigest: parseHex32(data.tableDigest),
    totals,
    instruments: data.quantities.map((entry) => entry.instrument),
    quantities: data.quantities.map(({ instrument, long, short }, i) => ({
      long: sum(`quantities[${i}] (${instrument}).long`, long),
      short: sum(`quantities[${i}] (${instrument}).short`, short),
    })),
  };
}

/** The canonical JSON form of a statement. */
export function statementToJson(statement: Statement): StatementJson {
  const { totals, quantities, ...names } = openToJson(statement);
  return {
    format: "marginproof/statement/1",
    ...names,
    batches: statement.batches.map((batch) => ({
      shape: batch.shape,
      key: hex32Text(batch.keyDigest),
      leafRoot: toFieldHex(batch.leafRoot),
    })),
    tableSteps: statement.tableSteps.map((step, index) => ({
      shape: step.shape,
      key: hex32Text(step.keyDigest),
      totals: toFieldHex(step.totals),
      weights: toFieldHex(statement.weights[index]!),
    })),
    totals,
    quantities,
  };
}

/** The canonical JSON form of what a statement says in the open, its fields in one order. */
export function openToJson(statement: OpenStatement): OpenJson {
  return {
    exchange: statement.exchange,
    epoch: statement.epoch,
    time: statement.time,
    marketDigest: hex32Text(statement.marketDigest),
    tableDigest: hex32Text(statement.tableDigest),
    totals: {
      bands: Object.fromEntries(
        BANDS.map((band) => [band, statement.totals.bands[band].toString()]),
      ) as OpenJson["totals"]["bands"],
      ...(Object.fromEntries(TOTAL_NAMES.map((name) => [name, statement.totals[name].toString()])) as Record<
        (typeof TOTAL_NAMES)[number],
        string
      >),
      stressBadDebt: statement.totals.stressBadDebt.map(String),
    },
    quantities: statement.quantities.map(({ long, short }, i) => ({
      instrument: statement.instruments[i]!,
      long: long.toString(),
      short: short.toString(),
    })),
  };
}
