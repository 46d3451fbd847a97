import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deribitTable } from "../../src/models/deribit.js";
import { deribitReference, type Holding, jointWorst } from "../../src/models/deribitReference.js";
import {
  DERIBIT_BTC,
  type DeribitParameters,
  deribitExtended,
  deribitStandard,
} from "../../src/models/deribitScenarios.js";
import type { ModelInstrument } from "../../src/models/instrument.js";
import { type Decimal, Precise } from "../../src/models/precise.js";
import { anyBook, option, page, required, spread, threeHundredBooks } from "./support.js";

const NO_SHOCK = { deltaShockRate: "0", extendedShare: "1" };
const FILE = fileURLToPath(
  new URL("../../../shared/data/deribit-portfolio-margin-example.json", import.meta.url),
);
const absent = !existsSync(FILE);
if (absent) console.warn(`skipped: ${FILE} is not here (real figures are kept outside the repository)`);

/** The example's numbers as decimal text: JSON.parse would turn them into floats. */
function example() {
  const text = readFileSync(FILE, "utf8").replace(/(?<=[\s:[])-?\d[\d.]*(e-?\d+)?(?=[\s,\]}])/g, '"$&"');
  return JSON.parse(text).result;
}
const precise = (text: string) => new Precise(text);
const apart = (a: readonly Decimal[], b: readonly string[]) =>
  a.reduce(
    (most, x, k) => Precise.max(most, x.minus(precise(b[k]!)).abs()),
    new Precise(a.length === b.length ? 0 : 1),
  );

describe.skipIf(absent)("Deribit portfolio margin: the shared worked example", () => {
  const r = absent ? undefined : example();
  const pair = r?.model_params.currency_pair.btc_usd;
  const general = r?.model_params.general;
  const index: string = r?.index_price.btc_usd;
  const p = {
    ...pair,
    ...r?.model_params.currency.btc,
    mm_factor: general?.mm_factor,
    buckets_count: Number(general?.buckets_count),
  } as DeribitParameters;
  const instruments: ModelInstrument[] = Object.keys(r?.portfolio.position ?? {}).map((symbol) => ({
    symbol,
    kind: "inverse",
    underlying: "BTC",
    mark: r.ticker[symbol].mark_price,
    index,
    ...(symbol === "BTC-28JUN24" ? { days: "10.9" } : {}),
  }));
  const book: Record<string, string> = r?.portfolio.position;
  const holdings: Holding[] = instruments.map((instrument) => ({
    instrument,
    quantity: book[instrument.symbol]!,
  }));
  const details = r?.margins.btc.initial_margin_details;

  it("the preset has the example's parameters", () => {
    for (const [name, value] of Object.entries(DERIBIT_BTC)) {
      expect(new Precise(value).eq(String(p[name as keyof DeribitParameters])), name).toBe(true);
    }
  });

  it("risk vectors to 1e-9 BTC, margins to 1e-8 BTC", () => {
    const got = deribitReference(p, holdings, index);
    for (const { instrument } of holdings) {
      const expected = r.initial_risk_vectors[instrument.symbol];
      const own = got.initialRiskVectors.get(instrument.symbol)!;
      expect(apart(own.standard, expected.standard).lte("1e-9"), instrument.symbol).toBe(true);
      expect(apart(own.extended, expected.extended).lte("1e-9"), instrument.symbol).toBe(true);
    }
    expect(apart(got.aggregated.standard, r.aggregated_risk_vectors.btc_btc.standard).lte("1e-9")).toBe(true);
    expect(apart(got.aggregated.extended, r.aggregated_risk_vectors.btc_btc.extended).lte("1e-9")).toBe(true);
    const matrix = details.risk_matrix_margin_details;
    expect(apart([got.worstCase], [matrix.worst_case]).lte("1e-8")).toBe(true);
    expect(apart([got.rollShock], [matrix.roll_shock]).lte("1e-8")).toBe(true);
    expect(apart([got.riskMatrixMargin], [details.risk_matrix_margin]).lte("1e-8")).toBe(true);
    expect(apart([got.maintenanceMargin], [r.margins.btc.maintenance_margin]).lte("1e-8")).toBe(true);
    const initial = got.riskMatrixMargin.plus(details.mmp_margin).plus(details.open_orders_margin);
    expect(apart([initial], [r.margins.btc.initial_margin]).lte("1e-8")).toBe(true);
  });

  it("the table requires the same, to 1e-8 BTC: clipping and damping change nothing here", () => {
    const got = required(deribitTable(p, NO_SHOCK, instruments), instruments, book);
    const coins = (x: Decimal) => precise(x.toString()).div(index);
    expect(apart([coins(got.maintenance)], [r.margins.btc.maintenance_margin]).lte("1e-8")).toBe(true);
    expect(apart([coins(got.initial)], [details.risk_matrix_margin]).lte("1e-8")).toBe(true);
  });
});

const INDEX = "65000";
function btcBook(): ModelInstrument[] {
  return [
    { symbol: "BTC-PERP", kind: "inverse", underlying: "BTC", mark: "65050", index: INDEX },
    { symbol: "BTC-FUT", kind: "inverse", underlying: "BTC", mark: "66000", index: INDEX, days: "60" },
    option("BTC", "C", "70000", { index: INDEX }),
    option("BTC", "P", "55000", { index: INDEX, days: "7" }),
    option("BTC", "C", "140000", { index: INDEX, days: "60", forward: "66000", volatility: "0.7" }),
  ];
}

describe("Deribit portfolio margin", () => {
  it("has 27 standard and 8 extended cells", () => {
    const [standard, extended] = [deribitStandard(DERIBIT_BTC), deribitExtended(DERIBIT_BTC)];
    expect([standard.length, extended.length]).toEqual([27, 8]);
    expect(standard.map((s) => s.name).filter((n) => n.endsWith("same"))).toEqual(
      ["-16", "-12", "-8", "-4", "0", "+4", "+8", "+12", "+16"].map((x) => `${x}% vol same`),
    );
    expect(extended.map((s) => s.name)).toContain("extended +500%");
  });

  it("property: without dampener the table is the reference; with it, never below and by at most the dampener", () => {
    const instruments = btcBook();
    const table = deribitTable(DERIBIT_BTC, NO_SHOCK, instruments);
    const most = new Precise(5).div("0.16").minus(1).times(DERIBIT_BTC.extended_dampener).times("0.8");
    fc.assert(
      fc.property(anyBook(instruments), (book) => {
        const holdings = instruments.map((instrument) => ({
          instrument,
          quantity: book[instrument.symbol]!,
        }));
        const reference = (p: DeribitParameters) =>
          deribitReference(p, holdings, INDEX).maintenanceMargin.times(INDEX);
        const got = precise(required(table, instruments, book).maintenance.toFixed(30));
        expect(
          got
            .minus(reference({ ...DERIBIT_BTC, extended_dampener: "0" }))
            .abs()
            .lte("1e-15"),
        ).toBe(true);
        const excess = got.minus(reference(DERIBIT_BTC));
        expect(excess.gte("-1e-15") && excess.lte(most)).toBe(true);
      }),
      { numRuns: 15, seed: 8 },
    );
  });

  it("measured: what damping and joint clipping would take off (docs/models/deribit.md)", () => {
    const short = [{ instrument: btcBook()[4]!, quantity: "-1" }];
    const undamped = deribitReference({ ...DERIBIT_BTC, extended_dampener: "0" }, short, INDEX);
    const damped = deribitReference(DERIBIT_BTC, short, INDEX);
    expect([undamped.worstCase.toFixed(6), damped.worstCase.toFixed(6)]).toEqual(["0.646415", "0.017167"]);
    const perp = { ...btcBook()[0]!, underlying: "ETH" };
    const long = deribitReference(DERIBIT_BTC, [{ instrument: perp, quantity: "1" }], INDEX);
    const shortPerp = deribitReference(DERIBIT_BTC, [{ instrument: perp, quantity: "-1" }], INDEX);
    const separate = long.worstCase.plus(shortPerp.worstCase);
    expect(separate.toFixed(6)).toBe("0.328407");
    expect(jointWorst([long, shortPerp]).toFixed(6)).toBe("0.190476");
    expect(jointWorst([long, long]).eq(long.worstCase.times(2))).toBe(true);
  });

  it("property: the worst of two pairs together is never above what the table charges them apart", () => {
    const instruments = btcBook().slice(0, 3);
    fc.assert(
      fc.property(
        anyBook(instruments),
        anyBook(instruments),
        fc.constantFrom("0", "0.6"),
        (one, two, pnl_offset) => {
          const margins = [one, two].map((book) =>
            deribitReference(
              { ...DERIBIT_BTC, pnl_offset },
              instruments.map((instrument) => ({ instrument, quantity: book[instrument.symbol]! })),
              INDEX,
            ),
          );
          const apartSum = margins.reduce((sum, m) => sum.plus(m.worstCase), new Precise(0));
          expect(jointWorst(margins).lte(apartSum.plus("1e-40"))).toBe(true);
        },
      ),
      { numRuns: 12, seed: 9 },
    );
  });

  it("measured: pairs moved together, in 60 pairs of books (docs/models/deribit.md)", () => {
    const instruments = btcBook().slice(0, 3);
    const margins = threeHundredBooks(instruments)
      .slice(0, 120)
      .map((book) =>
        deribitReference(
          DERIBIT_BTC,
          instruments.map((instrument) => ({ instrument, quantity: book[instrument.symbol]! })),
          INDEX,
        ),
      );
    const shares = Array.from({ length: 60 }, (_, k) => {
      const [one, two] = [margins[2 * k]!, margins[2 * k + 1]!];
      return one.worstCase
        .plus(two.worstCase)
        .div(jointWorst([one, two]))
        .minus(1);
    });
    expect(page("deribit")).toContain(
      `60 pairs of random books: above the joint worst case by ${spread(shares)}`,
    );
  });

  it("delta shock: a rate on the net delta; roll charge: at least the minimum, grows with time", () => {
    const instruments = btcBook().slice(0, 2);
    const book = { "BTC-PERP": "-2", "BTC-FUT": "1" };
    const without = required(deribitTable(DERIBIT_BTC, NO_SHOCK, instruments), instruments, book).maintenance;
    const shocked = required(
      deribitTable(DERIBIT_BTC, { ...NO_SHOCK, deltaShockRate: "0.1" }, instruments),
      instruments,
      book,
    );
    expect(shocked.maintenance.minus(without).toFixed(10)).toBe("5200.0000000000");
    const far = [{ ...instruments[1]!, days: "365" }];
    const roll = deribitTable(DERIBIT_BTC, NO_SHOCK, far).perInstrument.get("BTC-FUT")!.scenarioGains[
      "BTC roll 365 days"
    ];
    expect(roll).toEqual(["3900", "-3900"]);
  });

  it("without the extended cells is the damped rule for an account that the dampener covers", () => {
    const instruments = btcBook();
    const book = { [instruments[4]!.symbol]: "-1", "BTC-PERP": "0.5" };
    const table = deribitTable(DERIBIT_BTC, { ...NO_SHOCK, extendedShare: "0" }, instruments);
    const holdings = instruments.flatMap((instrument) => {
      const quantity = book[instrument.symbol];
      return quantity === undefined ? [] : [{ instrument, quantity }];
    });
    const exact = deribitReference(DERIBIT_BTC, holdings, INDEX).maintenanceMargin.times(INDEX);
    expect(
      exact
        .minus(required(table, instruments, book).maintenance.toString())
        .abs()
        .lte("1e-15"),
    ).toBe(true);
    expect(table.groups[0]!.scenarios.length).toBe(27);
  });

  it("refuses an mm_factor that the initial factor can't undo", () => {
    expect(() => deribitTable({ ...DERIBIT_BTC, mm_factor: "0.7" }, NO_SHOCK, btcBook())).toThrow(
      /mm_factor 0.7/,
    );
  });
});
