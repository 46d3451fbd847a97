import { type BookCheck, insuranceChecks, type Market, openBook } from "../../market/index.js";
import { BANDS, type Band, type BandCounts, bandCounts } from "../../protocol/bands.js";
import type { Evaluation } from "../../protocol/evaluate.js";
import { marginAccountTitle, type PocketId } from "../../protocol/pocket.js";
import type { RiskTable } from "../../protocol/riskTable.js";
import { Largest } from "./largest.js";

/** Accounts named in one finding. */
export const NAMED = 10;

/** A margin account below its maintenance requirement; value units. */
export interface Unsafe {
  readonly id: PocketId;
  readonly band: Band;
  readonly equity: bigint;
  readonly maintenance: bigint;
}

/** Sums over margin accounts: what a statement would say of them, and some of its own. Value units; quantities in steps. */
export class Book {
  readonly #lanes: bigint[];
  readonly #bands: Record<Band, bigint> = { ...bandCounts(() => 0n) };
  readonly #stress: bigint[];
  readonly #unsafe = new Largest<Unsafe>(NAMED);
  readonly #kinds: ReadonlyMap<string, string>;
  readonly #bare: string[] = [];
  #bareCount = 0;
  #badDebt = 0n;

  constructor(
    private readonly market: Market,
    private readonly table: RiskTable,
  ) {
    this.#lanes = table.lanes.map(() => 0n);
    this.#stress = table.stressNames.map(() => 0n);
    this.#kinds = new Map(table.instruments.map((own) => [own.symbol, own.class.kind]));
  }

  add(id: PocketId, evaluation: Evaluation): void {
    const { equity, maintenance, band, holdings, stressed } = evaluation;
    for (const { row, offset } of holdings)
      this.#lanes[row.laneIndex] = this.#lanes[row.laneIndex]! + row.lo + offset;
    this.#bands[band]++;
    if (equity < 0n) this.#badDebt -= equity;
    stressed.forEach((value, z) => {
      if (value < 0n) this.#stress[z] = this.#stress[z]! - value;
    });
    if (band === "liquidation" || band === "bankrupt")
      this.#unsafe.add(maintenance - equity, { id, band, equity, maintenance });
    if (this.#hasNoCollateral(evaluation)) {
      if (this.#bareCount++ < NAMED) this.#bare.push(marginAccountTitle(id));
    }
  }

  /** Derivatives and no asset at all, as if its balances were under another name. */
  #hasNoCollateral({ holdings }: Evaluation): boolean {
    const kinds = holdings.map(({ row }) => this.#kinds.get(this.table.lanes[row.laneIndex]!.instrument));
    return kinds.includes("derivative") && !kinds.includes("asset");
  }

  get bands(): BandCounts {
    return this.#bands;
  }

  get laneTotals(): readonly bigint[] {
    return this.#lanes;
  }

  /** Those below maintenance, furthest below first. */
  get unsafe(): readonly Unsafe[] {
    return this.#unsafe.list();
  }

  /** Those with derivatives and no collateral: how many, and the first few by name. */
  get bare(): { readonly count: number; readonly named: readonly string[] } {
    return { count: this.#bareCount, named: this.#bare };
  }

  /** The checks that `verify` will make of the open book. */
  checks(): BookCheck[] {
    return [
      ...openBook(this.market, this.table, this.#lanes).checks,
      ...insuranceChecks(this.market, this.#badDebt, this.#stress),
    ];
  }

  /** In no band when nothing was added. */
  get accounts(): bigint {
    return BANDS.reduce((sum, band) => sum + this.#bands[band], 0n);
  }
}
