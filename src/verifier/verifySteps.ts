import type { Market } from "../market/schema.js";
import { secretRatesDigest } from "../market/secretRates.js";
import type { MarketPrices, PricePolicy } from "../prices/index.js";
import type { RiskTable } from "../protocol/riskTable.js";
import type { Statement } from "../protocol/statement.js";
import type { BundleParts } from "./bundle.js";
import { checkAnchor } from "./checks/anchor.js";
import { checkChain } from "./checks/chain.js";
import { checkCoverage } from "./checks/coverage.js";
import { type Established, establish, establishInSteps } from "./checks/established.js";
import { failure } from "./checks/failure.js";
import { checkMarketFile } from "./checks/marketFile.js";
import { checkRiskTable } from "./checks/riskTable.js";
import { checkSecretRates, hasSecretOptions } from "./checks/secretRates.js";
import { assetBooks, checkSolvency } from "./checks/solvency.js";
import { checkStatement } from "./checks/statement.js";
import { checkSums } from "./checks/sums.js";
import { checkTrustedKeys, keysTitle, usedKeys } from "./checks/trustedKeys.js";
import type { VerifyOptions } from "./options.js";
import { stepList } from "./stepList.js";
import type { Progress } from "./stepSource.js";
import {
  CheckList,
  NOT_PROVED,
  notProved,
  type PriceStanding,
  type RatesStanding,
  type Verdict,
} from "./verdict.js";

/** What a bundle says, as far as its parts could be read; `verdict` says how far to believe it. */
export interface VerifiedEpoch {
  readonly verdict: Verdict;
  readonly statement?: Statement;
  readonly market?: Market;
  readonly table?: RiskTable;
  /** What the price evidence shows, if there is any. */
  readonly prices?: MarketPrices;
}

export type { Progress };

/** What repeats signed prices: apart, so that whoever has none to repeat does not carry it. */
export interface PriceChecker {
  /** The verifier's own policy, checked. @throws MarginproofError PRICES_POLICY */
  readonly policy: (options: VerifyOptions) => PricePolicy | undefined;
  readonly title: (policy: PricePolicy | undefined) => string;
  readonly check: (
    market: Market,
    evidenceText: string | undefined,
    policy: PricePolicy | undefined,
  ) => Established<MarketPrices>;
  /** What no verdict says, with what signed prices leave open, and the options that no signer prices. */
  readonly notProved: (prices: PriceStanding, modelled: readonly string[]) => readonly string[];
}

/** What was read before a check failed, or all of it. */
type Read = Omit<VerifiedEpoch, "verdict">;
/** Everything that is published in the open, consistent in itself. */
type Published = Required<Pick<Read, "statement" | "market" | "table">> & Pick<Read, "prices">;

/** What the steps were found to prove. */
interface Proving {
  readonly proved: boolean;
  readonly developmentKeys: boolean;
  readonly statementDigest?: string;
  readonly epochRoot?: string;
}

/**
 * Checks a whole epoch from public data and the verifier's own pinned keys: protocol.md section 6. Each check takes what
 * the ones before it established; after the first that fails, nothing more is believed or looked at.
 * Never throws for a bad bundle: every fault is a failed check with its code.
 *
 * Yields after every few proofs, so that a caller can show progress, stop, or let other work run.
 *
 * @param prices what repeats signed prices; without it a bundle or verifier that has to do with any is refused
 * @throws MarginproofError PRICES_POLICY for a fault in the verifier's own price policy
 */
export function* verifySteps(
  bundle: BundleParts,
  options: VerifyOptions,
  prices?: PriceChecker,
): Generator<Progress, VerifiedEpoch, void> {
  const policy = prices?.policy(options);
  const list = new CheckList();
  const { read, published } = readPublished(list, bundle, options, { policy, checker: prices });
  const proving =
    published === undefined ? NOTHING_PROVED : yield* proveSteps(list, bundle, published, options);
  const proved = published !== undefined && proving.proved;
  const solvent = proved && checkSolvency(list, published.statement, published.market, published.table);
  if (!proved)
    list.skip("solvency", "solvency", "the book is covered", "not looked at: the statement is not proved");
  const verdict = verdictOf(list, read, { ...proving, solvent }, options, prices);
  return {
    ...read,
    verdict: proved
      ? { ...verdict, assets: assetBooks(published.market, published.table, published.statement) }
      : verdict,
  };
}

const STATEMENT = { id: "statement", title: "the statement is well formed" };
const MARKET = { id: "market", title: "the market file is the one the statement names" };
const TABLE = { id: "table", title: "the risk table, rebuilt here from the market file, keeps its rules" };
const RATES = { id: "rules", title: "the secret rates are committed to, the same for every account" };
const COVERAGE = { id: "coverage", title: "every batch and every row of the table has exactly one step" };
const CHAIN = {
  id: "chain",
  title: "the chain of hidden states starts at zero and ends in the published totals",
};
const ANCHOR = { id: "anchor", title: "the statement is the one the exchange anchored" };
const PROOFS = { id: "proofs", title: "every proof verifies" };
const SUMS = { id: "sums", title: "the published sums agree with each other" };

/** The checks that need no proof: statement, market file, prices, table and rates name and fit each other. */
function readPublished(
  list: CheckList,
  bundle: BundleParts,
  options: VerifyOptions,
  {
    policy,
    checker,
  }: { readonly policy: PricePolicy | undefined; readonly checker: PriceChecker | undefined },
): { readonly read: Read; readonly published?: Published } {
  const statement = establish(list, STATEMENT, () => checkStatement(bundle.statement))?.value;
  if (statement === undefined) return { read: {} };
  const market = establish(list, MARKET, () =>
    checkMarketFile(bundle.marketText, statement, options.ownMarketText),
  )?.value;
  if (market === undefined) return { read: { statement } };
  const asked = bundle.evidenceText ?? market.priceEvidence ?? options.pricePolicy;
  const prices = wanted(asked, () =>
    establish(list, { id: "prices", title: checker?.title(policy) ?? UNREPEATED }, () => {
      if (checker === undefined) throw failure("PRICES_NOT_REPEATED", NO_CHECKER);
      return checker.check(market, bundle.evidenceText, policy);
    }),
  );
  const read = { statement, market, ...(prices?.value === undefined ? {} : { prices: prices.value }) };
  if (prices === undefined) return { read };
  const table = establish(list, TABLE, () => checkRiskTable(market, statement))?.value;
  if (table === undefined) return { read };
  const rates = wanted(market.privateRules ?? options.expectedRules, () =>
    establish(list, RATES, () => checkSecretRates(market, options)),
  );
  const all = { ...read, table };
  return rates === undefined ? { read: all } : { read: all, published: all };
}

const UNREPEATED = "the signed prices are those of the market file";
const NO_CHECKER = "the prices are signed, and nothing here repeats them (option prices: signedPrices)";

const NOT_ASKED = { value: undefined };

/** A check that only some bundles or verifiers ask for passes when nobody does. */
function wanted<A, T>(
  asked: A | undefined,
  check: (asked: A) => Established<T> | undefined,
): { value: T | undefined } | undefined {
  return asked === undefined ? NOT_ASKED : check(asked);
}

const NOTHING_PROVED: Proving = { proved: false, developmentKeys: false };

/** The checks of the proofs: whose keys, proofs of what, and that every one holds. */
function* proveSteps(
  list: CheckList,
  bundle: BundleParts,
  { statement, market, table }: Published,
  options: VerifyOptions,
): Generator<Progress, Proving, void> {
  const used = usedKeys(statement, options.pins);
  const developmentKeys = used.development;
  const title = keysTitle(used, options.allowDevKeys === true);
  const keys = establish(list, { id: "keys", title }, () =>
    checkTrustedKeys(bundle.verifyingKeys, statement, options),
  )?.value;
  if (keys === undefined) return { proved: false, developmentKeys };
  const steps = options.steps ?? stepList(bundle);
  const coverage = establish(list, COVERAGE, () =>
    checkCoverage(steps, statement, market, table, keys),
  )?.value;
  if (coverage === undefined) return { proved: false, developmentKeys };
  const parts = { statement, market, table, keys, coverage };
  const chain = establish(list, CHAIN, () => checkChain(options.hasher, parts))?.value;
  if (chain === undefined) return { proved: false, developmentKeys };
  const { statementDigest, epochRoot, statements } = chain;
  const { expectedDigest } = options;
  const batches = statement.batches.length;
  const proved =
    wanted(expectedDigest, (expected) =>
      establish(list, ANCHOR, () => checkAnchor(statementDigest, expected)),
    ) !== undefined &&
    (yield* establishInSteps(list, PROOFS, () => steps.check(statements, batches))) !== undefined &&
    establish(list, SUMS, () => checkSums(statement, table, keys)) !== undefined;
  return { proved, developmentKeys, statementDigest, epochRoot };
}

function verdictOf(
  list: CheckList,
  { market, prices }: Read,
  proving: Proving & { readonly solvent: boolean },
  options: VerifyOptions,
  checker: PriceChecker | undefined,
): Verdict {
  const { proved, solvent, developmentKeys, statementDigest, epochRoot } = proving;
  const rates = ratesStanding(market, options);
  const standing =
    prices === undefined ? "stated" : options.pricePolicy === undefined ? "attested" : "pinned";
  const lines = checker?.notProved(standing, prices?.modelled ?? []) ?? NOT_PROVED;
  const previousStatement = proved ? market?.previousStatement : undefined;
  return {
    valid: proved && solvent,
    proved,
    solvent,
    checks: list.checks,
    notProved: notProved(lines, standing, rates, market?.stress.length !== 0),
    prices: standing,
    ...(prices === undefined ? {} : { unpriced: prices.modelled }),
    ...(rates === undefined ? {} : { rules: rates }),
    developmentKeys,
    ...(statementDigest === undefined ? {} : { statementDigest }),
    ...(epochRoot === undefined ? {} : { epochRoot }),
    ...(previousStatement === undefined ? {} : { previousStatement }),
  };
}

/** What the secret rates are named by; undefined where none are secret. */
export function ratesStanding(
  market: Market | undefined,
  options: Pick<VerifyOptions, "expectedRules" | "ownMarketText">,
): RatesStanding | undefined {
  const commitment = market === undefined ? undefined : secretRatesDigest(market);
  if (market === undefined || commitment === undefined) return undefined;
  const compared = (options.expectedRules ?? options.ownMarketText) !== undefined;
  return { commitment, compared, options: hasSecretOptions(market) };
}
