import { describe, expect, test } from "vitest";
import { FIELD_ORDER } from "../../src/field/order.js";
import { poseidon } from "../../src/field/poseidon/poseidon.js";
import { sponge } from "../../src/field/sponge.js";
import type { AccountRecord } from "../../src/protocol/accountRecord.js";
import { addToTotals, batchWeight, lanesEnd } from "../../src/protocol/chain.js";
import {
  columnsHash,
  type FoldedRow,
  foldTable,
  privateColumnsHash,
  stepRows,
} from "../../src/protocol/fold.js";
import { partSteps, ratesCommitment, withRates } from "../../src/protocol/rates.js";
import type { Lane, RiskRow, RiskTable } from "../../src/protocol/riskTable.js";
import {
  columnsRole,
  privateColumnsRole,
  ratesRole,
  totalsRole,
  weightsRole,
} from "../../src/protocol/roles.js";
import {
  indexRows,
  laneQuantities,
  RowSums,
  totalsCommitment,
  weightsCommitment,
} from "../../src/protocol/rowSums.js";
import { stateCommitment, stateVector, ZERO_STATE, ZERO_TOTALS } from "../../src/protocol/state.js";
import type { Statement } from "../../src/protocol/statement.js";
import { signalVector, stepSignals } from "../../src/protocol/stepSignals.js";
import { type TablePart, tableParts } from "../../src/protocol/tableParts.js";

const mod = (value: bigint): bigint => ((value % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER;
/** Two lanes of two brackets, after a null row; every value differs. */
const row = (key: number, laneIndex: number, lo: bigint, other: Partial<RiskRow> = {}): RiskRow => ({
  key,
  flat: false,
  laneIndex,
  sigma: 1n,
  lo,
  width: 100n,
  price: 7n,
  base: 11n,
  slope: 13n,
  initialBase: 17n,
  initialSlope: 19n,
  groups: [],
  stress: [23n, 29n],
  ...other,
});
const nothing = { price: 0n, base: 0n, slope: 0n, initialBase: 0n, initialSlope: 0n, stress: [0n, 0n] };
const ROWS: RiskRow[] = [
  row(0, -1, 0n, { ...nothing, flat: true, width: 0n }),
  row(32, 0, 0n, { groups: [{ group: 1, gains: [31n, 37n] }] }),
  row(33, 0, 100n, { groups: [{ group: 1, gains: [31n, 37n] }] }),
  row(48, 1, 0n, { sigma: -1n, price: 41n }),
  row(49, 1, 50n, { sigma: -1n, price: 41n }),
];
const lane = (firstRow: number, rowCount: number): Lane => ({
  instrument: "X",
  side: "long",
  flat: false,
  firstRow,
  rowCount,
});
const TABLE = {
  rows: ROWS,
  lanes: [lane(1, 2), lane(3, 2)],
  groupScenarios: [1, 2],
  groupPlaces: [0, 1].map((parent) => ({ parent, part: 0, factorBp: 0n })),
  stressNames: ["a", "b"],
  imfBp: 13_000n,
  marginCallBp: 12_000n,
} as unknown as RiskTable;
const part = (first: number, end: number, size: number, position: number, hidden = false): TablePart => ({
  private: hidden,
  first,
  end,
  size,
  position,
});

describe("the table in steps", () => {
  const secret = (rows: readonly RiskRow[], from: number) =>
    rows.map((each, i) => (i < from ? each : { ...each, notional: 5n }));

  test("public rows are cut every so many, the last step is filled up", () => {
    expect(tableParts(TABLE, 2, 0)).toEqual([part(0, 2, 2, 0), part(2, 4, 2, 2), part(4, 5, 2, 4)]);
    expect(tableParts(TABLE, 5, 0)).toEqual([part(0, 5, 5, 0)]);
    expect(tableParts(TABLE, 8, 0)).toEqual([part(0, 5, 8, 0)]);
    expect(() => tableParts(TABLE, 0, 0)).toThrow(RangeError);
  });

  test("secret lanes come after them, whole", () => {
    const one = { ...TABLE, rows: secret(ROWS, 3) };
    expect(tableParts(one, 2, 4)).toEqual([part(0, 2, 2, 0), part(2, 3, 2, 2), part(3, 5, 4, 4, true)]);
    const both = { ...TABLE, rows: secret(ROWS, 1) };
    expect(tableParts(both, 2, 4)).toEqual([part(0, 1, 2, 0), part(1, 5, 4, 2, true)]);
    expect(tableParts(both, 2, 3)).toEqual([
      part(0, 1, 2, 0),
      part(1, 3, 3, 2, true),
      part(3, 5, 3, 5, true),
    ]);
    expect(() => tableParts(both, 2, 1)).toThrow(RangeError);
    expect(tableParts(both, 2, 2)).toHaveLength(3);
  });
});

describe("the table folded", () => {
  const beta = 1_000n;
  const gamma = 5n;
  const folded = foldTable(TABLE, { beta, gamma });

  test("a row gives an account's equation for each of its slots", () => {
    // Group 1, so its gains stand over gamma - 1 = 4.
    const quarter = (value: bigint): bigint => {
      let inverse = 1n;
      for (let e = FIELD_ORDER - 2n, base = 4n; e > 0n; e >>= 1n, base = mod(base * base))
        if (e & 1n) inverse = mod(inverse * base);
      return mod(value * inverse);
    };
    const gain = mod(7n + 23n * beta ** 3n + 29n * beta ** 4n + quarter(31n + 37n * beta));
    const base = 11n * beta + 17n * 10_000n * beta ** 2n;
    const slope = 13n * beta + 19n * 10_000n * beta ** 2n;
    expect(folded[2]).toEqual({
      lookupValue: 33n + (100n << 16n),
      foldBase: mod(base + 100n * gain),
      foldSlope: mod(slope + gain),
      lo: 100n,
      gain,
      notional: 0n,
      laneFirst: 0n,
    });
    const short = mod(-(41n + 23n * beta ** 3n + 29n * beta ** 4n));
    expect(folded[4]).toMatchObject({ foldBase: mod(base + 50n * short), foldSlope: mod(slope + short) });
    expect(folded[0]).toMatchObject({ lookupValue: 1n << 69n, foldBase: 0n, foldSlope: 0n });
    expect(folded.map(({ laneFirst }) => laneFirst)).toEqual([0n, 1n, 0n, 1n, 0n]);
  });

  test("padding rows differ from each other and from every row, and are worth nothing", () => {
    const rows = stepRows(folded, part(4, 5, 3, 6));
    expect(rows[0]).toBe(folded[4]);
    expect(rows.slice(1)).toEqual(
      [7n, 8n].map((place) => ({
        lookupValue: (1n << 100n) + place,
        foldBase: 0n,
        foldSlope: 0n,
        lo: 0n,
        gain: 0n,
        notional: 0n,
        laneFirst: 0n,
      })),
    );
  });

  test("hashes of columns hold all of them, and the flags", () => {
    const rows = stepRows(folded, part(1, 5, 5, 0));
    const flags = 0b00101n;
    const columns = (of: (each: FoldedRow) => bigint[]) => [...rows.flatMap(of), flags];
    expect(columnsHash(poseidon, rows)).toBe(
      sponge(
        poseidon,
        columnsRole(5),
        columns((r) => [r.lookupValue, r.foldBase, r.foldSlope, r.lo]),
      ),
    );
    expect(privateColumnsHash(poseidon, rows)).toBe(
      sponge(
        poseidon,
        privateColumnsRole(5),
        columns((r) => [r.lookupValue, r.gain, r.notional, r.lo]),
      ),
    );
  });
});

describe("secret rates", () => {
  const STEPS = [1n, 2n, 3n, 4n, 5n].map((n) => ({ maintenance: n, initial: 10n * n }));

  test("are committed to, 36 bits a row, under a blinding", () => {
    const bits = 1n | (10n << 18n) | (2n << 36n) | (20n << 54n);
    expect(ratesCommitment(poseidon, 9n, STEPS.slice(0, 2))).toBe(sponge(poseidon, ratesRole(2), [9n, bits]));
    const many = Array.from({ length: 8 }, () => STEPS[0]!);
    const all = many.reduce((sum, _, i) => sum | ((1n | (10n << 18n)) << BigInt(36 * i)), 0n);
    const words = [all & ((1n << 253n) - 1n), all >> 253n];
    expect(ratesCommitment(poseidon, 9n, many)).toBe(sponge(poseidon, ratesRole(8), [9n, ...words]));
    for (const bad of [
      { maintenance: 1n << 18n, initial: 0n },
      { maintenance: 0n, initial: 1n << 18n },
    ])
      expect(() => ratesCommitment(poseidon, 9n, [STEPS[0]!, bad])).toThrow(RangeError);
    expect(() => ratesCommitment(poseidon, 9n, [{ maintenance: -1n, initial: 0n }])).toThrow(RangeError);
    const most = { maintenance: (1n << 18n) - 1n, initial: (1n << 18n) - 1n };
    expect(() => ratesCommitment(poseidon, 9n, [most])).not.toThrow();
  });

  test("of a step are its rows', and none in padding", () => {
    expect(partSteps(STEPS, part(3, 5, 4, 0, true))).toEqual([
      STEPS[3],
      STEPS[4],
      { maintenance: 0n, initial: 0n },
      { maintenance: 0n, initial: 0n },
    ]);
  });

  test("are sums of steps, from each lane's first row on, and touch no public row", () => {
    const hidden = { ...TABLE, rows: ROWS.map((each, i) => (i === 0 ? each : { ...each, notional: 3n })) };
    const { rows } = withRates(hidden, STEPS);
    const seen = rows.map(({ base, slope, initialBase, initialSlope }) => [
      base,
      slope,
      initialBase,
      initialSlope,
    ]);
    expect(seen).toEqual([
      [0n, 0n, 0n, 0n],
      [0n, 6n, 0n, 60n],
      // Steps 2 and 3: rate 5, of which 3 from 100 on: 3 * (5 * 100 - 3 * 100).
      [600n, 15n, 6000n, 150n],
      [0n, 12n, 0n, 120n],
      [3n * (9n * 50n - 5n * 50n), 27n, 3n * (90n * 50n - 50n * 50n), 270n],
    ]);
  });
});

describe("row sums", () => {
  const slot = (key: number, offset: bigint) => ({ key, offset, complement: 0n });
  const account = (counted: boolean, ...bracketed: ReturnType<typeof slot>[]) =>
    ({ counted, bracketed, flat: [slot(0, 3n)] }) as unknown as AccountRecord;
  const rows = indexRows(TABLE);

  test("count slots and add offsets, each times its account's weight", () => {
    const sums = new RowSums(5);
    sums.addAccount(account(true, slot(33, 4n), slot(48, 0n)), rows, 2n);
    sums.addAccount(account(false, slot(33, 5n)), rows, 10n);
    expect(sums.count).toEqual([12n, 0n, 12n, 2n, 0n]);
    expect(sums.offsets).toEqual([36n, 0n, 58n, 0n, 0n]);
    expect(sums.step(part(2, 4, 3, 0))).toEqual({ count: [12n, 2n, 0n], offsets: [58n, 0n, 0n] });
    expect(laneQuantities(TABLE, sums)).toEqual([12n * 100n + 58n, 0n]);
  });

  test("are committed to row by row, plain and weighted ones apart", () => {
    const sums = { count: [1n, 2n], offsets: [3n, 4n] };
    const elements = [9n, 1n, 3n, 2n, 4n];
    expect(totalsCommitment(poseidon, 9n, sums)).toBe(sponge(poseidon, totalsRole(2), elements));
    expect(weightsCommitment(poseidon, 9n, sums)).toBe(sponge(poseidon, weightsRole(2), elements));
    const roles = [columnsRole, privateColumnsRole, ratesRole, totalsRole, weightsRole].flatMap((role) => [
      role(2),
      role(3),
    ]);
    expect(new Set(roles).size).toBe(roles.length);
  });
});

describe("the chain of states", () => {
  const totals = {
    bands: { bankrupt: 1n, liquidation: 0n, reduceOnly: 0n, marginCall: 0n, free: 2n },
    positiveEquity: 5n,
    badDebt: 6n,
    maintenance: 7n,
    shortfall: 8n,
    initial: 9n,
    stressBadDebt: [10n, 11n, 12n, 13n],
  };

  test("a state is three accumulators, counts, sums and stresses, in this order", () => {
    const vector = stateVector({ lookup: 2n, balance: -1n, lanes: 4n, totals });
    expect(vector).toEqual([
      2n,
      FIELD_ORDER - 1n,
      4n,
      1n + (2n << 128n),
      ...[5n, 6n, 7n, 8n, 9n, 10n, 11n, 12n, 13n],
    ]);
    expect(stateVector(ZERO_STATE)).toEqual(Array(13).fill(0n));
    const commitments = [
      stateCommitment(poseidon, ZERO_STATE, 0n),
      stateCommitment(poseidon, ZERO_STATE, 1n),
      stateCommitment(poseidon, { ...ZERO_STATE, lookup: 1n }, 0n),
    ];
    expect(new Set(commitments).size).toBe(3);
  });

  test("batches are 4,096 weights apart, lanes one", () => {
    expect(batchWeight(2n, 0)).toBe(1n);
    expect(batchWeight(2n, 2)).toBe(mod(1n << 8192n));
    expect(lanesEnd(3n, [5n, 7n])).toBe(3n * 5n + 9n * 7n);
    expect(lanesEnd(3n, [])).toBe(0n);
  });

  test("what an account adds to the totals, and that padding is not counted", () => {
    const base = {
      counted: true,
      band: "bankrupt",
      equity: -2n,
      maintenance: 3n,
      initial: 4n,
      stressed: [-5n, 6n],
    };
    const after = (change: object) =>
      addToTotals(ZERO_TOTALS, { ...base, ...change } as unknown as AccountRecord);
    expect(after({})).toEqual({
      bands: { ...ZERO_TOTALS.bands, bankrupt: 1n },
      positiveEquity: 0n,
      badDebt: 2n,
      maintenance: 3n,
      shortfall: 5n,
      initial: 4n,
      stressBadDebt: [5n, 0n, 0n, 0n],
    });
    expect(after({ counted: false }).bands).toEqual(ZERO_TOTALS.bands);
    const rich = after({ band: "free", equity: 8n });
    expect([rich.positiveEquity, rich.badDebt, rich.shortfall, rich.bands.free]).toEqual([8n, 0n, 0n, 1n]);
    expect(addToTotals(totals, { ...base, stressed: [1n] } as unknown as AccountRecord).badDebt).toBe(8n);
  });
});

describe("public signals", () => {
  const hidden = { ...TABLE, rows: ROWS.map((each, i) => (i < 3 ? each : { ...each, notional: 3n })) };
  const challenges = { rho: 2n, beta: 3n, gamma: 5n, tau: 7n, r: 11n, x: 13n };
  const folded = foldTable(hidden, challenges);
  const parts = tableParts(hidden, 2, 4);
  const statement = {
    batches: [{ leafRoot: 101n }, { leafRoot: 102n }],
    tableSteps: [{ totals: 201n }, { totals: 202n }, { totals: 203n }],
    weights: [301n, 302n, 303n],
  } as unknown as Statement;
  const epoch = { statement, table: TABLE, folded, parts, rateCommitments: [401n], challenges };
  const vectors = [...stepSignals(poseidon, epoch)].map((step) =>
    signalVector(step, { stateIn: 501n, stateOut: 502n }),
  );

  test("of account steps: leaves, states, weight, challenges and factors", () => {
    const common = [2n, 3n, 5n, 11n, 13n, 13_000n, 12_000n];
    expect(vectors[0]).toEqual([101n, 502n, 501n, 1n, ...common]);
    expect(vectors[1]).toEqual([102n, 502n, 501n, mod(1n << 4096n), ...common]);
  });

  test("of table steps: sums, states, columns, the lanes before, challenges, and a commitment where rates are secret", () => {
    const columns = parts.map((each) => stepRows(folded, each));
    expect(vectors.slice(2)).toEqual([
      [201n, 301n, 502n, 501n, columnsHash(poseidon, columns[0]!), 1n, 7n, 11n, 13n],
      [202n, 302n, 502n, 501n, columnsHash(poseidon, columns[1]!), 7n, 7n, 11n, 13n],
      [203n, 303n, 401n, 502n, 501n, privateColumnsHash(poseidon, columns[2]!), 7n, 3n, 7n, 11n, 13n],
    ]);
  });
});
