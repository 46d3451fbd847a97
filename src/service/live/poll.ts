import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { pullMoment } from "../../accounts/index.js";
import { MarginproofError } from "../../errors.js";
import type { Service } from "../open.js";
import { errorName } from "../queue.js";
import { takeScratch } from "../scratch.js";
import { type Source, type Sources, sourceOf } from "../sources.js";
import { tooLarge } from "../store/upload.js";
import { Turns } from "../turns.js";
import type { LiveBook, LiveDesk } from "./desk.js";
import { noLiveBook } from "./engine.js";
import { priced, type TickBody } from "./nextMarket.js";
import { openBook } from "./readBook.js";

/** A book that is what a source says, and the source. */
interface Read {
  readonly book: LiveBook;
  readonly name: string;
  readonly source: Source;
}

/** What a read brought. */
interface Shown {
  /** Of the database. */
  readonly moment: string;
  /** When it was taken in. */
  readonly taken: Date;
}

/** A book that was read. */
interface Polled extends Read {
  /** From the end of one read to the begin of the next; undefined: it is not read again. */
  readonly everySeconds: number | undefined;
  /** What the book shows. */
  shown: Shown;
  last: { readonly at: Date; readonly code: string | null };
  timer?: NodeJS.Timeout;
}

/** How a book is read, for people. */
export interface PollState {
  readonly name: string;
  readonly everySeconds: number | null;
  /** Of the database, by its clock. */
  readonly moment: string;
  /** When the last read ended, and the code of what was in its way. */
  readonly last: { readonly at: string; readonly code: string | null };
}

/** Reads of this process, and how old what the last good one brought is, where there will be another. */
export interface PollFigures {
  readonly taken: number;
  readonly failed: number;
  /** Live books that were lost by a thread's end: nothing is read any more. */
  readonly lost: number;
  readonly ageSeconds: number | undefined;
}

/**
 * Reads the live book out of the exchange's own database, once or again and again; one read at a time. What the database says is the book:
 * while it is read, and as long as it will be read again, nobody else may say what accounts hold.
 */
export class Poll {
  readonly #turns = new Turns();
  readonly #stop = new AbortController();
  /** The one in hand, and what breaks it off. */
  #reading: { readonly read: Read; readonly off: AbortController } | undefined;
  #polled: Polled | undefined;
  #taken = 0;
  #failed = 0;

  constructor(
    private readonly service: Pick<Service, "data" | "log">,
    private readonly desk: LiveDesk,
    private readonly sources: Sources,
    /** Bytes that an export may have. */
    private readonly limit: number,
  ) {
    desk.listen(() => {
      if (this.#polled !== undefined && !desk.has(this.#polled.book)) this.#forget();
      // The next book's reads wait for it.
      if (this.#reading !== undefined && !desk.has(this.#reading.read.book))
        this.#reading.off.abort(noLiveBook());
    });
  }

  /**
   * Reads the book that was begun, and from then on every so many seconds, or not again.
   * @throws MarginproofError SERVICE_NOT_FOUND, SERVICE_LIVE_NONE, SERVICE_NOT_READY, those of `pullMoment`, `openBook` and `LiveDesk.replace`;
   * then the book is as it was, and is read again if it was to be
   */
  take(name: string, everySeconds: number | undefined): Promise<LiveBook> {
    const source = sourceOf(this.sources, name);
    // The one that was there when it was asked for: whoever waits here reads no other.
    const { begun: book } = this.desk;
    return this.#turns.take(async () => {
      if (!this.desk.has(book)) throw noLiveBook();
      // As soon as it is taken in: a fault afterwards takes nothing of it back.
      await this.#read({ book, name, source }, (shown) => {
        this.#forget();
        if (!this.desk.has(book)) return;
        const last = { at: shown.taken, code: null };
        this.#polled = { book, name, source, everySeconds, shown, last };
        this.#wait(this.#polled);
      });
      if (!this.desk.has(book)) throw noLiveBook();
      return book;
    });
  }

  /**
   * The book is read no more; what it holds stays. Needs no database: it may be what is away. A read that was asked for goes on.
   * @throws MarginproofError SERVICE_LIVE_NONE
   */
  leave(): void {
    if (this.state(this.desk.begun) === null) return;
    if (this.#reading?.read === this.#polled) this.#reading?.off.abort();
    this.#forget();
  }

  /** @returns null for a book that no source was read for */
  state(book: LiveBook): PollState | null {
    if (this.#polled?.book !== book) return null;
    const { name, everySeconds = null, shown, last } = this.#polled;
    return { name, everySeconds, moment: shown.moment, last: { at: last.at.toISOString(), code: last.code } };
  }

  get figures(): PollFigures {
    const { everySeconds, shown } = this.#polled ?? {};
    const since = everySeconds === undefined ? undefined : shown?.taken.getTime();
    const ageSeconds = since === undefined ? undefined : (Date.now() - since) / 1000;
    return { taken: this.#taken, failed: this.#failed, lost: this.desk.lostBooks, ageSeconds };
  }

  /** @throws MarginproofError SERVICE_LIVE_POLLED for what a read would lose, or count twice */
  assertTakes(what: "rows" | "accounts file"): void {
    for (const own of this.#owners) throw ownedBy(own, what);
  }

  /** @throws MarginproofError SERVICE_LIVE_POLLED for prices, or a time of them, that a read would put those of its own moment over */
  assertTakesTick({ market, instruments = [], time }: TickBody): void {
    const quotes = market !== undefined || instruments.some(({ markPrice }) => markPrice !== undefined);
    if (!quotes && time === undefined) return;
    for (const own of this.#owners)
      if (own.source.prices !== undefined) throw ownedBy(own, quotes ? "mark price" : "time");
  }

  /** Ends a read in hand, and begins none. */
  async end(): Promise<void> {
    this.#stop.abort(stopping());
    clearTimeout(this.#polled?.timer);
    await this.#turns.take(async () => {});
  }

  /** Reads that say what the live book holds: the one in hand, and the one that will be made again. */
  get #owners(): readonly Read[] {
    const again = this.#polled?.everySeconds === undefined ? undefined : this.#polled;
    return [this.#reading?.read, again].flatMap((own) =>
      own !== undefined && this.desk.has(own.book) ? [own] : [],
    );
  }

  #forget(): void {
    clearTimeout(this.#polled?.timer);
    this.#polled = undefined;
  }

  #wait(polled: Polled): void {
    const { everySeconds } = polled;
    if (everySeconds === undefined || this.#stop.signal.aborted) return;
    const next = () => void this.#turns.take(() => this.#again(polled));
    polled.timer = setTimeout(next, everySeconds * 1000).unref();
  }

  async #again(polled: Polled): Promise<void> {
    // Asked for anew, or of a book that is no more.
    const isOver = (): boolean => this.#polled !== polled || this.#stop.signal.aborted;
    if (isOver()) return;
    let code: string | null = null;
    try {
      await this.#read(polled, (shown) => {
        polled.shown = shown;
      });
    } catch (error) {
      code = error instanceof MarginproofError ? error.code : errorName(error);
    }
    if (isOver()) return;
    const { book, name } = polled;
    polled.last = { at: new Date(), code };
    if (code !== null) this.service.log.warn("accounts are not read", { book: book.id, source: name, code });
    this.#wait(polled);
  }

  /** @param onTaken called once what was read is the book */
  async #read(read: Read, onTaken: (shown: Shown) => void): Promise<void> {
    this.#stop.signal.throwIfAborted();
    const off = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, off.signal]);
    this.#reading = { read, off };
    try {
      await this.#inScratch((folder) => this.#takeIn(read, folder, signal, onTaken));
      this.#taken++;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      // Its threads may have ended amid the work.
      if (!this.desk.has(read.book)) throw noLiveBook();
      this.#failed++;
      throw error;
    } finally {
      this.#reading = undefined;
    }
  }

  async #inScratch(work: (folder: string) => Promise<void>): Promise<void> {
    const scratch = await takeScratch(join(this.service.data, "live"));
    let done = false;
    try {
      await scratch.run(async (folder) => {
        await work(folder);
        done = true;
      });
    } catch (error) {
      if (!done) throw error;
      // What was read is the book. Whoever takes the folder next empties it.
      this.service.log.warn("a folder is not removed", { code: errorName(error) });
    } finally {
      scratch.close();
    }
  }

  /** @param folder a private one: what is read is there in clear until it is taken in */
  async #takeIn(
    { book, name, source }: Read,
    folder: string,
    signal: AbortSignal,
    onTaken: (shown: Shown) => void,
  ): Promise<void> {
    const begun = performance.now();
    const { mapping, url, statementSeconds, prices: query } = source;
    const asked = query === undefined ? undefined : { query, most: book.live.market.instruments.length };
    let total = 0;
    const onBytes = (bytes: number): void => {
      total += bytes;
      if (total > this.limit) throw tooLarge(this.limit);
    };
    const out = join(folder, "export");
    const { time, prices } = await pullMoment(mapping, {
      ...{ url, statementSeconds, out, signal, onBytes, prices: asked },
    });
    const { live } = priced(book, { prices, time });
    const { portfolios, close } = await openBook({ folder: out, mapping }, live, folder, signal);
    try {
      const { evaluated, events } = await this.desk.replace(book, { portfolios, prices, time });
      onTaken({ moment: time, taken: new Date() });
      const milliseconds = Math.round(performance.now() - begun);
      const counts = { accounts: book.accounts, evaluated, events, milliseconds };
      this.service.log.info("accounts are read", { book: book.id, source: name, ...counts });
    } finally {
      close();
    }
  }
}

const ownedBy = ({ name }: Read, what: string): MarginproofError =>
  new MarginproofError(
    "SERVICE_LIVE_POLLED",
    `source ${name} says what the live book is: it takes no ${what}`,
    {
      kind: "usage",
      hint: "Write it into the database that is read. To send it here, end that with DELETE /v1/live/accounts first.",
    },
  );

const stopping = (): MarginproofError =>
  new MarginproofError("SERVICE_NOT_READY", "the server is stopping", {
    kind: "io",
    hint: "Ask again in a moment.",
  });
