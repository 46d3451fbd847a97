import { toFieldHex } from "../field/encoding.js";
import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import { openAccount } from "../holder/checkAccount.js";
import { accountOutcome, type OpenedAccount } from "../holder/checkOpening.js";
import type { Market } from "../market/index.js";
import { hasRole, instanceOfId } from "../protocol/circuits.js";
import type { RiskTable } from "../protocol/riskTable.js";
import type { AccountShape } from "../protocol/shapes.js";
import { checkAnchor } from "../verifier/checks/anchor.js";
import { type Established, establish } from "../verifier/checks/established.js";
import { checkMarketFile } from "../verifier/checks/marketFile.js";
import { checkRiskTable } from "../verifier/checks/riskTable.js";
import { checkSecretRates } from "../verifier/checks/secretRates.js";
import { assetBooks, checkSolvency, solvencyOf } from "../verifier/checks/solvency.js";
import { assertSums } from "../verifier/checks/sums.js";
import { type AttestedWord, CheckList, notProvedLight, type Verdict } from "../verifier/verdict.js";
import { ratesStanding } from "../verifier/verifySteps.js";
import type { ProofSource } from "./proofSource.js";
import { parseSummary, type StatementSummary, summaryDigest } from "./summary.js";

/** What is looked at: public, from whomever, and not believed. */
export interface LightEpochParts {
  /** JSON of `statement.json`, or of its summary. */
  readonly statement: unknown;
  readonly marketText: string;
}

export interface LightOptions {
  readonly hasher: PoseidonHasher;
  /** Who is to vouch for the proofs: every one of them must. At least one. */
  readonly sources: readonly [ProofSource, ...ProofSource[]];
  /** Statement digest from the exchange's public anchor, `0x` + 64 lower-case hex digits. */
  readonly expectedDigest?: string;
  /** A market file of the reader's own, as text. */
  readonly ownMarketText?: string;
  readonly expectedRules?: string;
}

/** What a light check found. `verdict.attested` says whose word `verdict.proved` is. */
export interface LightEpoch {
  readonly verdict: Verdict;
  readonly statement?: StatementSummary;
  readonly market?: Market;
  readonly table?: RiskTable;
}

type Read = Omit<LightEpoch, "verdict">;
type Published = Required<Read>;

/**
 * Checks an epoch without its proofs: what is published in the open is compared and computed here, and for the proofs the
 * sources are asked. Never throws for bad files: every fault is a failed check with its code.
 *
 * Computed here: market file and risk table against their digests, the sums, and whether the book is covered; of a whole
 * statement also its digest and root. Of a summary, that digest, root and figures belong together is the sources' word too.
 */
export function vouchedEpoch(parts: LightEpochParts, options: LightOptions): LightEpoch {
  const list = new CheckList();
  const { read, published } = readOpen(list, parts, options);
  const words = published === undefined ? undefined : vouched(list, published, options);
  const proved = words !== undefined;
  const solvent = proved && checkSolvency(list, published!.statement, published!.market, published!.table);
  if (!proved)
    list.skip(
      "solvency",
      "solvency",
      "the book is covered",
      "not looked at: nobody vouches for the statement",
    );
  return { ...read, verdict: verdictOf(list, read, words, solvent, options) };
}

const STATEMENT = { id: "statement", title: "the statement is well formed" };
const MARKET = { id: "market", title: "the market file is the one the statement names" };
const TABLE = { id: "table", title: "the risk table, rebuilt here from the market file, keeps its rules" };
const RATES = { id: "rules", title: "the secret rates are committed to, the same for every account" };
const ANCHOR = { id: "anchor", title: "the statement is the one the exchange anchored" };
const SUMS = { id: "sums", title: "the published sums agree with each other" };

function readOpen(
  list: CheckList,
  { statement: json, marketText }: LightEpochParts,
  options: LightOptions,
): { readonly read: Read; readonly published?: Published } {
  const statement = establish(list, STATEMENT, () => checkSummary(json, options.hasher))?.value;
  if (statement === undefined) return { read: {} };
  const market = establish(list, MARKET, () =>
    checkMarketFile(marketText, statement, options.ownMarketText),
  )?.value;
  if (market === undefined) return { read: { statement } };
  const table = establish(list, TABLE, () => checkRiskTable(market, statement))?.value;
  if (table === undefined) return { read: { statement, market } };
  const read = { statement, market, table };
  const asked = (market.privateRules ?? options.expectedRules) !== undefined;
  const rates = !asked || establish(list, RATES, () => checkSecretRates(market, options)) !== undefined;
  return rates ? { read, published: read } : { read };
}

function checkSummary(json: unknown, hasher: PoseidonHasher): Established<StatementSummary> {
  const { summary, computed } = parseSummary(json, hasher);
  const { exchange, epoch, time } = summary;
  const digest = computed
    ? "digest and root computed here"
    : "a summary: digest and root are the word of whoever vouches for it";
  return { value: summary, detail: `${exchange}, epoch ${epoch}, ${time}; ${digest}` };
}

/** What the sources say, if all vouch for it and nothing contradicts them. */
function vouched(
  list: CheckList,
  { statement, market, table }: Published,
  { sources, expectedDigest }: LightOptions,
): readonly AttestedWord[] | undefined {
  const anchored =
    expectedDigest === undefined ||
    establish(list, ANCHOR, () => checkAnchor(statement.statementDigest, expectedDigest)) !== undefined;
  if (!anchored) return undefined;
  const sums = establish(list, SUMS, () => {
    assertSums(statement, table, statement.places);
    return { value: true, detail: "" };
  });
  if (sums === undefined) return undefined;
  const covered = solvencyOf(market, table, statement).every(({ passed }) => passed);
  const facts = { summary: statement, summaryDigest: summaryDigest(statement), table, covered };
  const words: AttestedWord[] = [];
  for (const source of sources) {
    const word = establish(list, source, () => source.vouch(facts))?.value;
    if (word === undefined) return undefined;
    words.push(word);
  }
  // A caller without types may give none.
  return words.length === 0 ? undefined : words;
}

function verdictOf(
  list: CheckList,
  { statement, market, table }: Read,
  words: readonly AttestedWord[] | undefined,
  solvent: boolean,
  options: LightOptions,
): Verdict {
  const proved = words !== undefined;
  const rates = ratesStanding(market, options);
  return {
    valid: proved && solvent,
    proved,
    solvent,
    checks: list.checks,
    notProved: notProvedLight(
      options.sources.map((source) => source.notProved),
      rates,
      market?.stress.length !== 0,
    ),
    prices: "stated",
    ...(rates === undefined ? {} : { rules: rates }),
    developmentKeys: words?.some(({ developmentKeys }) => developmentKeys) === true,
    attested: words ?? [],
    ...(statement === undefined
      ? {}
      : { statementDigest: statement.statementDigest, epochRoot: toFieldHex(statement.epochRoot) }),
    ...(!proved || market?.previousStatement === undefined
      ? {}
      : { previousStatement: market.previousStatement }),
    ...(proved ? { assets: assetBooks(market!, table!, statement!) } : {}),
  };
}

/** What a holder's opening is looked up with. */
export interface LightLookup {
  readonly hasher: PoseidonHasher;
  /** The holder's account name as they know it. */
  readonly account?: string;
}

/**
 * Looks up one account in an epoch that `vouchedEpoch` found vouched for. Never throws for a bad file.
 * @param opening JSON of the holder's own file
 */
export function lookUpLight(
  opening: unknown,
  epoch: LightEpoch,
  { hasher, account }: LightLookup,
): OpenedAccount {
  const { verdict, statement, market, table } = epoch;
  if (!verdict.proved || statement === undefined || market === undefined || table === undefined)
    return { status: "unknown" };
  const shapes = accountShapes(statement);
  return accountOutcome(account, { market, table }, () =>
    openAccount(opening, {
      exchange: statement.exchange,
      epoch: statement.epoch,
      digest: statement.statementDigest,
      root: statement.epochRoot,
      table,
      hasher,
      account,
      // A leaf names its shape, so trying all of them finds the one it has and no other.
      shapesAt: () => shapes,
    }),
  );
}

function accountShapes({ keys }: StatementSummary): AccountShape[] {
  const ids = [...new Set(keys.map(({ shape }) => shape))];
  return ids.flatMap((id): AccountShape[] => {
    const instance = instanceOfId(id);
    return instance !== undefined && hasRole(instance, "accountStep") ? [instance] : [];
  });
}
