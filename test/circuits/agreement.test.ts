import { Decimal } from "decimal.js";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { roundingBound } from "../../src/market/index.js";
import { BANDS, type Band, bandOf } from "../../src/protocol/bands.js";
import { MAX_QUANTITY } from "../../src/protocol/constants.js";
import { fits, valueOutOfRange } from "../../src/protocol/fitShape.js";
import type { AccountShape } from "../../src/protocol/shapes.js";
import { evaluateReference } from "../../src/reference/referenceEngine.js";
import { loadTestCircuit, type TestCircuit } from "../support/circuit.js";
import {
  batches,
  evaluator,
  groupShape,
  plainShape,
  record,
  tableShape,
  tinyEpoch,
} from "../support/tinyEpoch.js";
import { tinyMarket, tinyTable } from "../support/tinyMarket.js";

const Exact = Decimal.clone({ precision: 120 });
const circuits = new Map<string, TestCircuit>();
beforeAll(async () => {
  for (const { id } of [plainShape, groupShape, tableShape]) circuits.set(id, await loadTestCircuit(id));
});

const edges = tinyTable.rows.flatMap((row) => [row.lo - 1n, row.lo, row.lo + 1n, row.lo + row.width]);
/** Small, huge, and every bracket's edges, of either sign. */
const quantity = fc
  .oneof(
    fc.bigInt({ min: 1n, max: 10_000n }),
    fc.bigInt({ min: 1n, max: 1n << 36n }),
    fc.constantFrom(...edges.filter((edge) => edge > 0n && edge < 1n << 36n)),
    fc.constantFrom(MAX_QUANTITY >> 12n),
  )
  .chain((size) => fc.constantFrom(size, -size));
const anything = fc.dictionary(
  fc.constantFrom(...tinyTable.instruments.map(({ symbol }) => symbol)),
  quantity,
  { maxKeys: 4, noNullPrototype: true },
);
/** The same with as much cash as puts the equity within a step or two (10,000 value units) of a band's threshold. */
const nearThreshold = fc
  .tuple(anything, fc.nat(3), fc.bigInt({ min: -2n, max: 2n }))
  .map(([held, k, more]) => {
    const { USDT: _, ...others } = held;
    const { equity, maintenance, initial } = evaluator.evaluate(new Map(Object.entries(others)));
    const thresholds = [
      0n,
      maintenance,
      initial / 10_000n,
      (initial * tinyTable.marginCallBp) / 100_000_000n,
    ];
    const cash = (thresholds[k]! - equity) / 10_000n + more;
    const small = cash !== 0n && cash <= MAX_QUANTITY && cash >= -MAX_QUANTITY;
    return small ? { ...others, USDT: cash } : others;
  });
const portfolio: fc.Arbitrary<Record<string, bigint>> = fc.oneof(anything, nearThreshold);

describe("circuit, integer evaluation and decimal reference agree", () => {
  test("on random portfolios: integer evaluation against the reference, within the stated bound, on the safe side", () => {
    const unit = new Exact(tinyMarket.valueUnit);
    const bound = roundingBound(tinyTable, tinyMarket);
    fc.assert(
      fc.property(portfolio, (holdings) => {
        const exact = evaluator.evaluate(new Map(Object.entries(holdings)));
        const steps = tinyTable.instruments.map(
          ({ symbol, quantityStep }) => [symbol, quantityStep] as const,
        );
        const quantities = new Map(
          steps
            .filter(([symbol]) => Object.hasOwn(holdings, symbol))
            .map(([symbol, step]) => [symbol, new Exact(step).times(holdings[symbol]!.toString()).toFixed()]),
        );
        const reference = evaluateReference(tinyMarket, Object.fromEntries(quantities));
        const limits = bound(
          Object.entries(holdings).map(([symbol, held]) => {
            const instrument = tinyTable.instruments.find((candidate) => candidate.symbol === symbol)!;
            return held > 0n
              ? { lane: instrument.longLane, steps: held }
              : { lane: instrument.shortLane, steps: -held };
          }),
        );
        const near = (units: bigint, value: Decimal, limit: bigint, scale = 1) =>
          expect(
            new Exact(units.toString()).minus(value.div(unit).times(scale)).abs().lte(limit.toString()),
          ).toBe(true);
        near(exact.equity, new Exact(reference.equity), limits.equity);
        near(exact.maintenance, new Exact(reference.maintenance), limits.maintenance);
        near(exact.initial, new Exact(reference.initial), limits.initial, 10_000);
        // Requirements are rounded up, so a band is never better than the exact one, and only near a threshold worse.
        const place = (band: Band) => BANDS.indexOf(band);
        expect(place(exact.band)).toBeLessThanOrEqual(place(reference.band));
        const reach = (equity: bigint) => place(bandOf({ ...exact, equity }, tinyTable.marginCallBp));
        const most = 2n * (limits.maintenance + limits.initial / 10_000n + 1n);
        expect(reach(exact.equity + most)).toBeGreaterThanOrEqual(place(reference.band));
        const slack = new Exact((exact.equity - exact.maintenance).toString());
        expect(slack.lte(new Exact(reference.equity).minus(reference.maintenance).div(unit))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test("the random portfolios meet every band", () => {
    const bands = fc
      .sample(portfolio, 500)
      .map((held) => evaluator.evaluate(new Map(Object.entries(held))).band);
    expect(new Set(bands)).toEqual(new Set(BANDS));
  });

  test("on random portfolios: the circuits accept exactly the integer evaluation and close the chain", async () => {
    const provable = (shape: AccountShape) =>
      portfolio
        .map((holdings) => ({ holdings, evaluation: evaluator.evaluate(new Map(Object.entries(holdings))) }))
        .filter(({ evaluation }) => fits(shape, evaluation) && valueOutOfRange(evaluation) === undefined)
        .map(({ holdings }) => holdings);
    let tag = 1n;
    await fc.assert(
      fc.asyncProperty(
        fc.array(provable(plainShape), { minLength: 4, maxLength: 4 }),
        fc.array(provable(groupShape), { minLength: 4, maxLength: 4 }),
        async (plain, grouped) => {
          const pair = (shape: AccountShape, parts: Record<string, bigint>[]) =>
            [shape, parts.map((holdings) => record(shape, holdings, tag++))] as const;
          const book = batches(
            [...pair(plainShape, plain.slice(0, 2))],
            [...pair(plainShape, plain.slice(2))],
            [...pair(groupShape, grouped.slice(0, 2))],
            [...pair(groupShape, grouped.slice(2))],
          );
          const { steps } = await tinyEpoch(book);
          for (const step of steps) {
            const circuit = circuits.get(step.instance.id)!;
            // The calculator itself stops at a broken constraint; the R1CS is looked at in some of the runs.
            const witness = circuit.witness(step.input);
            if (tag % 80n === 1n) expect(circuit.broken(witness)).toEqual([]);
            expect(witness.slice(1, 1 + step.signals.length)).toEqual(step.signals);
          }
        },
      ),
      { numRuns: 130 },
    );
  });
});
