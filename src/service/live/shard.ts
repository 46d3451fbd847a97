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
import { HoldersIndex } from "./holdersIndex.js";
import { HoldingPool } from "./holdingPool.js";

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

const NOBODY = 255;
const CODE: Readonly<Record<Band, number>> = Object.fromEntries(BANDS.map((band, k) => [band, k])) as Record<
  Band,
  number
>;

/** A part of the live book, whole accounts: what they hold, and the bands they are in. */
export class LiveShard {
  readonly #symbols: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #pool = new HoldingPool();
  readonly #index: HoldersIndex;
  /** By account: the slots of its pockets; of most the one slot. */
  readonly #slots = new Map<string, number | number[]>();
  readonly #ids: PocketId[] = [];
  /** By slot: number of the band; `NOBODY` before the first evaluation. */
  #band = new Uint8Array(1024);
  #announced = new Uint8Array(1024);
  #evaluator: BandEvaluator;
  #instruments: InstrumentTable;
  #prepared: LivePortfolio[] = [];

  constructor(
    { table, listed }: LiveTerms,
    private readonly clearBp: bigint,
  ) {
    this.#evaluator = new BandEvaluator(table);
    this.#instruments = compileInstruments(listed);
    this.#symbols = table.instruments.map(({ symbol }) => symbol);
    this.#numbers = new Map(this.#symbols.map((symbol, k) => [symbol, k]));
    this.#index = new HoldersIndex(this.#symbols.length, (slot, own) => this.#pool.holds(slot, own));
  }

  /** Takes pockets in, each in the place of what it held. */
  load(portfolios: readonly LivePortfolio[]): Evaluated {
    return this.#evaluated((use) => {
      for (const portfolio of portfolios) use(this.#put(portfolio));
    });
  }

  /** New prices. @param moved instruments whose rows are others; undefined: every account may be concerned */
  tick({ table, listed }: LiveTerms, moved: readonly string[] | undefined): Evaluated {
    this.#evaluator = new BandEvaluator(table);
    this.#instruments = compileInstruments(listed);
    return this.#evaluated((use) => {
      if (moved === undefined) for (let slot = 0; slot < this.#pool.slots; slot++) use(slot);
      else
        this.#index.forEach(
          moved.map((symbol) => this.#numbers.get(symbol)!),
          this.#pool.slots,
          use,
        );
    });
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
    return this.#slotsOf(account)
      .map((slot) => this.#account(slot))
      .sort((one, other) => comparePockets(one.pocket, other.pocket));
  }

  /** What one margin account holds. */
  portfolio(id: PocketId): LivePortfolio | undefined {
    const slot = this.#slotOf(id);
    return slot === undefined ? undefined : { ...id, holdings: [...this.#holdings(slot)] };
  }

  /** Accounts from slot `from` on, at most `most` of them, and where the next page begins. */
  page(from: number, most: number, bands: readonly Band[]) {
    const accounts: LiveAccount[] = [];
    let slot = from;
    for (; slot < this.#pool.slots && accounts.length < most; slot++)
      if (bands.includes(BANDS[this.#announced[slot]!]!)) accounts.push(this.#account(slot));
    return { accounts, next: slot < this.#pool.slots ? slot : undefined };
  }

  /** The book itself, a page of it. */
  portfolios(from: number, most: number) {
    const end = Math.min(from + most, this.#pool.slots);
    const portfolios: LivePortfolio[] = [];
    for (let slot = from; slot < end; slot++)
      portfolios.push({ ...this.#ids[slot]!, holdings: [...this.#holdings(slot)] });
    return { portfolios, next: end < this.#pool.slots ? end : undefined };
  }

  /** Accounts by band: as they are, and as announced. */
  counts() {
    const none = (): number[] => BANDS.map(() => 0);
    const [band, announced] = [none(), none()];
    for (let slot = 0; slot < this.#pool.slots; slot++) {
      band[this.#band[slot]!]!++;
      announced[this.#announced[slot]!]!++;
    }
    return { band, announced };
  }

  #builder(id: PocketId): PortfolioBuilder {
    const builder = new PortfolioBuilder(id, this.#instruments);
    const slot = this.#slotOf(id);
    if (slot !== undefined)
      for (const [symbol, steps] of this.#holdings(slot))
        builder.add(this.#instruments.bySymbol.get(symbol)!, steps);
    return builder;
  }

  #put({ account, pocket, holdings }: LivePortfolio): number {
    const slot = this.#slotOf({ account, pocket }) ?? this.#newSlot({ account, pocket });
    const own = holdings.map(([symbol, steps]) => [this.#numbers.get(symbol)!, steps] as const);
    const after = new Set(own.map(([instrument]) => instrument));
    const before = new Set<number>();
    for (let k = 0; k < this.#pool.count(slot); k++) before.add(this.#pool.instrument(slot, k));
    this.#pool.set(slot, own);
    for (const instrument of after) if (!before.has(instrument)) this.#index.began(slot, instrument);
    for (const instrument of before) if (!after.has(instrument)) this.#index.ended(instrument);
    return slot;
  }

  #slotsOf(account: string): readonly number[] {
    const found = this.#slots.get(account);
    return found === undefined ? [] : typeof found === "number" ? [found] : found;
  }

  #slotOf({ account, pocket }: PocketId): number | undefined {
    return this.#slotsOf(account).find((slot) => this.#ids[slot]!.pocket === pocket);
  }

  #newSlot(id: PocketId): number {
    const slot = this.#pool.add();
    const others = this.#slotsOf(id.account);
    this.#slots.set(id.account, others.length === 0 ? slot : [...others, slot]);
    this.#ids.push(id);
    if (slot >= this.#band.length) {
      this.#band = larger(this.#band);
      this.#announced = larger(this.#announced);
    }
    this.#band[slot] = this.#announced[slot] = NOBODY;
    return slot;
  }

  *#holdings(slot: number): Generator<readonly [string, bigint]> {
    for (let k = 0; k < this.#pool.count(slot); k++)
      yield [this.#symbols[this.#pool.instrument(slot, k)]!, this.#pool.steps(slot, k)];
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
    const standing = this.#evaluator.standing(this.#holdings(slot));
    const { marginCallBp } = this.#evaluator.table;
    const band = bandOf(standing, marginCallBp);
    const before = this.#announced[slot] === NOBODY ? undefined : BANDS[this.#announced[slot]!]!;
    const announced = announcedBand(before, band, standing, { clearBp: this.clearBp, marginCallBp });
    this.#band[slot] = CODE[band];
    this.#announced[slot] = CODE[announced];
    if (announced === (before ?? "free")) return undefined;
    return { ...this.#ids[slot]!, ...standing, band, announced, from: before ?? null };
  }

  #account(slot: number): LiveAccount {
    const standing = this.#evaluator.standing(this.#holdings(slot));
    const { [this.#band[slot]!]: band, [this.#announced[slot]!]: announced } = BANDS;
    return { ...this.#ids[slot]!, ...standing, band: band!, announced: announced! };
  }
}

function larger(from: Uint8Array): Uint8Array<ArrayBuffer> {
  const to = new Uint8Array(2 * from.length);
  to.set(from);
  return to;
}
