import {
  compileInstruments,
  type InstrumentTable,
  type ListedInstruments,
  PortfolioBuilder,
} from "../../accounts/index.js";
import { BandEvaluator } from "../../protocol/bandEvaluator.js";
import { BANDS, type Band, bandOf, type Standing } from "../../protocol/bands.js";
import { comparePockets, type PocketId } from "../../protocol/pocket.js";
import type { RiskTable } from "../../protocol/riskTable.js";
import { announcedBand } from "./announced.js";
import { HeldBook } from "./heldBook.js";
import { StagedBook } from "./stagedBook.js";

/** What a market is to a shard: its table, and what reading rows needs. */
export interface LiveTerms {
  /** With secret rates filled in. */
  readonly table: RiskTable;
  readonly listed: ListedInstruments;
}

/** A margin account, its holdings by symbol in steps. */
export interface LivePortfolio extends PocketId {
  readonly holdings: readonly (readonly [symbol: string, steps: bigint])[];
}

/** A margin account under the prices of a tick, in value units as anywhere. */
export interface LiveAccount extends PocketId, Standing {
  readonly band: Band;
  /** With hysteresis: what was last announced. */
  readonly announced: Band;
}

/** An account that was announced in another band than before. */
export interface Move extends LiveAccount {
  /** Null for an account that is new. */
  readonly from: Band | null;
  /** It is no longer in the book: it holds nothing. */
  readonly gone?: true;
}

/** A row that is added to what a pocket holds. */
export interface ChangeRow extends PocketId {
  readonly symbol: string;
  readonly steps: bigint;
  readonly entryPrice?: string | undefined;
  readonly leg?: "long" | "short" | undefined;
}

export interface Evaluated {
  readonly evaluated: number;
  readonly moves: readonly Move[];
}

/** What came of a book that took the place of another. */
export interface Replaced extends Evaluated {
  /** Margin accounts that are new, gone, or hold something else. */
  readonly changed: number;
}

const NOBODY = 255;
const CODE: Readonly<Record<Band, number>> = Object.fromEntries(BANDS.map((band, k) => [band, k])) as Record<
  Band,
  number
>;

/** A part of the live book, whole accounts: what they hold, and the bands they are in. */
export class LiveShard {
  readonly #held: HeldBook;
  /** By slot: number of the band; `NOBODY` before the first evaluation, and of a slot that nobody has. */
  #band = new Uint8Array(1024).fill(NOBODY);
  #announced = new Uint8Array(1024).fill(NOBODY);
  #evaluator: BandEvaluator;
  #instruments: InstrumentTable;
  #prepared: LivePortfolio[] = [];
  #staged: StagedBook | undefined;

  constructor(
    { table, listed }: LiveTerms,
    private readonly clearBp: bigint,
  ) {
    this.#evaluator = new BandEvaluator(table);
    this.#instruments = compileInstruments(listed);
    this.#held = new HeldBook(table.instruments.map(({ symbol }) => symbol));
  }

  /** Takes pockets in, each in the place of what it held. */
  load(portfolios: readonly LivePortfolio[]): Evaluated {
    return this.#evaluated((use) => {
      for (const { account, pocket, holdings } of portfolios)
        use(this.#held.put({ account, pocket }, this.#held.numbered(holdings)));
    });
  }

  /** New prices. @param moved instruments whose rows are others; undefined: every account may be concerned */
  tick({ table, listed }: LiveTerms, moved: readonly string[] | undefined): Evaluated {
    this.#evaluator = new BandEvaluator(table);
    this.#instruments = compileInstruments(listed);
    return this.#evaluated((use) => this.#concerned(moved, use));
  }

  /**
   * Keeps margin accounts of a book aside that is to take this one's place, by `replace`, or not, by `unstage`. Each comes once. Prices may
   * move meanwhile, but not what is held.
   */
  stage(portfolios: readonly LivePortfolio[]): void {
    this.#staged ??= new StagedBook(this.#held);
    for (const { account, pocket, holdings } of portfolios)
      this.#staged.add({ account, pocket }, this.#held.numbered(holdings));
  }

  unstage(): void {
    this.#staged = undefined;
  }

  /**
   * Puts what was staged in the place of all that is held, under these prices: one stroke, for an account is not to be called for what it
   * held before under the prices of after. Pockets that are not in it are gone.
   * @param moved as for `tick`
   */
  replace({ table, listed }: LiveTerms, moved: readonly string[] | undefined): Replaced {
    this.#evaluator = new BandEvaluator(table);
    this.#instruments = compileInstruments(listed);
    const staged = this.#staged ?? new StagedBook(this.#held);
    this.#staged = undefined;
    const gone = [...staged.gone()];
    const left = gone.flatMap((slot) => this.#takeOut(slot));
    const changed = new Set<number>();
    for (const [id, holdings] of staged.changed()) changed.add(this.#held.put(id, holdings));
    const { evaluated, moves } = this.#evaluated((use) => {
      for (const slot of changed) use(slot);
      this.#concerned(moved, (slot) => void (changed.has(slot) || use(slot)));
    });
    return { evaluated, moves: [...left, ...moves], changed: gone.length + changed.size };
  }

  /**
   * Works out what pockets hold after these rows, by the rules of an accounts file, and keeps that aside until `commit` or `discard`.
   * @throws MarginproofError ACCOUNT_QUANTITY_TOO_LARGE, ACCOUNT_POSITION; then nothing is kept
   */
  prepare(rows: readonly ChangeRow[]): void {
    const builders = new Map<string, PortfolioBuilder>();
    for (const { account, pocket, symbol, steps, entryPrice, leg } of rows) {
      const key = `${pocket}\n${account}`;
      const builder = builders.get(key) ?? this.#builder({ account, pocket });
      builders.set(key, builder);
      builder.add(this.#instruments.bySymbol.get(symbol)!, steps, entryPrice, leg);
    }
    this.#prepared = [...builders.values()].map((builder) => {
      const { account, pocket, holdings } = builder.build();
      return { account, pocket, holdings: [...holdings] };
    });
  }

  commit(): Evaluated {
    const prepared = this.#prepared;
    this.#prepared = [];
    return this.load(prepared);
  }

  discard(): void {
    this.#prepared = [];
  }

  /** All pockets of an account, cross first. */
  accountsOf(account: string): LiveAccount[] {
    return this.#held
      .slotsOf(account)
      .map((slot) => this.#account(slot))
      .sort((one, other) => comparePockets(one.pocket, other.pocket));
  }

  /** What one margin account holds. */
  portfolio(id: PocketId): LivePortfolio | undefined {
    const slot = this.#held.slotOf(id);
    return slot === undefined ? undefined : { ...id, holdings: [...this.#held.holdings(slot)] };
  }

  /** Accounts from slot `from` on, at most `most` of them, and where the next page begins. */
  page(from: number, most: number, bands: readonly Band[]) {
    const accounts: LiveAccount[] = [];
    let slot = from;
    for (; slot < this.#held.slots && accounts.length < most; slot++)
      if (bands.includes(BANDS[this.#announced[slot]!]!)) accounts.push(this.#account(slot));
    return { accounts, next: slot < this.#held.slots ? slot : undefined };
  }

  /** The book itself, a page of it. */
  portfolios(from: number, most: number) {
    const end = Math.min(from + most, this.#held.slots);
    const portfolios: LivePortfolio[] = [];
    for (let slot = from; slot < end; slot++) {
      const id = this.#held.idOf(slot);
      if (id !== undefined) portfolios.push({ ...id, holdings: [...this.#held.holdings(slot)] });
    }
    return { portfolios, next: end < this.#held.slots ? end : undefined };
  }

  /** Accounts by band: as they are, and as announced. */
  counts() {
    const none = (): number[] => BANDS.map(() => 0);
    const [band, announced] = [none(), none()];
    for (let slot = 0; slot < this.#held.slots; slot++) {
      if (this.#held.idOf(slot) === undefined) continue;
      band[this.#band[slot]!]!++;
      announced[this.#announced[slot]!]!++;
    }
    return { band, announced };
  }

  #builder(id: PocketId): PortfolioBuilder {
    const builder = new PortfolioBuilder(id, this.#instruments);
    const slot = this.#held.slotOf(id);
    if (slot !== undefined)
      for (const [symbol, steps] of this.#held.holdings(slot))
        builder.add(this.#instruments.bySymbol.get(symbol)!, steps);
    return builder;
  }

  /** @returns that it is gone, if it was announced as anything but free */
  #takeOut(slot: number): Move[] {
    const id = this.#held.idOf(slot)!;
    const from = BANDS[this.#announced[slot]!]!;
    this.#held.remove(slot);
    this.#band[slot] = this.#announced[slot] = NOBODY;
    if (from === "free") return [];
    const nothing = { equity: 0n, maintenance: 0n, initial: 0n, band: "free", announced: "free" } as const;
    return [{ ...id, ...nothing, from, gone: true }];
  }

  /** Calls `use` for every slot that holds what moved; for every one, if that is undefined. */
  #concerned(moved: readonly string[] | undefined, use: (slot: number) => void): void {
    if (moved !== undefined) this.#held.forEachHolder(moved, use);
    else
      for (let slot = 0; slot < this.#held.slots; slot++) if (this.#held.idOf(slot) !== undefined) use(slot);
  }

  #evaluated(forEach: (use: (slot: number) => void) => void): Evaluated {
    let evaluated = 0;
    const moves: Move[] = [];
    forEach((slot) => {
      evaluated++;
      const move = this.#look(slot);
      if (move !== undefined) moves.push(move);
    });
    return { evaluated, moves };
  }

  /** Evaluates an account. @returns the move, if it is announced otherwise than before, or is new and not free */
  #look(slot: number): Move | undefined {
    while (slot >= this.#band.length) {
      this.#band = larger(this.#band);
      this.#announced = larger(this.#announced);
    }
    const standing = this.#evaluator.standing(this.#held.holdings(slot));
    const { marginCallBp } = this.#evaluator.table;
    const band = bandOf(standing, marginCallBp);
    const before = this.#announced[slot] === NOBODY ? undefined : BANDS[this.#announced[slot]!]!;
    const announced = announcedBand(before, band, standing, { clearBp: this.clearBp, marginCallBp });
    this.#band[slot] = CODE[band];
    this.#announced[slot] = CODE[announced];
    if (announced === (before ?? "free")) return undefined;
    return { ...this.#held.idOf(slot)!, ...standing, band, announced, from: before ?? null };
  }

  #account(slot: number): LiveAccount {
    const standing = this.#evaluator.standing(this.#held.holdings(slot));
    const { [this.#band[slot]!]: band, [this.#announced[slot]!]: announced } = BANDS;
    return { ...this.#held.idOf(slot)!, ...standing, band: band!, announced: announced! };
  }
}

function larger(from: Uint8Array): Uint8Array<ArrayBuffer> {
  const to = new Uint8Array(2 * from.length).fill(NOBODY);
  to.set(from);
  return to;
}
