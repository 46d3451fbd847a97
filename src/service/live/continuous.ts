import { Readable } from "node:stream";
import { compileInstruments, portfolioRows } from "../../accounts/index.js";
import { MarginproofError } from "../../errors.js";
import type { Service } from "../open.js";
import { cancelEpoch, receiveAccounts } from "../operations.js";
import { errorName } from "../queue.js";
import { type ContinuousRow, countEpochs, lagSeconds, lastEpoch, noteEpoch } from "../store/continuous.js";
import { createEpoch } from "../store/epochs.js";
import type { LiveBook, LiveDesk } from "./desk.js";
import { epochMarket } from "./epochMarket.js";
import type { LivePortfolio } from "./shard.js";

/** Between two looks at where the epoch in work stands. */
const LOOK_MS = 1000;
const LONGEST_MS = 300_000;

/** How it stands, for people and for the operator's page. */
export interface ContinuousState {
  readonly profile: string;
  /** Epochs that it began, ever. */
  readonly begun: number;
  readonly last: ContinuousRow | undefined;
  /** Age of the book that the last proved one shows. */
  readonly lagSeconds: number | undefined;
  /** In a row. */
  readonly failures: number;
}

/**
 * Begins an epoch of the live book when the last one is done and anything has moved since. What was begun is in the database: a server
 * that is started again waits for what the one before left in work. An epoch's name is taken before anything of it is proved, so there are
 * never two statements for one.
 */
export class Continuous {
  readonly #stop = new AbortController();
  readonly #loop: Promise<void>;
  /** Book and revision of the last epoch that this server began. */
  #shown = "";
  #failures = 0;
  /** The failed epoch that was counted last. */
  #counted = "";

  constructor(
    private readonly service: Service,
    private readonly desk: LiveDesk,
    private readonly profile: string,
  ) {
    this.#loop = this.#run();
  }

  async state(): Promise<ContinuousState> {
    const { database } = this.service;
    const [begun, last, lag] = await Promise.all([
      countEpochs(database),
      lastEpoch(database),
      lagSeconds(database),
    ]);
    return { profile: this.profile, failures: this.#failures, begun, last, lagSeconds: lag };
  }

  /** Begins nothing more; what is in work stays with the queue. */
  async end(): Promise<void> {
    this.#stop.abort(new Error("the server is stopping"));
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const before = this.#failures;
      try {
        await this.#look();
      } catch (error) {
        this.#failed(error instanceof MarginproofError ? error.code : errorName(error));
      }
      await pause(this.#failures > before ? backOff(this.#failures) : LOOK_MS, signal);
    }
  }

  async #look(): Promise<void> {
    const { database } = this.service;
    const last = await lastEpoch(database);
    if (last !== undefined && !(await this.#isDone(last))) return;
    const book = this.desk.loaded;
    if (book === undefined || this.#shown === shownBy(book)) return;
    const n = (await countEpochs(database)) + 1;
    await this.desk.withBook((own, portfolios) => this.#begin(own, portfolios, n));
  }

  /** Whether the next one may begin. */
  async #isDone({ id, state, problem_code }: ContinuousRow): Promise<boolean> {
    switch (state) {
      case "receiving":
        // Its server was stopped while it copied the book: nobody has the rest.
        await cancelEpoch(this.service, id);
        return true;
      case "failed":
        if (this.#counted === id) return true;
        this.#counted = id;
        this.#failed(problem_code ?? "failed");
        // The same book again, in case its market was put right.
        this.#shown = "";
        return false;
      case "proved":
      case "published":
        this.#failures = 0;
        return true;
      default:
        return state === "cancelled";
    }
  }

  async #begin(book: LiveBook, portfolios: AsyncIterable<LivePortfolio>, n: number): Promise<void> {
    const { service } = this;
    const { database, secrets, log } = service;
    const { exchange, time } = book.live.market;
    const epoch = `${time}/book-${n}`;
    const { profile } = this;
    const market = epochMarket(book.json, epoch);
    const id = await database.transaction(async (sql) => {
      const made = await createEpoch(sql, secrets.sealer, {
        exchange,
        epoch,
        profile,
        market,
        model: book.modelText,
      });
      await noteEpoch(sql, made);
      return made;
    });
    log.info("epoch begun", { epoch: id, tick: book.tick });
    try {
      const rows = Readable.from(this.#rows(book, portfolios));
      await receiveAccounts(service, id, "ndjson", rows, Number.MAX_SAFE_INTEGER, { live: true });
      this.#shown = shownBy(book);
    } catch (error) {
      await cancelEpoch(service, id);
      throw error;
    }
  }

  async *#rows({ live }: LiveBook, portfolios: AsyncIterable<LivePortfolio>): AsyncGenerator<Buffer> {
    const market = compileInstruments(live.listed);
    for await (const own of portfolios) {
      this.#stop.signal.throwIfAborted();
      yield Buffer.from(
        portfolioRows(own, market)
          .map((row) => `${JSON.stringify(row)}\n`)
          .join(""),
      );
    }
  }

  #failed(code: string): void {
    if (this.#stop.signal.aborted) return;
    this.#failures++;
    this.service.log.warn("continuous", { code, failures: this.#failures });
  }
}

const shownBy = ({ id, revision }: LiveBook): string => `${id} ${revision}`;
const backOff = (failures: number): number => Math.min(LONGEST_MS, LOOK_MS * 2 ** Math.min(failures, 20));

/** Waits, but no longer than until `signal` aborts. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    // Holds up no process that could not begin to serve.
    timer.unref();
    signal.addEventListener("abort", wake);
  });
}
