import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { MarginproofError } from "../../errors.js";
import { type PrivateModel, parsePrivateModel } from "../../market/index.js";
import { Turns } from "../turns.js";
import { LiveEngine, noLiveBook } from "./engine.js";
import { EventIds, EventRing } from "./eventRing.js";
import { nextMarket, type PricesOf, priced, type TickBody } from "./nextMarket.js";
import { changeRows, type RawRow } from "./rows.js";
import type { Evaluated, LiveAccount, LivePortfolio } from "./shard.js";
import { type LiveMarket, liveMarket, movedInstruments } from "./tick.js";

/** How a live book begins. */
export interface LiveStart {
  /** A market file's data. */
  readonly market: unknown;
  /** Text of the private model. */
  readonly model: string | undefined;
  /** In 1/10000 of the initial requirement: `announcedBand`. */
  readonly clearBp: number;
}

/** The live book of a server, in memory alone. */
export interface LiveBook {
  readonly id: string;
  readonly engine: LiveEngine;
  readonly model: PrivateModel | undefined;
  readonly modelText: string | undefined;
  readonly clearBp: number;
  readonly ring: EventRing;
  readonly ids: EventIds;
  /** The market file of the last tick, as data. */
  json: unknown;
  live: LiveMarket;
  /** Whether its accounts are all there. */
  loaded: boolean;
  /** Ticks so far. */
  tick: number;
  /** Ticks and changes so far: one number, one state of every account. */
  revision: number;
  /** Margin accounts when they were last taken in. */
  accounts: number;
  /** How often what accounts hold was changed. */
  holdings: number;
}

/** What a tick or a change came to. */
export interface Outcome {
  readonly tick: number;
  /** Instruments that moved; null where every account is concerned. */
  readonly moved: number | null;
  readonly evaluated: number;
  readonly events: number;
  readonly seconds: number;
}

/** A whole book as it was at one moment. */
export interface WholeBook extends PricesOf {
  /** Gives its margin accounts, as often as it is called. */
  portfolios(): AsyncIterable<LivePortfolio>;
}

/** One account of the book at one moment. */
export interface Moment extends Pick<LiveBook, "revision" | "tick" | "json" | "modelText" | "live"> {
  /** Id of the book. */
  readonly book: string;
  readonly pockets: readonly LiveAccount[];
  readonly portfolios: readonly LivePortfolio[];
}

/** Keeps the one live book of a server, and tells who listens. */
export class LiveDesk {
  #book: LiveBook | undefined;
  readonly #turns = new Turns();
  readonly #listeners = new Set<() => void>();
  #lostBooks = 0;

  /** @param onLost called when a thread of a book ended by itself */
  constructor(private readonly onLost: (book: LiveBook) => void = () => {}) {}

  /** Books that were lost by a thread's end so far. */
  get lostBooks(): number {
    return this.#lostBooks;
  }

  /** @throws MarginproofError SERVICE_LIVE_NONE unless there is a book with its accounts */
  get book(): LiveBook {
    const { loaded } = this;
    if (loaded === undefined) throw noLiveBook();
    return loaded;
  }

  /** The book that was begun, with or without its accounts. @throws MarginproofError SERVICE_LIVE_NONE */
  get begun(): LiveBook {
    if (this.#book === undefined) throw noLiveBook();
    return this.#book;
  }

  /** The book, if there is one with its accounts. */
  get loaded(): LiveBook | undefined {
    return this.#book?.loaded === true ? this.#book : undefined;
  }

  /**
   * Gives the whole book as it is now: prices and holdings wait until `use` is done with it.
   * @throws MarginproofError SERVICE_LIVE_NONE
   */
  withBook<T>(use: (book: LiveBook, portfolios: AsyncIterable<LivePortfolio>) => Promise<T>): Promise<T> {
    return this.#turns.take(() => use(this.book, this.book.engine.portfolios()));
  }

  /** The book of this id is still the one of this server. */
  has(book: LiveBook): boolean {
    return this.#book === book;
  }

  /** Calls `wake` after anything happened. @returns ends that */
  listen(wake: () => void): () => void {
    this.#listeners.add(wake);
    return () => this.#listeners.delete(wake);
  }

  /** Begins a book without accounts, in the place of the one before. @throws MarginproofError as `liveMarket` */
  begin({ market, model: modelText, clearBp }: LiveStart): Promise<LiveBook> {
    return this.#turns.take(async () => {
      const model = modelText === undefined ? undefined : parsePrivateModel(modelText);
      const live = liveMarket(market, model);
      await this.#drop();
      const engine = new LiveEngine(
        live,
        BigInt(clearBp),
        availableParallelism(),
        () => void this.#lost(book),
      );
      const book: LiveBook = {
        ...{ id: randomBytes(16).toString("hex"), engine, model, modelText, clearBp, json: market, live },
        ...{ ring: new EventRing(), ids: new EventIds(), loaded: false },
        ...{ tick: 0, revision: 0, accounts: 0, holdings: 0 },
      };
      this.#book = book;
      return book;
    });
  }

  /**
   * Takes a book's accounts in, all of them or none.
   * @param open gives them, once nothing else is done with the book
   * @param allow throws where it is not to be done, at that moment
   * @throws MarginproofError SERVICE_LIVE_NONE without a book that waits for accounts
   */
  load(open: (live: LiveMarket) => AsyncIterable<LivePortfolio>, allow = (): void => {}): Promise<LiveBook> {
    return this.#turns.take(async () => {
      const book = this.#book;
      if (book === undefined || book.loaded) throw noLiveBook();
      allow();
      try {
        const found = await book.engine.load(open(book.live));
        book.accounts = found.evaluated;
        this.#happened(book, found);
        book.holdings++;
        book.loaded = true;
        return book;
      } catch (error) {
        // Some of them may be in: the book is begun anew.
        await this.#drop();
        throw error;
      }
    });
  }

  /**
   * Takes accounts, and prices if there are any, in the place of what a book holds: all of it at one stroke, or nothing. Ticks go on until then.
   * @throws MarginproofError SERVICE_LIVE_NONE when this server has another book by now; of the market that the prices make; what `portfolios` does
   */
  async replace(book: LiveBook, { portfolios, ...pulled }: WholeBook): Promise<Outcome> {
    const begun = performance.now();
    const { engine, holdings } = book;
    const staged = await engine.stage(portfolios());
    return this.#turns.take(async () => {
      if (!this.has(book)) throw noLiveBook();
      // A file came meanwhile, or rows that had waited: what was staged is what differed from before.
      if (book.holdings !== holdings) await engine.stage(portfolios());
      const { json, live } = priced(book, pulled);
      const isTick = live !== book.live;
      const moved = isTick ? movedInstruments(book.live.table, live.table) : [];
      const found = await engine.replace({ table: live.table, listed: live.listed }, moved);
      [book.json, book.live, book.accounts, book.loaded] = [json, live, staged, true];
      book.holdings++;
      if (isTick) book.tick++;
      if (isTick || found.changed > 0) book.revision++;
      return this.#outcome(book, found, begun, moved?.length ?? null);
    });
  }

  /**
   * New prices: evaluates every account that holds what moved.
   * @param allow as for `load`
   * @throws MarginproofError of the market that they make; then nothing moved
   */
  tick(body: TickBody, allow = (): void => {}): Promise<Outcome> {
    return this.#turns.take(async () => {
      const { book } = this;
      allow();
      const begun = performance.now();
      const json = nextMarket(book.json, body);
      const live = liveMarket(json, book.model);
      const moved = movedInstruments(book.live.table, live.table);
      const found = await book.engine.tick({ table: live.table, listed: live.listed }, moved);
      [book.json, book.live] = [json, live];
      book.tick++;
      book.revision++;
      return this.#outcome(book, found, begun, moved?.length ?? null);
    });
  }

  /**
   * Rows that are added to what pockets hold, all of them or none.
   * @param allow as for `load`
   * @throws MarginproofError ACCOUNTS_BAD_ROWS, as `LiveEngine.change`
   */
  change(rows: readonly RawRow[], allow = (): void => {}): Promise<Outcome> {
    return this.#turns.take(async () => {
      const { book } = this;
      allow();
      const begun = performance.now();
      const found = await book.engine.change(changeRows(rows, book.live.listed));
      book.holdings++;
      book.revision++;
      return this.#outcome(book, found, begun, 0);
    });
  }

  /** An account as it is now, and the market of the last tick. @throws MarginproofError DISCLOSE_NO_ACCOUNT */
  moment(account: string): Promise<Moment> {
    return this.#turns.take(async () => {
      const { book } = this;
      const pockets = await book.engine.accountsOf(account);
      if (pockets.length === 0) throw noLiveAccount();
      const held = await Promise.all(pockets.map((pocket) => book.engine.portfolio(pocket)));
      const { id, revision, tick, json, modelText, live } = book;
      return {
        book: id,
        revision,
        tick,
        json,
        modelText,
        live,
        pockets,
        portfolios: held.map((own) => own!),
      };
    });
  }

  close(): Promise<void> {
    return this.#turns.take(() => this.#drop());
  }

  #outcome(book: LiveBook, found: Evaluated, begun: number, moved: number | null): Outcome {
    this.#happened(book, found);
    const seconds = (performance.now() - begun) / 1000;
    return { tick: book.tick, moved, evaluated: found.evaluated, events: found.moves.length, seconds };
  }

  #happened(book: LiveBook, { moves }: Evaluated): void {
    book.ring.add(moves, book.tick, book.live.market.time);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#listeners) wake();
  }

  /** A thread ended by itself: what is left of the book must not be taken for the book. */
  async #lost(book: LiveBook): Promise<void> {
    if (this.#book !== book) return;
    this.#book = undefined;
    this.#lostBooks++;
    this.onLost(book);
    this.#wake();
    await book.engine.close();
  }

  async #drop(): Promise<void> {
    const book = this.#book;
    this.#book = undefined;
    this.#wake();
    await book?.engine.close();
  }
}

export const noLiveAccount = (): MarginproofError =>
  new MarginproofError("DISCLOSE_NO_ACCOUNT", "the account is not in the live book", {
    kind: "usage",
    hint: "Account names are compared exactly, letter case included.",
  });
