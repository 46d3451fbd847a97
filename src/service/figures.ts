import { decimalText } from "../decimal/decimal.js";
import { floorSteps, multiply, parseDecimal } from "../decimal/decimalText.js";
import type { AssetBook } from "../market/index.js";
import { BANDS, type Band } from "../protocol/bands.js";
import { parseStatement } from "../protocol/statement.js";
import type { EpochRow } from "./store/epochs.js";
import type { Sql } from "./store/sql.js";

/** Epochs that charts show. */
export const SHOWN_EPOCHS = 60;

/** An asset of a book: what is needed of it, what is declared, and the second over the first. */
interface Coverage {
  readonly asset: string;
  readonly needed: string;
  readonly reserve: string;
  /** Rounded down to four places; null where nothing is needed. */
  readonly ratio: string | null;
}

/** What charts show of an epoch. All of it stands in its bundle, or follows from it. */
export interface EpochFigures {
  readonly id: string;
  readonly exchange: string;
  readonly epoch: string;
  /** The book's moment. */
  readonly time: string;
  readonly digest: string;
  readonly published: string;
  /** Margin accounts by band. */
  readonly bands: Readonly<Record<Band, number>>;
  readonly coverage: readonly Coverage[];
}

type FigureRow = Pick<
  EpochRow,
  "id" | "exchange" | "epoch" | "digest" | "published" | "statement" | "verdict"
>;

/** Figures of published epochs: read out of a statement once, for it stays as it is. */
export class FigureShelf {
  readonly #known = new Map<string, EpochFigures>();

  /** Of the last ones, in the order of their moments. */
  async last(sql: Sql): Promise<EpochFigures[]> {
    const ids = await sql.query<{ id: string }>(
      "select id from marginproof.epoch where state = 'published' order by published desc, id limit $1",
      [SHOWN_EPOCHS],
    );
    const figures: EpochFigures[] = [];
    for (const { id } of ids) figures.push(this.#known.get(id) ?? (await this.read(sql, id)));
    this.#known.clear();
    for (const own of figures) this.#known.set(own.id, own);
    const moment = ({ time }: EpochFigures): number => Date.parse(time);
    // Of one moment, the one published last comes last.
    return figures.reverse().sort((one, other) => moment(one) - moment(other));
  }

  private async read(sql: Sql, id: string): Promise<EpochFigures> {
    const [row] = await sql.query<FigureRow>(
      "select id, exchange, epoch, digest, published, statement, verdict from marginproof.epoch where id = $1",
      [id],
    );
    return figuresOf(row!);
  }
}

function figuresOf({ id, exchange, epoch, digest, published, statement, verdict }: FigureRow): EpochFigures {
  const { time, totals } = parseStatement(JSON.parse(statement!));
  const { assets } = JSON.parse(verdict!) as { readonly assets: readonly AssetBook[] | null };
  const bands = BANDS.map((band) => [band, Number(totals.bands[band])] as const);
  return {
    ...{ id, exchange, epoch, time, digest: digest!, published: published!.toISOString() },
    bands: Object.fromEntries(bands) as Record<Band, number>,
    coverage: (assets ?? []).map(coverageOf),
  };
}

function coverageOf({ asset, needed, reserve }: AssetBook): Coverage {
  const need = parseDecimal(needed);
  const inPlaces = multiply(parseDecimal(reserve), { units: 10_000n, scale: 0 });
  const ratio = need.units === 0n ? null : decimalText({ coefficient: floorSteps(inPlaces, need), scale: 4 });
  return { asset, needed, reserve, ratio };
}
