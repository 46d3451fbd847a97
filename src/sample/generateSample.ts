import { add, type Decimal, decimal, decimalText, integer, multiply } from "../decimal/decimal.js";
import { MarginproofError } from "../errors.js";
import { compileTable } from "../market/compileTable.js";
import { type Market, type MarketJson, parseMarket } from "../market/index.js";
import { assetOf } from "../market/marketFile.js";
import { Evaluator } from "../protocol/evaluate.js";
import { CROSS_POCKET, type PocketId } from "../protocol/pocket.js";
import { PERPETUALS, UNDERLYINGS } from "./contracts.js";
import { fundAccounts, type SampleFacts, type Unfunded } from "./funding.js";
import { pocketsOf } from "./pockets.js";
import { Random } from "./random.js";
import { sampleMarket } from "./sampleMarket.js";
import { type Holdings, type Tradable, tradeAccounts } from "./trades.js";

export interface SampleOptions {
  /** Margin accounts, 16 to 10,000,000: some are isolated pockets of the others. */
  readonly accounts: number;
  readonly seed: number | string;
}

/** A row of `accounts.csv`: decimal text; derivatives with an entry price are settled in cash against it. */
export interface SampleRow extends PocketId {
  readonly instrument: string;
  readonly quantity: string;
  /** Absent for assets; `settled` where a derivative's cash was paid already: the premiums of options. */
  readonly entryPrice?: string;
}

export interface Sample {
  readonly market: MarketJson;
  /** All rows, shuffled; may be walked more than once. */
  readonly rows: Iterable<SampleRow>;
  /** What a correct epoch of this sample must find. */
  readonly facts: SampleFacts;
  /** How many of the margin accounts are isolated pockets. */
  readonly isolated: number;
}

/**
 * An invented exchange with all its accounts, the same for the same seed on every machine. Open interest balances,
 * about 0.3% of margin accounts are below maintenance, one is bankrupt, and fund and reserves cover what they must.
 * Keeps all holdings in memory (a few hundred bytes an account).
 * @throws MarginproofError SAMPLE_ACCOUNTS, SAMPLE_TOO_SMALL
 */
export function generateSample({ accounts, seed }: SampleOptions): Sample {
  if (!Number.isSafeInteger(accounts) || accounts < 16 || accounts > 10_000_000) {
    throw new MarginproofError("SAMPLE_ACCOUNTS", `a sample has 16 to 10,000,000 accounts, not ${accounts}`, {
      hint: "Ask for 16 to 10,000,000 with --accounts.",
    });
  }
  const random = new Random(String(seed));
  const json = sampleMarket();
  const market = parseMarket(json);
  const { sizes, holdings } = tradeAccounts(accounts, random, tradablesOf(market));
  const unfunded = evaluateAll(market, holdings, accounts);
  const { cash, facts } = fundAccounts(unfunded, sizes, random, market.marginCallBp);
  const cashPosition = market.instruments.findIndex((i) => i.symbol === market.quote);
  cash.forEach((cents, account) => {
    if (cents === 0n) return;
    holdings.account.push(account);
    holdings.instrument.push(cashPosition);
    holdings.steps.push(Number(cents));
    holdings.entryTicks.push(0);
  });
  const order = random.shuffle(Uint32Array.from(holdings.account.keys()));
  const insuranceFund = { [market.quote]: fundFor(facts) };
  const final = { ...json, insuranceFund, reserves: reservesFor(market, holdings, insuranceFund) };
  const ids = pocketsOf(market, holdings, accounts);
  return {
    market: final,
    rows: { [Symbol.iterator]: () => rowTexts(market, holdings, ids, order) },
    facts,
    isolated: ids.filter(({ pocket }) => pocket !== CROSS_POCKET).length,
  };
}

function priceDigits(symbol: string, price: string): number {
  const known = PERPETUALS.find((p) => p.symbol === symbol)?.priceDigits;
  return known ?? price.length - 1 - (price.includes(".") ? price.indexOf(".") : price.length - 1);
}

function tradablesOf(market: Market): Map<string, Tradable> {
  const forwards = new Map(UNDERLYINGS.map((u) => [u.asset, u.forward]));
  const found = new Map<string, Tradable>();
  market.instruments.forEach((i, position) => {
    if (i.kind === "settlement" || i.kind === "orders") return;
    const underlying =
      i.kind === "option" ? forwards.get(i.symbol.slice(0, i.symbol.indexOf("-")))! : i.markPrice;
    found.set(i.symbol, {
      position,
      kind: i.kind,
      stepNotional: Number(underlying) * Number(i.quantityStep),
      markTicks: Math.round(Number(i.markPrice) * 10 ** priceDigits(i.symbol, i.markPrice)),
    });
  });
  return found;
}

/** Entry price of a holding, exact. */
function entryPrice(market: Market, holdings: Holdings, row: number): Decimal {
  const { symbol, markPrice } = market.instruments[holdings.instrument[row]!]!;
  return { coefficient: BigInt(holdings.entryTicks[row]!), scale: priceDigits(symbol, markPrice) };
}

/** Every account without its cash, settled against entry prices, by the risk table. */
function evaluateAll(market: Market, holdings: Holdings, accounts: number): Unfunded[] {
  const evaluator = new Evaluator(compileTable(market));
  const settlement = market.instruments.find((i) => i.kind === "settlement")!;
  const perQuote = 1_000_000n;
  const rowsOf: number[][] = Array.from({ length: accounts }, () => []);
  holdings.account.forEach((account, row) => void rowsOf[account]!.push(row));
  return rowsOf.map((rows) => {
    const steps = new Map<string, bigint>();
    let paid = 0n;
    for (const row of rows) {
      const instrument = market.instruments[holdings.instrument[row]!]!;
      const quantity = BigInt(holdings.steps[row]!);
      steps.set(instrument.symbol, quantity);
      if (holdings.entryTicks[row] === 0) continue;
      const cost = multiply(
        multiply(decimal(instrument.quantityStep), integer(quantity)),
        entryPrice(market, holdings, row),
      );
      // Whole by construction: steps and ticks have at most six decimals between them.
      paid += (cost.coefficient * perQuote) / 10n ** BigInt(cost.scale);
    }
    if (paid !== 0n) steps.set(settlement.symbol, -paid);
    const { equity, maintenance, initial, stressed } = evaluator.evaluate(steps);
    return { equity, maintenance, initial, stressed };
  });
}

/** A quarter more than the worst bad debt, in steps of 10,000 quote units. */
function fundFor(facts: SampleFacts): string {
  let worst = facts.badDebt;
  for (const debt of facts.stressedBadDebt) if (debt > worst) worst = debt;
  const quote = (worst * 5n) / 4n / 10_000_000_000n;
  return ((quote / 10_000n + 1n) * 10_000n).toString();
}

/** What customers are owed in each asset and 2% more, and the fund. Settlement totals are zero: every trade has two sides. */
function reservesFor(
  market: Market,
  holdings: Holdings,
  fund: Readonly<Record<string, string>>,
): Record<string, string> {
  const totals = new Map<number, bigint>();
  holdings.instrument.forEach((position, row) => {
    totals.set(position, (totals.get(position) ?? 0n) + BigInt(holdings.steps[row]!));
  });
  const reserves: Record<string, string> = {};
  market.instruments.forEach((i, position) => {
    if (i.kind !== "asset") return;
    const net = totals.get(position) ?? 0n;
    const steps = net > 0n ? (net * 102n) / 100n + 1n : 0n;
    const owed = multiply(decimal(i.quantityStep), integer(steps));
    reserves[i.symbol] = decimalText(add(owed, decimal(fund[i.symbol] ?? "0")));
  });
  return reserves;
}

function* rowTexts(
  market: Market,
  holdings: Holdings,
  ids: readonly PocketId[],
  order: Uint32Array,
): Generator<SampleRow> {
  const steps = market.instruments.map((i) => decimal(i.quantityStep));
  for (const row of order) {
    const position = holdings.instrument[row]!;
    const base = {
      ...ids[holdings.account[row]!]!,
      instrument: market.instruments[position]!.symbol,
      quantity: decimalText(multiply(steps[position]!, integer(BigInt(holdings.steps[row]!)))),
    };
    const derivative = assetOf(market.instruments[position]!) === undefined;
    if (holdings.entryTicks[row] === 0) yield derivative ? { ...base, entryPrice: "settled" } : base;
    else yield { ...base, entryPrice: decimalText(entryPrice(market, holdings, row)) };
  }
}
