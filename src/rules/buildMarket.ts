import { allOf, Faults, MarginproofError } from "../errors.js";
import { compileTable } from "../market/compileTable.js";
import { type Market, type MarketJson, parseMarket } from "../market/index.js";
import { MARKET_FORMAT } from "../market/schema.js";
import {
  type AttestedPrices,
  evidenceDigest,
  medianPrices,
  type PricePolicyJson,
  verifyMarketPrices,
} from "../prices/index.js";
import type { BufferReport } from "./buffers.js";
import { basisPoints } from "./groupModels.js";
import { listAssets, listOrders, listSettlements } from "./listAssets.js";
import { listContracts } from "./listContracts.js";
import type { InstrumentJson, Listing } from "./listing.js";
import { listOptions } from "./listOptions.js";
import { margins } from "./margins.js";
import { assertPrevious, type PreviousEpoch } from "./previousEpoch.js";
import { type RuleBook, readRules } from "./readRules.js";
import type { Rules } from "./rulesFile.js";
import { wantedPrices, withPrices } from "./signedPrices.js";
import { stressGains } from "./stress.js";
import { assertTables } from "./tables.js";
import { hasPrivateRates } from "./tiered.js";
import { variantsOf } from "./variants.js";

export interface BuildOptions {
  /** The epoch that the rules name as `previousEpoch`, verified. */
  readonly previous?: PreviousEpoch | undefined;
  /** What takes private rates out of the market; only for rules with any. */
  readonly hide?: Hide | undefined;
}

export interface BuiltMarket {
  readonly market: MarketJson;
  /** Undefined when the rules have no buffers. */
  readonly buffers?: BufferReport;
}

/**
 * Compiles a rules file (format marginproof/rules/1, YAML or JSON) into a market file; what is wrong with it is named all
 * at once: first fields, then tables and listings, then models and stress, then the market file. Pure, and the same to the last
 * digit on every machine. The result parses and compiles; instruments come in the order assets, settlements, orders,
 * perpetuals, futures, options, each as listed. Rules that name a previous epoch need it as `previous`; the market file
 * then states the digest of its statement.
 * @throws MarginproofError whose message begins "rules, line N: ": RULES_YAML, RULES_TOO_LARGE, RULES_SCHEMA,
 * RULES_BRACKETS, RULES_HAIRCUT, RULES_BORROW, RULES_REFERENCE, RULES_DUPLICATE, RULES_ASSET, RULES_SETTLEMENT,
 * RULES_EXPIRED, RULES_TICK, RULES_OPTION, RULES_OPEN_INTEREST, RULES_MODEL, RULES_LEVERAGE, RULES_STRESS, RULES_BUFFERS,
 * RULES_PREVIOUS, RULES_PREVIOUS_EXCHANGE, RULES_PREVIOUS_TIME, RULES_PRICES, RULES_PRIVATE; codes of src/models such as
 * OPTION_VOLATILITY; codes of src/market such as VALUE_UNIT_TOO_COARSE, PRIVATE_MODEL_DIFFERS
 */
export function buildMarket(rulesText: string, options: BuildOptions = {}): MarketJson {
  return buildWithReport(rulesText, options).market;
}

/** The same, and what the buffers came to. */
export function buildWithReport(rulesText: string, options: BuildOptions = {}): BuiltMarket {
  const book = readRules(rulesText);
  if (book.rules.prices === "signed")
    throw book.error(
      "RULES_PRICES",
      ["prices"],
      "these rules take their prices from signed price files, and none are given",
      "give the price files and a price policy: marginproof market build --help",
    );
  return compile(book, options);
}

function fundPerAsset({ insuranceFund, quote }: Rules): Readonly<Record<string, string>> {
  if (typeof insuranceFund !== "string") return insuranceFund;
  return insuranceFund === "0" ? {} : { [quote]: insuranceFund };
}

const sortedAmounts = (amounts: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(amounts).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Takes the rates of these instruments, whose model says `private: true`, out of a market (`hideRates`). */
export type Hide = (open: Market, secret: ReadonlySet<string>) => MarketJson;

/** A market whose prices are signed, and the evidence that its `priceEvidence` names. */
export interface SignedMarket extends BuiltMarket {
  readonly evidence: AttestedPrices;
}

/**
 * The same for rules that say `prices: signed`: every price is the median of what the files say, under the policy.
 * The result passes `verifyMarketPrices`.
 *
 * @param files price files as data (JSON already parsed), in any order
 * @throws MarginproofError those of `buildMarket`, `medianPrices` and `verifyMarketPrices`
 */
export function buildSignedMarket(
  rulesText: string,
  {
    files,
    policy,
    ...options
  }: BuildOptions & { readonly files: readonly unknown[]; readonly policy: PricePolicyJson },
): SignedMarket {
  const book = readRules(rulesText);
  const evidence = medianPrices({ files, policy, ...wantedPrices(book) });
  const built = compile(withPrices(book, evidence.medians), options, evidenceDigest(evidence.text));
  verifyMarketPrices(parseMarket(built.market), evidence.text);
  return { ...built, evidence };
}

function compile(book: RuleBook, { previous, hide }: BuildOptions, priceEvidence?: string): BuiltMarket {
  assertPrevious(book, previous);
  const faults = new Faults();
  assertTables(book, faults);
  const listings = [
    ...listAssets(book, faults),
    ...listSettlements(book, faults),
    ...listOrders(book, faults),
    ...listContracts(book, faults).flatMap((listing) => variantsOf(book, listing)),
    ...listOptions(book, faults),
  ];
  faults.throwAny();
  assertSymbols(book, listings);
  const figures = faults.attempt(() => margins(book, listings, previous));
  const gains = faults.attempt(() => stressGains(book, listings));
  faults.throwAny();
  const { groups, initialFactorBp, fields, buffers } = figures!;
  const { rules } = book;
  const json: MarketJson = {
    format: MARKET_FORMAT,
    exchange: rules.exchange,
    epoch: rules.epoch,
    time: rules.time,
    ...(previous === undefined ? {} : { previousStatement: previous.statementDigest }),
    quote: rules.quote,
    valueUnit: rules.valueUnit,
    ...(rules.maxRoundingError === undefined ? {} : { maxRoundingError: rules.maxRoundingError }),
    initialFactorBp,
    ...(rules.marginCall === undefined ? {} : { marginCallBp: basisPoints(rules.marginCall) }),
    positionMode: rules.positionMode,
    ...(rules.entryPriceFactor === undefined ? {} : { entryPriceFactor: rules.entryPriceFactor }),
    groups: [...groups],
    stress: rules.stress.map(({ name }) => ({ name })),
    insuranceFund: sortedAmounts(fundPerAsset(rules)),
    reserves: sortedAmounts(rules.reserves),
    ...(priceEvidence === undefined ? {} : { priceEvidence }),
    instruments: listings.map((listing): InstrumentJson => {
      const stress = listing.underlying === undefined ? {} : { stressGains: gains!.get(listing)! };
      return { ...listing.json, ...fields.get(listing), ...stress };
    }),
  };
  try {
    const market = parseMarket(json);
    compileTable(market);
    const report = buffers === undefined ? {} : { buffers };
    const secret = secretSymbols(book, listings);
    if (secret.size === 0 && hide === undefined) return { market, ...report };
    if (secret.size > 0 && hide !== undefined) return { market: hide(market, secret), ...report };
    throw hide === undefined
      ? book.error("RULES_PRIVATE", ["models"], "rates of these rules are private", GIVE_MODEL)
      : book.error("RULES_PRIVATE", ["models"], "no model says private: true", "leave --private-model out");
  } catch (error) {
    throw located(book, listings, error);
  }
}

const GIVE_MODEL =
  "give the private model, or a name for a new one: marginproof market build --private-model";

function secretSymbols(book: RuleBook, listings: readonly Listing[]): ReadonlySet<string> {
  return new Set(listings.filter((l) => hasPrivateRates(book, l)).map(({ json }) => json.symbol));
}

/** The market file of a rules file, byte for byte: what `market build` writes and `market verify` recomputes. */
export function marketText(market: MarketJson): string {
  return `${JSON.stringify(market, null, 2)}\n`;
}

function assertSymbols(book: RuleBook, listings: readonly Listing[]): void {
  const seen = new Map<string, Listing>();
  for (const listing of listings) {
    const { symbol } = listing.json;
    const first = seen.get(symbol);
    if (first !== undefined) {
      const problem = `${symbol} is listed on line ${book.line(first.path)} already`;
      throw book.error("RULES_DUPLICATE", listing.path, problem);
    }
    seen.set(symbol, listing);
  }
  const contracts = new Set(listings.map(({ json }) => json.contract));
  for (const symbol of Object.keys(book.rules.openInterest)) {
    if (seen.has(symbol) || contracts.has(symbol)) continue;
    const problem = `open interest of ${symbol}, which the file does not list`;
    throw book.error("RULES_REFERENCE", ["openInterest", symbol], problem);
  }
}

/** What the market file is refused for, each with the line of the rule behind the field that it names. */
function located(book: RuleBook, listings: readonly Listing[], error: unknown): unknown {
  if (!(error instanceof MarginproofError)) return error;
  return allOf([error, ...(error.options.others ?? [])].map((one) => locatedOne(book, listings, one)));
}

function locatedOne(book: RuleBook, listings: readonly Listing[], error: MarginproofError): MarginproofError {
  const [field, item] = error.options.path ?? [];
  if (field === "instruments") {
    const listing = listings[Number(item)];
    if (listing !== undefined) return book.locate(error, listing.path);
  }
  const inner = field === "reserves" || field === "insuranceFund" || field === "stress";
  return book.locate(
    error,
    [field, inner ? item : undefined].filter((part) => part !== undefined),
  );
}
