import { compare, DECIMAL_PATTERN, decimal, floorQuotient, integer, multiply } from "../decimal/decimal.js";
import { MarginproofError } from "../errors.js";
import { parseHex32, toFieldHex } from "../field/encoding.js";
import { keccakToField } from "../field/keccak.js";
import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import { MAX_BRACKETS, RATE_BITS, RATE_SCALE } from "../protocol/constants.js";
import { hex32 } from "../protocol/hexSchema.js";
import { NO_STEP, partSteps, type RateStep, ratesCommitment, withRates } from "../protocol/rates.js";
import type { RiskTable } from "../protocol/riskTable.js";
import { firstIssue } from "../protocol/schemaWords.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import { tableParts } from "../protocol/tableParts.js";
import * as z from "../schema/index.js";
import type { Market } from "./marketFile.js";

/** The exchange's own file behind a market with secret rates: docs/models/private.md. */
export const PRIVATE_MODEL_FORMAT = "marginproof/private-model/1";

const text = z.string().regex(DECIMAL_PATTERN, "must be a plain decimal in quotes");
const schema = z.strictObject({
  format: z.literal(PRIVATE_MODEL_FORMAT),
  /** 32 secret random bytes. The same as long as the commitments are to stay the same. */
  blinding: hex32,
  /** Every instrument with secret rates, in the market's order. */
  instruments: z
    .array(
      z.strictObject({
        symbol: z.string().max(64),
        quantityStep: text,
        /** Marginal rates on the part of the notional above the quantity `from`, for both sides. */
        brackets: z
          .array(z.strictObject({ from: text, maintenance: text, initial: text }))
          .min(1)
          .max(MAX_BRACKETS),
      }),
    )
    .min(1),
});

export type PrivateModel = z.infer<typeof schema>;
export type PrivateBracket = PrivateModel["instruments"][number]["brackets"][number];

/** Reads a private model. @throws MarginproofError PRIVATE_MODEL_SCHEMA, PRIVATE_MODEL_RATES, JSON_* */
export function parsePrivateModel(fileText: string): PrivateModel {
  const parsed = schema.safeParse(parseStrictJson(fileText, "private model", { kind: "usage" }));
  if (!parsed.success) {
    throw new MarginproofError("PRIVATE_MODEL_SCHEMA", `private model, ${firstIssue(parsed.error)}`, {
      kind: "usage",
      hint: "Use the file that marginproof market build --private-model wrote.",
    });
  }
  for (const { symbol, brackets } of parsed.data.instruments) rateSteps(symbol, brackets);
  return parsed.data;
}

/**
 * By how much the rates of an instrument rise at each of its brackets.
 * @throws MarginproofError PRIVATE_MODEL_RATES for rates that the circuit could not prove: they fall, the initial one is
 * below the maintenance one, a rate is finer than 1/RATE_SCALE or rises by 2^18 of these or more
 */
export function rateSteps(symbol: string, brackets: readonly PrivateBracket[]): RateStep[] {
  let before = NO_STEP;
  return brackets.map((bracket, k) => {
    const refuse = (problem: string): MarginproofError =>
      new MarginproofError("PRIVATE_MODEL_RATES", `private model, ${symbol}, bracket ${k + 1}: ${problem}`, {
        kind: "usage",
        hint: "Rates never fall with size, are multiples of 0.00001, and rise by less than 2.62144 at a time.",
      });
    const rate = (name: "maintenance" | "initial"): bigint => {
      const exact = multiply(decimal(bracket[name]), integer(RATE_SCALE));
      const whole = floorQuotient(exact, integer(1n));
      if (compare(integer(whole), exact) !== 0) throw refuse(`${name} ${bracket[name]} is too fine`);
      if (whole < before[name]) throw refuse(`${name} ${bracket[name]} is below the bracket before`);
      if (whole - before[name] >= 1n << BigInt(RATE_BITS))
        throw refuse(`${name} ${bracket[name]} is too large`);
      return whole;
    };
    const now = { maintenance: rate("maintenance"), initial: rate("initial") };
    if (now.initial < now.maintenance) throw refuse("the initial rate is below the maintenance rate");
    const step = {
      maintenance: now.maintenance - before.maintenance,
      initial: now.initial - before.initial,
    };
    before = now;
    return step;
  });
}

/** A market's secret rates, opened. */
export interface OpenRates {
  /** The risk table with what it requires filled in. */
  readonly table: RiskTable;
  /** Per row of the table. */
  readonly steps: readonly RateStep[];
  /** Of the commitment of each private table step. */
  readonly blinding: (privateStep: number) => bigint;
  readonly commitments: readonly bigint[];
}

/** Fills a private model into a table and commits to it. The model must list the table's instruments with secret rates. */
export function fillRates(
  table: RiskTable,
  rowsPerStep: number,
  model: PrivateModel,
  hasher: PoseidonHasher,
): OpenRates {
  const steps = table.rows.map(() => NO_STEP);
  const models = new Map(model.instruments.map((i) => [i.symbol, i]));
  for (const { instrument, firstRow } of table.lanes) {
    if (table.rows[firstRow]!.notional === undefined) continue;
    rateSteps(instrument, models.get(instrument)!.brackets).forEach((step, k) => {
      steps[firstRow + k] = step;
    });
  }
  const secret = parseHex32(model.blinding);
  const blinding = (privateStep: number): bigint => keccakToField(secret, `rules ${privateStep}`);
  const commitments = tableParts(table, table.rows.length, rowsPerStep)
    .filter((part) => part.private)
    .map((part, i) => ratesCommitment(hasher, blinding(i), partSteps(steps, part)));
  return { table: withRates(table, steps), steps, blinding, commitments };
}

/**
 * The secret rates of a market, from the exchange's own model; undefined for a market without any.
 * @throws MarginproofError PRIVATE_MODEL_MISSING, PRIVATE_MODEL_DIFFERS: rates that nobody committed to can't be proved
 */
export function openRates(
  market: Market,
  table: RiskTable,
  model: PrivateModel | undefined,
  hasher: PoseidonHasher,
): OpenRates | undefined {
  const { privateRules } = market;
  if (privateRules === undefined) {
    if (model === undefined) return undefined;
    throw differs("the market file has no secret rates");
  }
  if (model === undefined) {
    throw new MarginproofError(
      "PRIVATE_MODEL_MISSING",
      "the market file has secret rates, and no private model is given",
      { kind: "usage", hint: "Give it with --model: the file that market build --private-model wrote." },
    );
  }
  const own = market.instruments.filter((i) => i.privateBrackets !== undefined);
  assertListed(
    own.map(({ symbol, quantityStep, privateBrackets }) => ({
      symbol,
      quantityStep,
      from: privateBrackets!,
    })),
    model,
  );
  const opened = fillRates(table, privateRules.rowsPerStep, model, hasher);
  if (opened.commitments.map(toFieldHex).join() !== privateRules.commitments.join())
    throw differs("the market file commits to other rates, or was made with another blinding");
  return opened;
}

/**
 * @throws MarginproofError PRIVATE_MODEL_DIFFERS unless the model lists exactly these instruments and brackets, in this
 * order
 */
export function assertListed(
  instruments: readonly { symbol: string; quantityStep: string; from: readonly string[] }[],
  model: PrivateModel,
): void {
  instruments.forEach(({ symbol, quantityStep, from }, i) => {
    const listed = model.instruments[i];
    if (listed?.symbol !== symbol)
      throw differs(`the market lists ${symbol} where the model lists ${listed?.symbol ?? "nothing"}`);
    if (listed.quantityStep !== quantityStep) throw differs(`${symbol} has another quantity step`);
    if (listed.brackets.map((b) => b.from).join() !== from.join())
      throw differs(`${symbol} has other brackets`);
  });
  const more = model.instruments[instruments.length];
  if (more !== undefined) throw differs(`the model lists ${more.symbol}, the market does not`);
}

export const differs = (problem: string): MarginproofError =>
  new MarginproofError("PRIVATE_MODEL_DIFFERS", `the private model is not the market's: ${problem}`, {
    kind: "usage",
    hint: "Give the model that the market was built with. Other rules are another model, in a file of its own.",
  });
