import { Decimal } from "decimal.js";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { fromSigned, inverse, mul } from "../../src/field/element.js";
import { FIELD_ORDER } from "../../src/field/order.js";
import { BANDS, type Band, bandGaps, bandOf, packCounts, type Standing } from "../../src/protocol/bands.js";
import {
  COUNT_BOUND,
  FIRST_GAP_BITS,
  INITIAL_SCALE,
  SECOND_GAP_BITS,
  VALUE_BOUND,
} from "../../src/protocol/constants.js";
import { batches, evaluator, plainShape, record } from "../support/tinyEpoch.js";
import { tinyTable } from "../support/tinyMarket.js";
import { honestBook, withLie } from "./supportBook.js";
import { attackedTemplate } from "./supportCircuit.js";
import { lyingEpoch } from "./supportLyingEpoch.js";
import { type CheatingProver, cheatingProver, type Forced } from "./supportWitness.js";

/**
 * Can a prover choose an account's band? The gadget alone, under every claim; then whole epochs. Everything but the
 * inputs follows from them, so a claim that breaks no constraint is a claim that can be proved.
 */
let prover: CheatingProver;
beforeAll(async () => {
  prover = cheatingProver(await attackedTemplate("Band()", "band.circom"));
});

interface Claim extends Standing {
  readonly marginCallBp: bigint;
}

/** What the circuit says to a claim: band is any list of five field elements. */
function broken(claim: Claim, band: readonly bigint[], forced: Forced = {}): string[][] {
  const text = ({ equity, maintenance, initial, marginCallBp }: Claim) => ({
    equity: fromSigned(equity).toString(),
    maintenance: fromSigned(maintenance).toString(),
    initial: fromSigned(initial).toString(),
    marginCallBp: marginCallBp.toString(),
  });
  const input = { ...text(claim), band: band.map((value) => fromSigned(value).toString()) };
  return prover.broken(prover.solve(input, forced));
}

const only = (band: Band): bigint[] => BANDS.map((each) => (each === band ? 1n : 0n));
const provable = (claim: Claim): Band[] => BANDS.filter((band) => broken(claim, only(band)).length === 0);

/** Up to the quotient: the smallest integer equity at the threshold. */
const ceil = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;
const thresholds = ({ maintenance, initial, marginCallBp }: Omit<Claim, "equity">): bigint[] => [
  0n,
  maintenance,
  ceil(initial, INITIAL_SCALE),
  ceil(marginCallBp * initial, INITIAL_SCALE * INITIAL_SCALE),
];
const inRange = (equity: bigint): boolean => equity >= -VALUE_BOUND && equity < VALUE_BOUND;

/** Requirements where something could go wrong: none, equal thresholds, remainders, the largest. */
const REQUIREMENTS: readonly Omit<Claim, "equity">[] = [
  { maintenance: 0n, initial: 0n, marginCallBp: 12_000n },
  { maintenance: 0n, initial: 0n, marginCallBp: 10_000n },
  { maintenance: 0n, initial: 1n, marginCallBp: 12_000n },
  { maintenance: 7n, initial: 70_000n, marginCallBp: 10_000n },
  { maintenance: 7n, initial: 70_000n, marginCallBp: 12_000n },
  { maintenance: 7n, initial: 70_001n, marginCallBp: 10_000n },
  { maintenance: 7n, initial: 99_999n, marginCallBp: 10_001n },
  { maintenance: 1_000_003n, initial: 13_777_770_000n, marginCallBp: 20_000n },
  { maintenance: 3n << 68n, initial: (10_000n << 70n) + 4_321n, marginCallBp: 12_345n },
  {
    maintenance: VALUE_BOUND - 1n,
    initial: INITIAL_SCALE * (VALUE_BOUND - 1n),
    marginCallBp: 20_000n,
  },
  { maintenance: 0n, initial: INITIAL_SCALE * VALUE_BOUND - 1n, marginCallBp: 10_000n },
];

const CLAIMS: readonly Claim[] = REQUIREMENTS.flatMap((required) => {
  const near = thresholds(required).flatMap((at) => [at - 2n, at - 1n, at, at + 1n]);
  const equities = new Set([...near, -VALUE_BOUND, VALUE_BOUND - 1n]);
  return [...equities].filter(inRange).map((equity) => ({ equity, ...required }));
});

const claim: fc.Arbitrary<Claim> = fc
  .tuple(
    fc.integer({ min: 0, max: 71 }).chain((bits) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n })),
    fc.integer({ min: 0, max: 84 }).chain((bits) => fc.bigInt({ min: 0n, max: 1n << BigInt(bits) })),
    fc.bigInt({ min: 10_000n, max: 20_000n }),
    fc.nat(3),
    fc.integer({ min: -1, max: 70 }),
    fc.bigInt({ min: -3n, max: 3n }),
    fc.boolean(),
  )
  .map(([maintenance, more, marginCallBp, pick, bits, little, minus]) => {
    const required = { maintenance, initial: INITIAL_SCALE * maintenance + more, marginCallBp };
    const far = bits < 0 ? 0n : 1n << BigInt(bits);
    return { equity: thresholds(required)[pick]! + little + (minus ? -far : far), ...required };
  })
  .filter(({ equity, initial }) => inRange(equity) && initial < INITIAL_SCALE * VALUE_BOUND);

/** The definition once more, in decimals. */
function bandInWords({ equity, maintenance, initial, marginCallBp }: Claim): Band {
  const Exact = Decimal.clone({ precision: 100 });
  const [e, m] = [new Exact(equity.toString()), maintenance.toString()];
  const i = new Exact(initial.toString()).div(10_000);
  if (e.isNegative() && !e.isZero()) return "bankrupt";
  if (e.lt(m)) return "liquidation";
  if (e.lt(i)) return "reduceOnly";
  return e.lt(i.times(marginCallBp.toString()).div(10_000)) ? "marginCall" : "free";
}

describe("the gadget alone", () => {
  test("around every threshold, of the 32 claims of none, one or several bands just the true one can be proved", () => {
    const seen = new Set<Band>();
    for (const each of CLAIMS) {
      const band = bandOf(each, each.marginCallBp);
      seen.add(band);
      for (let subset = 0; subset < 32; subset++) {
        const bits = BANDS.map((_, k) => BigInt((subset >> k) & 1));
        const accepted = broken(each, bits).length === 0;
        expect(accepted, `${JSON.stringify(each, String)} as ${bits}`).toBe(
          subset === 1 << BANDS.indexOf(band),
        );
      }
    }
    expect([...seen].sort()).toEqual([...BANDS].sort());
    expect(CLAIMS.length).toBeGreaterThan(80);
  });

  test("anywhere: circuit, integers and decimals agree on the one band", () => {
    fc.assert(
      fc.property(claim, (each) => {
        const band = bandInWords(each);
        expect(bandOf(each, each.marginCallBp)).toBe(band);
        expect(provable(each)).toEqual([band]);
      }),
      { numRuns: 1500 },
    );
  });

  test("shares of bands: halves, and -1 beside 2, add up to 1 and are no flags", () => {
    const half = inverse(2n);
    for (const each of CLAIMS.slice(0, 60)) {
      for (const band of [
        [half, half, 0n, 0n, 0n],
        [0n, 0n, 0n, half, half],
        [-1n, 2n, 0n, 0n, 0n],
        [0n, 0n, 0n, 2n, -1n],
        [1n, 1n, -1n, 0n, 0n],
      ]) {
        expect(broken(each, band).length).toBeGreaterThan(0);
      }
    }
  });

  test("a gap of -1 written as 2^86 - 1 or 2^99 - 1, as p - 1, or with a digit that is not one", () => {
    const digits = (name: string, bits: number, value: bigint): Forced =>
      Object.fromEntries(
        Array.from({ length: bits }, (_, i) => [`${name}.digits.out[${i}]`, (value >> BigInt(i)) & 1n]),
      );
    // One short of each threshold, claimed at it, and at it, claimed one short.
    const required = { maintenance: 7n, initial: 100_000n, marginCallBp: 12_000n };
    const lies: [bigint, Band][] = [
      [-1n, "liquidation"],
      [0n, "bankrupt"],
      [6n, "reduceOnly"],
      [7n, "liquidation"],
      [9n, "marginCall"],
      [10n, "reduceOnly"],
      [11n, "free"],
      [12n, "marginCall"],
    ];
    for (const [equity, band] of lies) {
      const each = { equity, ...required };
      const gaps = bandGaps({ ...each, band }, each.marginCallBp);
      const [name, bits, gap] =
        gaps.first < 0n
          ? (["first", FIRST_GAP_BITS, gaps.first] as const)
          : (["second", SECOND_GAP_BITS, gaps.second] as const);
      expect(gap).toBeLessThan(0n);
      const wrapped = (1n << BigInt(bits)) + gap;
      for (const forced of [
        digits(name, bits, wrapped),
        digits(name, bits, FIELD_ORDER + gap),
        { ...digits(name, bits, 0n), [`${name}.digits.out[0]`]: gap },
        { [`${name}.in`]: wrapped, ...digits(name, bits, wrapped) },
        { [`${name}.in`]: 0n, ...digits(name, bits, 0n) },
      ]) {
        expect(broken(each, only(band), forced).length, `${equity} as ${band}`).toBeGreaterThan(0);
      }
    }
  });

  test("a gap fills its 86 or 99 digits, which the leaf commits to, and is no longer", () => {
    // Equity alone is the first gap of a free account; here its requirements leave a second gap of 0.
    const free = (equity: bigint): Claim => ({
      equity,
      maintenance: 0n,
      initial: INITIAL_SCALE * equity,
      marginCallBp: INITIAL_SCALE,
    });
    // One unit of debt leaves a first gap of 0, and the maintenance requirement as second.
    const bankrupt = (maintenance: bigint): Claim => ({ ...free(0n), equity: -1n, maintenance });
    for (const [claimed, band, bits] of [
      [free, "free", FIRST_GAP_BITS],
      [bankrupt, "bankrupt", SECOND_GAP_BITS],
    ] as const) {
      const longer = 1n << BigInt(bits);
      expect(provable(claimed(longer - 1n))).toContain(band);
      for (const gap of [longer, longer + 1n, 2n * longer - 1n])
        expect(provable(claimed(gap)), `${band}, ${gap}`).not.toContain(band);
    }
  });

  test("sums by band: nothing else is counted as debt, shortfall or equity", () => {
    for (const each of CLAIMS) {
      const band = bandOf(each, each.marginCallBp);
      for (const name of ["positiveEquity", "badDebt", "shortfall"])
        expect(broken(each, only(band), { [name]: 12_345n }).length).toBeGreaterThan(0);
    }
  });

  test("why IMR < MMR and a margin call below IMR are refused: there a prover could choose", () => {
    expect(provable({ equity: 5n, maintenance: 7n, initial: 30_000n, marginCallBp: 20_000n })).toEqual([
      "liquidation",
      "marginCall",
    ]);
    expect(provable({ equity: 9n, maintenance: 7n, initial: 100_000n, marginCallBp: 8_000n })).toEqual([
      "reduceOnly",
      "free",
    ]);
    // Refused by: checkTable.test.ts, schema.test.ts, compileTable.test.ts; a bundle's market in bundle.test.ts.
  });
});

describe("what the leaf fixes", () => {
  /** Equity and requirements from the band, its gaps and MMR + IMR, as circuits/lib/band.circom says. */
  function opened(band: Band, first: bigint, second: bigint, sum: bigint, marginCallBp: bigint): Standing {
    const health = (equity: bigint, maintenance: bigint): Standing => ({
      equity,
      maintenance,
      initial: fromSigned(sum - maintenance),
    });
    switch (band) {
      case "bankrupt":
        return health(-1n - first, second - first);
      case "liquidation":
        return health(first, second + first + 1n);
      case "reduceOnly": {
        const equity = mul(fromSigned(sum + second - first - 1n), inverse(INITIAL_SCALE + 1n));
        return health(equity, equity - second);
      }
      case "marginCall": {
        const initial = mul(
          fromSigned(second + 1n + INITIAL_SCALE * first),
          inverse(marginCallBp - INITIAL_SCALE),
        );
        return health(mul(fromSigned(initial + first), inverse(INITIAL_SCALE)), sum - initial);
      }
      case "free": {
        const initial = mul(
          fromSigned(INITIAL_SCALE * INITIAL_SCALE * first - second),
          inverse(marginCallBp),
        );
        return health(first, sum - initial);
      }
    }
  }

  test("band, gaps and MMR + IMR determine equity and both requirements", () => {
    fc.assert(
      fc.property(claim, (each) => {
        const band = bandOf(each, each.marginCallBp);
        const { first, second } = bandGaps({ ...each, band }, each.marginCallBp);
        const { equity, maintenance, initial } = each;
        expect(opened(band, first, second, maintenance + initial, each.marginCallBp)).toEqual({
          equity,
          maintenance,
          initial,
        });
      }),
      { numRuns: 2000 },
    );
  });

  test("with the margin call at IMR there is no margin-call band, whatever the gaps", () => {
    for (const each of CLAIMS.filter(({ marginCallBp }) => marginCallBp === INITIAL_SCALE))
      expect(broken(each, only("marginCall")).length).toBeGreaterThan(0);
  });
});

describe("whole epochs", () => {
  /** A holder of perpetuals with just as much cash as puts the equity at, or below, a threshold. */
  function holder(threshold: (claim: Claim) => bigint, more: bigint, tag: bigint) {
    const perp = { "BTC-PERP": -5n };
    const evaluation = evaluator.evaluate(new Map(Object.entries(perp)));
    const target = threshold({ ...evaluation, marginCallBp: tinyTable.marginCallBp });
    // A step of cash is 10,000 value units; all thresholds of five contracts are multiples of that.
    expect((target - evaluation.equity) % 10_000n).toBe(0n);
    return record(plainShape, { ...perp, USDT: (target - evaluation.equity) / 10_000n + more }, tag);
  }
  const AT: readonly (readonly [Band, Band, (claim: Claim) => bigint])[] = [
    ["bankrupt", "liquidation", () => 0n],
    ["liquidation", "reduceOnly", ({ maintenance }) => maintenance],
    ["reduceOnly", "marginCall", ({ initial }) => initial / 10_000n],
    ["marginCall", "free", ({ initial, marginCallBp }) => (initial * marginCallBp) / 100_000_000n],
  ];

  test.each(AT)(
    "between %s and %s: each on its side, and neither on the other's",
    async (worse, better, at) => {
      const book = batches([plainShape, [holder(at, -1n, 1n), holder(at, 0n, 2n)]]);
      expect(book[0]!.accounts.map(({ band }) => band)).toEqual([worse, better]);
      const { caught, commitments } = await lyingEpoch(book);
      expect(caught).toEqual([]);
      expect(commitments.totals.bands).toMatchObject({ [worse]: 1n, [better]: 1n });
      for (const [account, lie] of [
        [0, better],
        [1, worse],
      ] as const) {
        // The leaf of such a claim can't be written down at all; a prover that has committed can't claim it either.
        const claimed = await lyingEpoch(book, {
          afterwards: (b) => withLie(b, 0, account, (a) => ({ ...a, band: lie })),
        });
        expect(claimed.caught[0]).toMatch(/^step 0: .*accounts\[\d\]\.committed\.health\./);
      }
    },
  );

  test.each(AT)("one step of cash more on paper, to leave %s for %s: balance", async (_, better, at) => {
    const book = batches([plainShape, [holder(at, -1n, 1n)]]);
    const lying = withLie(book, 0, 0, (a) => ({
      ...a,
      equity: a.equity + 10_000n,
      stressed: a.stressed.map((value) => value + 10_000n),
      band: better,
    }));
    expect((await lyingEpoch(lying)).caught).toEqual(["end: balance"]);
  });

  test("requirements understated to leave a band, equity true: balance", async () => {
    const book = batches([plainShape, [holder(AT[1]![2], -1n, 1n)]]);
    for (const lie of [
      { maintenance: 0n, band: "reduceOnly" as const },
      { maintenance: 0n, initial: 0n, band: "free" as const },
    ]) {
      const { caught } = await lyingEpoch(withLie(book, 0, 0, (a) => ({ ...a, ...lie })));
      expect(caught).toEqual(["end: balance"]);
    }
  });

  test("padding in another band than the empty account's: every word is fixed", async () => {
    const book = honestBook();
    const padded = batches([plainShape, [book[0]!.accounts[0]!]]);
    for (const band of BANDS.slice(0, 4)) {
      const { caught } = await lyingEpoch(padded, {
        afterwards: (b) => withLie(b, 0, 1, (a) => ({ ...a, band })),
      });
      expect(caught[0]).toMatch(/^step 0: /);
      expect(caught[0]).not.toBe("step 0: public signals");
    }
  });
});

describe("the counts in one number", () => {
  const counts = fc.record(
    Object.fromEntries(BANDS.map((band) => [band, fc.bigInt({ min: 0n, max: COUNT_BOUND - 1n })])) as Record<
      Band,
      fc.Arbitrary<bigint>
    >,
  );

  test("five counts below 2^32 are read back from it, so no other five give it", () => {
    fc.assert(
      fc.property(counts, (each) => {
        const packed = packCounts(each);
        expect(packed).toBeLessThan(FIELD_ORDER);
        for (const [k, band] of BANDS.entries())
          expect((packed >> BigInt(32 * k)) & (COUNT_BOUND - 1n)).toBe(each[band]);
      }),
    );
  });

  test("a carry between counts has no published form: 2^32 of one band for one of the next, or a negative count", () => {
    const honest = { bankrupt: 1n, liquidation: 2n, reduceOnly: 3n, marginCall: 4n, free: 5n };
    for (const [k, band] of BANDS.slice(0, 4).entries()) {
      const next = BANDS[k + 1]!;
      const carried = { ...honest, [band]: honest[band] + COUNT_BOUND, [next]: honest[next] - 1n };
      const borrowed = { ...honest, [band]: honest[band] - COUNT_BOUND, [next]: honest[next] + 1n };
      expect(() => packCounts(carried)).toThrow(RangeError);
      expect(() => packCounts(borrowed)).toThrow(RangeError);
    }
  });
});
