import { MarginproofError } from "../../errors.js";
import { BANDS, type Band } from "../../protocol/bands.js";
import type { PocketId } from "../../protocol/pocket.js";
import { Turns } from "../turns.js";
import type { ChangeRow, Evaluated, LiveAccount, LivePortfolio, LiveTerms, Move, Replaced } from "./shard.js";
import { ShardThread } from "./shardThread.js";

/** Accounts a message. */
const CHUNK = 2000;

/** A page of accounts, and where the next one begins. */
export interface LivePage {
  readonly accounts: readonly LiveAccount[];
  readonly next: string | undefined;
}

/**
 * The live book over all cores: accounts by a hash of their names, so that all pockets of one are in one thread. What changes the book is
 * done one after the other, whole or not at all.
 */
export class LiveEngine {
  readonly #shards: readonly ShardThread[];
  readonly #turns = new Turns();
  #closed = false;

  /** @param onLost called when a thread ended by itself: the book is gone, and has to be loaded again */
  constructor(terms: LiveTerms, clearBp: bigint, threads: number, onLost: () => void) {
    const lost = (): void => {
      if (!this.#closed) onLost();
    };
    this.#shards = Array.from({ length: threads }, () => new ShardThread({ terms, clearBp }, lost));
  }

  /** Takes margin accounts in, and evaluates each. */
  load(portfolios: AsyncIterable<LivePortfolio> | Iterable<LivePortfolio>): Promise<Evaluated> {
    return this.#turns.take(async () => {
      const found: Evaluated[] = [];
      await this.#handOut(portfolios, async (own, shard) => void found.push(await shard.call("load", own)));
      return together(found);
    });
  }

  /**
   * Keeps a whole book aside, in the place of one that was staged before. Prices may move and everybody may look meanwhile, but what is held
   * must stay until `replace`.
   * @returns how many margin accounts it has
   * @throws what `portfolios` does
   */
  async stage(portfolios: AsyncIterable<LivePortfolio> | Iterable<LivePortfolio>): Promise<number> {
    let accounts = 0;
    await this.#all((shard) => shard.call("unstage"));
    await this.#handOut(portfolios, async (own, shard) => {
      accounts += own.length;
      await shard.call("stage", own);
    });
    return accounts;
  }

  /** Puts the staged book in the place of the one held, under these prices. @param moved as for `tick` */
  replace(terms: LiveTerms, moved: readonly string[] | undefined): Promise<Replaced> {
    return this.#turns.take(async () => {
      const found = await this.#all((shard) => shard.call("replace", terms, moved));
      return { ...together(found), changed: found.reduce((sum, own) => sum + own.changed, 0) };
    });
  }

  /** @param moved instruments whose rows are others; undefined: every account is evaluated */
  tick(terms: LiveTerms, moved: readonly string[] | undefined): Promise<Evaluated> {
    return this.#turns.take(async () =>
      together(await this.#all((shard) => shard.call("tick", terms, moved))),
    );
  }

  /** Adds rows to what pockets hold: all of them or, with an error, none. @throws MarginproofError as `LiveShard.prepare` */
  change(rows: readonly ChangeRow[]): Promise<Evaluated> {
    return this.#turns.take(async () => {
      const own = this.#shards.map((): ChangeRow[] => []);
      for (const row of rows) own[this.#shardOf(row.account)]!.push(row);
      const prepared = await Promise.allSettled(
        this.#shards.map((shard, k) => shard.call("prepare", own[k]!)),
      );
      const refused = prepared.find((result) => result.status === "rejected");
      if (refused !== undefined) {
        await this.#all((shard) => shard.call("discard"));
        throw refused.reason;
      }
      return together(await this.#all((shard) => shard.call("commit")));
    });
  }

  /** All pockets of an account; empty if it is not in the book. */
  accountsOf(account: string): Promise<readonly LiveAccount[]> {
    return this.#turns.take(() => this.#shards[this.#shardOf(account)]!.call("accountsOf", account));
  }

  portfolio(id: PocketId): Promise<LivePortfolio | undefined> {
    return this.#turns.take(() => this.#shards[this.#shardOf(id.account)]!.call("portfolio", id));
  }

  /** Accounts announced in one of these bands, from the place on where the last page ended. */
  page(after: string, most: number, bands: readonly Band[]): Promise<LivePage> {
    return this.#turns.take(async () => {
      const [shard = 0, from = 0] = after === "" ? [] : after.split(".").map(Number);
      const accounts: LiveAccount[] = [];
      let start = from;
      for (let k = shard; k < this.#shards.length; k++, start = 0) {
        const found = await this.#shards[k]!.call("page", start, most - accounts.length, bands);
        accounts.push(...found.accounts);
        if (found.next !== undefined) return { accounts, next: `${k}.${found.next}` };
        if (accounts.length === most && k + 1 < this.#shards.length) return { accounts, next: `${k + 1}.0` };
      }
      return { accounts, next: undefined };
    });
  }

  /** Accounts by band: as they are, and as announced. */
  counts(): Promise<Readonly<Record<"band" | "announced", Readonly<Record<Band, number>>>>> {
    return this.#turns.take(async () => {
      const found = await this.#all((shard) => shard.call("counts"));
      const sum = (what: "band" | "announced") =>
        Object.fromEntries(
          BANDS.map((band, k) => [band, found.reduce((total, own) => total + own[what][k]!, 0)]),
        ) as Record<Band, number>;
      return { band: sum("band"), announced: sum("announced") };
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#shards.map((shard) => shard.close()));
  }

  /** The whole book, of one moment if nobody changes it meanwhile. */
  async *portfolios(): AsyncGenerator<LivePortfolio> {
    for (const shard of this.#shards) {
      for (let from: number | undefined = 0; from !== undefined; ) {
        const page: { portfolios: LivePortfolio[]; next: number | undefined } = await shard.call(
          "portfolios",
          from,
          CHUNK,
        );
        yield* page.portfolios;
        from = page.next;
      }
    }
  }

  /** Gives each shard its accounts, many at a time. */
  async #handOut(
    portfolios: AsyncIterable<LivePortfolio> | Iterable<LivePortfolio>,
    give: (own: LivePortfolio[], shard: ShardThread) => Promise<void>,
  ): Promise<void> {
    const held = this.#shards.map((): LivePortfolio[] => []);
    const flush = async (least: number): Promise<void> => {
      if (!held.some((own) => own.length >= least)) return;
      const full = held.map((own) => own.splice(0));
      await Promise.all(full.map((own, k) => give(own, this.#shards[k]!)));
    };
    for await (const portfolio of portfolios) {
      held[this.#shardOf(portfolio.account)]!.push(portfolio);
      await flush(CHUNK);
    }
    await flush(1);
  }

  #all<T>(ask: (shard: ShardThread) => Promise<T>): Promise<T[]> {
    return Promise.all(this.#shards.map(ask));
  }

  #shardOf(account: string): number {
    // FNV-1a: any spread does.
    let hash = 0x811c9dc5;
    for (let k = 0; k < account.length; k++) hash = Math.imul(hash ^ account.charCodeAt(k), 0x01000193);
    return (hash >>> 0) % this.#shards.length;
  }
}

function together(found: readonly Evaluated[]): Evaluated {
  const moves: Move[] = [];
  let evaluated = 0;
  for (const own of found) {
    evaluated += own.evaluated;
    for (const move of own.moves) moves.push(move);
  }
  return { evaluated, moves };
}

export const noLiveBook = (): MarginproofError =>
  new MarginproofError("SERVICE_LIVE_NONE", "this server has no live book", {
    kind: "usage",
    hint: "Begin one with POST /v1/live. A book is in memory alone, and gone when its server stops.",
  });
