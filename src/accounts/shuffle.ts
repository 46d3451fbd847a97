import { MarginproofError } from "../errors.js";
import { AccountOrder } from "./accountOrder.js";
import type { AccountRow } from "./accountRow.js";
import type { InstrumentTable, Side } from "./instruments.js";
import { type Portfolio, PortfolioBuilder } from "./portfolio.js";
import { Spool } from "./spool.js";

/** Bytes of accounts file per bucket, and the most buckets (each is an open file). */
const BUCKET_BYTES = 4 * 1024 * 1024;
const MAX_BUCKETS = 128;

/** Number of buckets for an input of about `bytes` bytes of text. The order of accounts doesn't depend on it. */
export function bucketCount(bytes: number): number {
  return Math.min(MAX_BUCKETS, Math.max(1, Math.ceil(bytes / BUCKET_BYTES)));
}

const LEGS: Readonly<Record<string, Side>> = { long: "long", short: "short" };

/** What an accounts file left to its reader. */
export interface AccountsFacts {
  /** Positions whose row says `settled` in place of an entry price. */
  readonly settled: number;
  /** Margin accounts in which rows of opposite sign came to one position. */
  readonly netted: number;
  /** Margin accounts that hold a contract in several leverages. */
  readonly split: number;
}

export interface ShuffleOptions {
  /** 32 secret random bytes: the only thing the order of accounts depends on. */
  readonly shuffleKey: Uint8Array;
  /** Size of the input text, bytes: sets the number of buckets. */
  readonly expectedBytes: number;
  /** Where to create the private spool directory; the system's temporary directory by default. */
  readonly spoolParent?: string;
}

/**
 * Groups rows by pocket of an account in bounded memory and gives these an order that is pseudo-random to anyone
 * without the key: ascending digests of AccountOrder. Bucket k of K holds the digests whose first 32
 * bits d have floor(d * K / 2^32) = k, so going through the buckets in turn gives the full order.
 */
export class AccountShuffle {
  readonly #order: AccountOrder;
  readonly #digest = Buffer.alloc(32);
  readonly #spool: Spool;
  #rows = 0;
  #settled = 0;
  #netted = 0;
  #split = 0;
  #lastAccount: string | undefined;
  #lastPocket: string | undefined;
  #lastBucket = 0;

  /** @throws MarginproofError SHUFFLE_KEY_INVALID, ACCOUNTS_SPOOL */
  constructor(
    readonly market: InstrumentTable,
    options: ShuffleOptions,
  ) {
    this.#order = new AccountOrder(options.shuffleKey);
    this.#spool = new Spool(bucketCount(options.expectedBytes), options.spoolParent);
  }

  /** Rows added. */
  get rows(): number {
    return this.#rows;
  }

  /** Rows that say `settled`, and of the last iteration the pockets with positions that were netted, or stand apart. */
  get facts(): AccountsFacts {
    return { settled: this.#settled, netted: this.#netted, split: this.#split };
  }

  get spool(): Spool {
    return this.#spool;
  }

  add(row: AccountRow): void {
    if (row.account !== this.#lastAccount || row.pocket !== this.#lastPocket) {
      this.#lastAccount = row.account;
      this.#lastPocket = row.pocket;
      this.#order.digestInto(row, this.#digest);
      const first = this.#digest.readUInt32BE(0);
      this.#lastBucket = Math.floor((first * this.#spool.buckets) / 2 ** 32);
    }
    const { index, derivative } = this.market.bySymbol.get(row.instrument)!;
    if (derivative && row.steps !== 0n && row.entryPrice === undefined) this.#settled++;
    const { account, pocket, steps, leg = "", entryPrice = "" } = row;
    this.#spool.append(this.#lastBucket, `${account}\t${pocket}\t${index}\t${steps}\t${leg}\t${entryPrice}`);
    this.#rows++;
  }

  /**
   * Every pocket of every account once, in order, once all rows are added. Can be run again.
   * @param onFault takes what is wrong with a pocket, which is then left out, in place of an end of the iteration
   * @throws MarginproofError ACCOUNT_QUANTITY_TOO_LARGE, ACCOUNT_POSITION
   */
  *portfolios(onFault?: (fault: MarginproofError) => void): Generator<Portfolio> {
    this.#spool.flush();
    this.#netted = this.#split = 0;
    for (let bucket = 0; bucket < this.#spool.buckets; bucket++) {
      const builders = this.#load(bucket);
      const digests = Buffer.alloc(32 * builders.length);
      builders.forEach((builder, i) => {
        this.#order.digestInto(builder.id, digests.subarray(32 * i, 32 * i + 32));
      });
      const ranks = [...builders.keys()].sort((a, b) =>
        digests.compare(digests, 32 * b, 32 * b + 32, 32 * a, 32 * a + 32),
      );
      for (const i of ranks) {
        const builder = builders[i]!;
        if (builder.netted) this.#netted++;
        if (builder.split) this.#split++;
        const portfolio = buildOr(builder, onFault);
        if (portfolio !== undefined) yield portfolio;
      }
    }
  }

  #load(bucket: number): PortfolioBuilder[] {
    const pockets = new Map<string, PortfolioBuilder>();
    for (const line of this.#spool.lines(bucket)) {
      const first = line.indexOf(9);
      const second = line.indexOf(9, first + 1);
      const third = line.indexOf(9, second + 1);
      const fourth = line.indexOf(9, third + 1);
      const key = line.toString("utf8", 0, second);
      let builder = pockets.get(key);
      if (builder === undefined) {
        const account = line.toString("utf8", 0, first);
        const pocket = line.toString("latin1", first + 1, second);
        builder = new PortfolioBuilder({ account, pocket }, this.market);
        pockets.set(key, builder);
      }
      const instrument = this.market.list[Number(line.toString("latin1", second + 1, third))]!;
      const fifth = line.indexOf(9, fourth + 1);
      const leg = LEGS[line.toString("latin1", fourth + 1, fifth)];
      const entryPrice = fifth + 1 < line.length ? line.toString("latin1", fifth + 1) : undefined;
      builder.add(instrument, BigInt(line.toString("latin1", third + 1, fourth)), entryPrice, leg);
    }
    return [...pockets.values()];
  }

  /** Removes the spooled rows; may be called twice. */
  close(): void {
    this.#spool.close();
    this.#order.destroy();
  }
}

/** The portfolio; undefined when it is faulty and somebody takes the fault. */
function buildOr(
  builder: PortfolioBuilder,
  onFault: ((fault: MarginproofError) => void) | undefined,
): Portfolio | undefined {
  try {
    return builder.build();
  } catch (error) {
    if (onFault === undefined || !(error instanceof MarginproofError)) throw error;
    onFault(error);
    return undefined;
  }
}
