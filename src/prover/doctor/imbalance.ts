import type { Portfolio } from "../../accounts/index.js";
import {
  absolute,
  compare,
  type Decimal,
  decimal,
  decimalText,
  integer,
  multiply,
  subtract,
} from "../../decimal/decimal.js";
import { contractOf, type Market, openInterestOf } from "../../market/index.js";
import { marginAccountTitle } from "../../protocol/pocket.js";
import type { RiskTable } from "../../protocol/riskTable.js";
import type { Finding } from "./finding.js";
import { Largest } from "./largest.js";

/** Accounts named of one contract. */
const HOLDERS = 5;
/** Steps have at most this many digits after the point. */
const SCALE = 18;

interface Holder {
  readonly title: string;
  readonly quantity: Decimal;
}

/** A contract whose longs and shorts are not equal, and who holds most of the larger side. */
class Imbalance {
  readonly #holders = new Largest<Holder>(HOLDERS);
  readonly #steps: ReadonlyMap<string, Decimal>;

  constructor(
    readonly contract: string,
    private readonly long: Decimal,
    private readonly short: Decimal,
    steps: Iterable<readonly [string, Decimal]>,
  ) {
    this.#steps = new Map(steps);
  }

  get #longer(): boolean {
    return compare(this.long, this.short) > 0;
  }

  add({ holdings, ...id }: Portfolio): void {
    for (const [symbol, step] of this.#steps) {
      const steps = holdings.get(symbol) ?? 0n;
      if (steps === 0n || steps > 0n !== this.#longer) continue;
      const quantity = multiply(step, integer(steps));
      const size = absolute(quantity);
      this.#holders.add(size.coefficient * 10n ** BigInt(SCALE - size.scale), {
        title: marginAccountTitle(id),
        quantity,
      });
    }
  }

  /** Whether as much is short of the other, beyond its longs, as is long of this one, or the reverse. */
  isOppositeOf(other: Imbalance): boolean {
    return compare(subtract(this.long, this.short), subtract(other.short, other.long)) === 0;
  }

  /**
   * @param partial rows or accounts were refused, and are in neither sum
   * @param opposite a contract at the same price that differs by as much the other way: its shorts, perhaps
   */
  finding(partial: boolean, opposite: string | undefined): Finding {
    const difference = decimalText(absolute(subtract(this.long, this.short)));
    const same =
      opposite === undefined
        ? ""
        : ` ${opposite} differs by as much the other way: if it is the same contract, let both name that in "contract" (hedge mode: "side" too).`;
    const more = this.#longer ? "long" : "short";
    return {
      level: "fails",
      code: "open-interest",
      about: this.contract,
      text: `${this.contract}: total long = total short fails, long ${decimalText(this.long)}, short ${decimalText(this.short)}: ${difference} more ${more}`,
      lines: this.#holders.list().map(({ title, quantity }) => `${title} holds ${decimalText(quantity)}`),
      next: `${partial ? "What is refused above may be missing here. If not: somebody" : "Somebody"}'s ${this.#longer ? "short" : "long"} of ${this.contract} is missing, or one is there twice or of the wrong sign: these hold most of the ${more} side.${same}`,
    };
  }
}

/**
 * Contracts of which more is long than short or the reverse, in market order, with the accounts that hold most of the larger
 * side. Reads the portfolios again only where there is such a contract.
 */
export async function imbalances(
  market: Market,
  table: RiskTable,
  laneTotals: readonly bigint[],
  { portfolios, partial }: { portfolios: () => AsyncIterable<Portfolio>; partial: boolean },
): Promise<Finding[]> {
  const stepOf = new Map(market.instruments.map((i) => [i.symbol, decimal(i.quantityStep)]));
  const found = openInterestOf(market, table, laneTotals)
    .filter(({ long, short }) => compare(long, short) !== 0)
    .map(
      ({ contract, variants, long, short }) =>
        new Imbalance(
          contract,
          long,
          short,
          variants.map((symbol) => [symbol, stepOf.get(symbol)!]),
        ),
    );
  if (found.length > 0)
    for await (const portfolio of portfolios()) for (const own of found) own.add(portfolio);
  const markOf = new Map(market.instruments.map((i) => [contractOf(i), i.markPrice]));
  return found.map((own) => {
    const opposite = found.find(
      (other) => other.isOppositeOf(own) && markOf.get(other.contract) === markOf.get(own.contract),
    );
    return own.finding(partial, opposite?.contract);
  });
}
