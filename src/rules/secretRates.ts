import { add, decimal, decimalText, floorQuotient, integer, multiply } from "../decimal/decimal.js";
import { toFieldHex } from "../field/encoding.js";
import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import { compileTable } from "../market/compileTable.js";
import { type Market, type MarketInstrument, type MarketJson, parseMarket } from "../market/index.js";
import {
  assertListed,
  differs,
  fillRates,
  PRIVATE_MODEL_FORMAT,
  type PrivateBracket,
  type PrivateModel,
  rateSteps,
} from "../market/privateModel.js";
import { notionalPerStep } from "../market/requirement.js";

/**
 * A private model of the instruments with secret rates, at the prices of this market: a bracket begins at the last whole
 * step whose notional does not pass its floor, and stays there.
 * @throws MarginproofError PRIVATE_MODEL_RATES
 *
 * @param blinding 32 random bytes as `0x` and 64 hex digits
 */
export function newPrivateModel(open: Market, secret: ReadonlySet<string>, blinding: string): PrivateModel {
  const instruments = open.instruments.filter(({ symbol }) => secret.has(symbol));
  return {
    format: PRIVATE_MODEL_FORMAT,
    blinding,
    instruments: instruments.map((i) => {
      const perStep = notionalPerStep(i);
      const brackets = ratesOf(i).map(({ floor, ...rates }) => {
        const steps = floorQuotient(decimal(floor), perStep);
        return { from: decimalText(multiply(integer(steps), decimal(i.quantityStep))), ...rates };
      });
      rateSteps(i.symbol, brackets);
      return { symbol: i.symbol, quantityStep: i.quantityStep, brackets };
    }),
  };
}

/**
 * The market file with these rates hidden: commitments in place of rates, and those instruments last.
 * @throws MarginproofError PRIVATE_MODEL_DIFFERS unless the model has the rates that the rules state: quantities are the
 * model's
 */
export function hideRates(
  open: Market,
  secret: ReadonlySet<string>,
  model: PrivateModel,
  rowsPerStep: number,
  hasher: PoseidonHasher,
): MarketJson {
  const hidden = open.instruments.filter(({ symbol }) => secret.has(symbol));
  const from = new Map(model.instruments.map((i) => [i.symbol, i.brackets.map((b) => b.from)]));
  assertListed(
    hidden.map(({ symbol, quantityStep }) => ({ symbol, quantityStep, from: from.get(symbol) ?? [] })),
    model,
  );
  hidden.forEach((i, k) => {
    const stated = ratesOf(i).map(({ maintenance, initial }) => `${maintenance} ${initial}`);
    const known = model.instruments[k]!.brackets.map((b) => `${b.maintenance} ${b.initial}`);
    if (stated.join() !== known.join()) throw differs(`the rules state other rates for ${i.symbol}`);
  });
  const market = {
    ...open,
    privateRules: { rowsPerStep, commitments: [toFieldHex(0n)] },
    instruments: [
      ...open.instruments.filter(({ symbol }) => !secret.has(symbol)),
      ...hidden.map(({ maintenance: _, initial: __, ...i }) => ({
        ...i,
        privateBrackets: from.get(i.symbol)!,
      })),
    ],
  };
  const table = compileTable(parseMarket(market));
  const { commitments } = fillRates(table, rowsPerStep, model, hasher);
  return parseMarket({
    ...market,
    privateRules: { rowsPerStep, commitments: commitments.map(toFieldHex) },
  });
}

/** What a tiered model requires of an instrument, fee included: rates from notional floors on. */
function ratesOf(i: MarketInstrument): (Omit<PrivateBracket, "from"> & { readonly floor: string })[] {
  const { maintenance, initial } = i;
  const total = (rate: string, fee = "0"): string => decimalText(add(decimal(rate), decimal(fee)));
  return maintenance!.brackets!.map(({ notionalFloor, rate }, k) => {
    const own = total(rate, maintenance!.liquidationFeeRate);
    const first = initial && total(initial.brackets![k]!.rate, initial.liquidationFeeRate);
    return { floor: notionalFloor, maintenance: own, initial: first ?? own };
  });
}
