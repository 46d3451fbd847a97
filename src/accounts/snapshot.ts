import type { MarginproofError } from "../errors.js";
import type { BadRowsError } from "./badRows.js";
import { type AccountsFormat, accountsFormat } from "./format.js";
import { compileInstruments, type ListedInstruments } from "./instruments.js";
import type { Portfolio } from "./portfolio.js";
import { type ReadProgress, readAccounts } from "./readAccounts.js";
import { AccountShuffle, type AccountsFacts } from "./shuffle.js";
import { type AccountsSource, accountsInputs } from "./source.js";

export type { AccountsFacts } from "./shuffle.js";

/** Guess of how far packing shrinks an accounts file; only the number of buckets depends on it. */
const PACKED_RATIO = 10;

const isPacked = (form: AccountsFormat): boolean => form.format === "parquet" || form.packing !== "none";

export interface SnapshotOptions {
  /** 32 secret random bytes that alone decide the order of accounts. */
  readonly shuffleKey: Uint8Array;
  /** Where to create the private spool directory; the system's temporary directory by default. */
  readonly spoolParent?: string;
  /** Called after every piece of the file read. */
  readonly onProgress?: (progress: ReadProgress) => void;
  /** Takes what is wrong with the rows of each file: then all good rows are kept, and nothing is thrown for bad ones. */
  readonly onBad?: (bad: BadRowsError) => void;
}

/** Fully read and checked accounts. Call `close` when done. */
export interface Snapshot {
  /** Rows read. */
  readonly rows: number;
  /** Margin accounts read: pockets, over all accounts; known once `portfolios` was iterated to its end. */
  readonly accounts: number | undefined;
  /** Known once `portfolios` was iterated to its end. */
  readonly facts: AccountsFacts;
  /**
   * Every pocket of every account once, in the order of the shuffle key; can be iterated again, one iteration at a time.
   * @param onFault takes what is wrong with a pocket, which is then left out, in place of an end of the iteration
   */
  portfolios(onFault?: (fault: MarginproofError) => void): AsyncIterable<Portfolio>;
  /** Removes the spooled rows; may be called twice. */
  close(): void;
}

/**
 * Reads and checks a whole accounts file or export; resolves only if every row is valid, and leaves nothing behind
 * when it rejects. Iterating `portfolios` can still end with ACCOUNT_QUANTITY_TOO_LARGE.
 * @throws MarginproofError those of readAccounts, ACCOUNTS_MARKET_INVALID, SHUFFLE_KEY_INVALID, ACCOUNTS_SPOOL
 */
export async function openSnapshot(
  source: AccountsSource,
  listed: ListedInstruments,
  options: SnapshotOptions,
): Promise<Snapshot> {
  const market = compileInstruments(listed);
  const { shuffleKey, spoolParent, onProgress, onBad } = options;
  const expectedBytes = (await accountsInputs(source))
    .map(({ path, bytes }) => bytes * (isPacked(accountsFormat(path)) ? PACKED_RATIO : 1))
    .reduce((sum, bytes) => sum + bytes, 0);
  const shuffle = new AccountShuffle(market, {
    shuffleKey,
    expectedBytes,
    ...(spoolParent === undefined ? {} : { spoolParent }),
  });
  try {
    for await (const batch of readAccounts(source, market, { onProgress, onBad })) {
      for (const row of batch) shuffle.add(row);
    }
  } catch (error) {
    shuffle.close();
    throw error;
  }
  let accounts: number | undefined;
  return {
    rows: shuffle.rows,
    get accounts() {
      return accounts;
    },
    get facts() {
      return shuffle.facts;
    },
    async *portfolios(onFault) {
      let count = 0;
      for (const portfolio of shuffle.portfolios(onFault)) {
        count++;
        yield portfolio;
      }
      accounts = count;
    },
    close: () => shuffle.close(),
  };
}

/** `openSnapshot` and its portfolios in one, closed when the iteration ends in any way. @throws MarginproofError those of `openSnapshot` */
export async function* readPortfolios(
  source: AccountsSource,
  listed: ListedInstruments,
  options: SnapshotOptions,
): AsyncGenerator<Portfolio> {
  const snapshot = await openSnapshot(source, listed, options);
  try {
    yield* snapshot.portfolios();
  } finally {
    snapshot.close();
  }
}
