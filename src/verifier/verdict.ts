import type { AssetBook } from "../market/index.js";
import type { JudgedBy } from "./judgedBy.js";

/** One named check of a verdict. */
export interface Check {
  /** Stable name, for scripts. */
  readonly id: string;
  /** What is checked, for people. */
  readonly title: string;
  readonly status: "pass" | "fail" | "skipped";
  /** Figures of a pass, or what is wrong and the error code of a failure. */
  readonly detail: string;
  /** Of a failed check of what is proved: the error code. */
  readonly code?: string;
  /** `proof`: the bundle proves its statement. `solvency`: what the statement then says. */
  readonly kind: "proof" | "solvency";
}

export interface Verdict {
  /** Every check passed: the statement is proved and the book it shows is covered. */
  readonly valid: boolean;
  /** The statement is proved, whatever it says. */
  readonly proved: boolean;
  /** The statement shows a covered book; meaningless unless `proved`. */
  readonly solvent: boolean;
  readonly checks: readonly Check[];
  readonly notProved: readonly string[];
  readonly prices: PriceStanding;
  /** Customers' holdings and debts per asset against fund and reserves; only of a statement that is proved. */
  readonly assets?: readonly AssetBook[];
  /** All options of attested prices that no price file prices: the exchange's own value. Undefined without attested prices. */
  readonly unpriced?: readonly string[];
  /** The rules commitment, only where rates are secret. */
  readonly rules?: RatesStanding;
  /** Digest of everything published but the proofs: what to compare with the exchange's public anchor. */
  readonly statementDigest?: string;
  /** Digest of the statement that the market file says its figures come from. That statement was not looked at. */
  readonly previousStatement?: string;
  /** Root over all accounts of the epoch. */
  readonly epochRoot?: string;
  /** Proved under keys whose secrets are public. */
  readonly developmentKeys: boolean;
  /** What the figures were judged by; only of a statement that is proved. */
  readonly judgedBy?: JudgedBy;
  /** How well declared reserves are shown; only where a reserves file was given, and is right. */
  readonly reserves?: readonly AssetStanding[];
  /** Of a light check: whose word `proved` is. Absent where every proof was verified here. */
  readonly attested?: readonly AttestedWord[];
}

/** A declared reserve, and what a reserves file shows of it, in units of the asset. */
export interface AssetStanding {
  readonly asset: string;
  /** As the market file declares it. */
  readonly reserve: string;
  /** On addresses that the exchange signed for, under a block that the verifier named. */
  readonly proved: string;
  /** On addresses that the exchange signed for. */
  readonly signed: string;
  /** On the exchange's word. */
  readonly declared: string;
  /** The best that holds for the whole reserve: `missing` when the file does not name as much. */
  readonly standing: "proved" | "signed" | "declared" | "missing";
  /** What the verifier's policy asks for. */
  readonly required: "proved" | "signed" | "declared";
}

/** Who vouches for the proofs of a statement that nobody looked at here. */
export type AttestedWord = AuditorsWord | RegistryWord;

/** A registry on an EVM chain that has the statement as final, as a node told it. */
export interface RegistryWord {
  readonly by: "registry";
  readonly address: string;
  readonly chainId: number;
  readonly developmentKeys: boolean;
}

/** Auditors of the holder's own list. */
export interface AuditorsWord {
  readonly by: "auditors";
  /** How many of the holder's list had to sign. */
  readonly quorum: number;
  /** Those that did, by the names of the holder's list. */
  readonly auditors: readonly {
    readonly address: string;
    readonly name: string;
    readonly verifier: string;
    readonly time: string;
    readonly expires: string;
    /** Whose word the prices were to them. */
    readonly prices: PriceStanding;
    readonly developmentKeys: boolean;
  }[];
  /** Attestations that were given and not counted, and why. */
  readonly setAside: readonly { readonly code: string; readonly message: string }[];
  readonly developmentKeys: boolean;
}

/** Names the secret rates (`secretRatesDigest`), and whether the verifier had a value to compare that with. */
export interface RatesStanding {
  readonly commitment: string;
  readonly compared: boolean;
  /** Whether any option has secret rates: they apply to its `notionalPrice`, which the commitment does not hold. */
  readonly options: boolean;
}

/**
 * What stands behind the prices, of a bundle that is proved: `stated`, the exchange's word alone; `attested`, signers that
 * the bundle itself names; `pinned`, signers on the verifier's own list.
 */
export type PriceStanding = "stated" | "attested" | "pinned";

/** Replaced where signed prices were repeated: `signedLines`. */
export const PRICES_STATED =
  "that the prices of market.json are the market's: they are the exchange's word, compare them";

export const INSTRUMENTS_STATED =
  "that an instrument is what market.json says, an asset or a contract on such terms: its name shows nothing";
export const RULES_STATED =
  "that brackets, haircuts, scenarios, option notionals and margin factors are fair: compare them with the rules";

/** Replaced where a reserves file shows more. */
export const RESERVES_STATED =
  "that the declared reserves and the insurance fund exist and are the exchange's own";

/** What no verdict says, to be shown beside every one. */
export const NOT_PROVED: readonly string[] = [
  "that no account or pocket was left out, or two counted as one: each holder checks that (marginproof check)",
  PRICES_STATED,
  INSTRUMENTS_STATED,
  RULES_STATED,
  "that a stress scenario is severe, or does what its name says: see how far it moves prices",
  RESERVES_STATED,
  "that nothing is owed off the books, to anybody who is not an account",
  "that open interest is between two people: one account can be long and short of one contract",
  "that margin accounts are people: a holder has one per pocket, and the exchange can add some, empty ones too",
  "that an account name belongs to one person: use a name that is yours alone, and check your own file",
  "that the book was covered at any other moment than the epoch's time",
  "that this is the epoch's only statement: compare the statement digest with the exchange's public anchor",
];

const NO_STRESS = "that any fall or rise of prices is survived: no stress scenario was published";

const RATES_SECRET =
  "that the secret rates are fair, or above 0: they were only shown never to fall with size, and to be the same for all";
const RATES_NOTIONAL =
  "that secret rates charge an option on its underlying's price: no commitment holds notionalPrice, the exchange's word";
const RATES_NOT_COMPARED =
  "that the secret rates are those of the epochs before: compare the rules commitment (--rules-commitment)";

/** Of a light check, before all others. */
export const PROOFS_ATTESTED =
  "that the proofs verify: nobody looked at one here; it is the word of those who signed, and of the keys they trust";

/** What a light check leaves open, beginning with whose word the proofs are: prices are looked at no further than the market file states them. */
export function notProvedLight(
  words: readonly string[],
  rates: RatesStanding | undefined,
  stressed: boolean,
): readonly string[] {
  return [...words, ...notProved(NOT_PROVED, "stated", rates, stressed)];
}

/**
 * The same, with what secret rates and a market without stress leave open.
 *
 * @param lines `NOT_PROVED`, or what signed prices made of it
 */
export function notProved(
  lines: readonly string[],
  prices: PriceStanding,
  rates?: RatesStanding,
  stressed = true,
): readonly string[] {
  const open = [...lines, ...(stressed ? [] : [NO_STRESS])];
  if (rates === undefined) return open;
  return [
    ...open,
    RATES_SECRET,
    ...(prices !== "pinned" && rates.options ? [RATES_NOTIONAL] : []),
    ...(rates.compared ? [] : [RATES_NOT_COMPARED]),
  ];
}

/** Collects checks in order; after a failed prerequisite the rest is skipped, never passed. */
export class CheckList {
  readonly checks: Check[] = [];

  add(kind: Check["kind"], id: string, title: string, passed: boolean, detail: string): boolean {
    this.checks.push({ kind, id, title, status: passed ? "pass" : "fail", detail });
    return passed;
  }

  /** A check that found a fault of the bundle: what is wrong, with its code. */
  fail(kind: Check["kind"], id: string, title: string, code: string, problem: string): void {
    this.checks.push({ kind, id, title, status: "fail", detail: `${code}: ${problem}`, code });
  }

  skip(kind: Check["kind"], id: string, title: string, because: string): void {
    this.checks.push({ kind, id, title, status: "skipped", detail: because });
  }

  all(kind: Check["kind"]): boolean {
    const own = this.checks.filter((check) => check.kind === kind);
    return own.length > 0 && own.every((check) => check.status === "pass");
  }
}

/** Code of the first failed check, if it has one. */
export function failureCode({ checks }: Pick<Verdict, "checks">): string | undefined {
  return checks.find(({ status }) => status === "fail")?.code;
}
