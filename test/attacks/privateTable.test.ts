import { beforeAll, describe, expect, test } from "vitest";
import { sub } from "../../src/field/element.js";
import { FIELD_ORDER } from "../../src/field/order.js";
import { canonicalMarketDigest, compileTable } from "../../src/market/index.js";
import type { AccountRecord, Batch } from "../../src/protocol/accountRecord.js";
import { RATE_BITS } from "../../src/protocol/constants.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { toRecord } from "../../src/protocol/fitShape.js";
import { foldTable, privateColumnsHash, stepRows } from "../../src/protocol/fold.js";
import { NO_STEP, type RateStep } from "../../src/protocol/rates.js";
import { epochParts, type SecretRates, type Step } from "../../src/prover/epochInputs.js";
import { openPrivateMarket, PRIVATE_MODEL, privateMarket, privateShape } from "../support/privateMarket.js";
import { batches, plainShape, tableShape, tinyEpoch, tinyInputs } from "../support/tinyEpoch.js";
import { withLie } from "./supportBook.js";
import { attackedCircuit } from "./supportCircuit.js";
import { bookPadding, type Lies, lyingEpoch } from "./supportLyingEpoch.js";
import { altered, type CheatingProver, cheatingProver, type Forced, flatten } from "./supportWitness.js";

/** Attacks on the private table step, whose rates the verifier can't see. */
const { market, rules } = privateMarket();
const { table } = rules;
const secret: SecretRates = { ...rules, shape: privateShape };
const evaluator = new Evaluator(table);

const record = (holdings: Readonly<Record<string, bigint>>, tag: bigint): AccountRecord =>
  toRecord(table, plainShape, evaluator.evaluate(new Map(Object.entries(holdings))), tag);

/** A balanced book in both secret perpetuals: BTC-PERP in its second bracket, ETH-PERP in its third. */
const book: Batch[] = batches(
  [
    plainShape,
    [
      record({ USDT: 90_000_000_000n, "BTC-PERP": -1000n, "ETH-PERP": 7000n }, 11n),
      record({ USDT: 9_000_000_000n, "BTC-PERP": 1000n }, 12n),
    ],
  ],
  [plainShape, [record({ USDT: 70_000_000_000n, "ETH-PERP": -7000n }, 13n)]],
);

const overrides = { table, secret, marketDigest: canonicalMarketDigest(market) };
let steps: Step[];
let prover: CheatingProver;

beforeAll(async () => {
  ({ steps } = await tinyEpoch(book, overrides));
  prover = cheatingProver(await attackedCircuit(privateShape));
});

/** The first private step (lanes BTC-PERP long and short, ETH-PERP long) and the second (ETH-PERP short). */
const privateStep = (which: 0 | 1): Step => steps.filter(({ instance }) => instance === privateShape)[which]!;

function attack(which: 0 | 1, changes: Readonly<Record<string, bigint>>, forced: Forced = {}) {
  const step = privateStep(which);
  const witness = prover.solve(altered(step.input, changes), forced);
  return { broken: prover.broken(witness), signals: prover.signals(witness), honest: step.signals };
}

/** Expects at least one broken constraint, and that each mentions a signal that matches. */
function expectBroken(broken: readonly (readonly string[])[], about: RegExp): void {
  expect(broken.length).toBeGreaterThan(0);
  for (const signals of broken) expect(signals.join(" ")).toMatch(about);
}

const honestValue = (which: 0 | 1, name: string): bigint => flatten(privateStep(which).input).get(name)!;

test("the honest inputs pass, with the public signals computed outside; padding in both steps", () => {
  const parts = epochParts({ table, tableShape, secret });
  expect(parts.map(({ private: p, first, end, size }) => [p, first, end, size])).toEqual([
    [false, 0, 16, 16],
    [false, 16, 26, 16],
    [true, 26, 38, 16],
    [true, 38, 44, 16],
  ]);
  for (const which of [0, 1] as const) {
    const { broken, signals, honest } = attack(which, {});
    expect(broken).toEqual([]);
    expect(signals).toEqual(honest);
  }
});

describe("rates", () => {
  test("rates other than committed: the commitment shows it, whatever the blinding", () => {
    for (const name of ["maintenanceStep[1]", "initialStep[2]", "rulesBlinding", "initialStep[15]"]) {
      const { broken, signals, honest } = attack(0, { [name]: honestValue(0, name) + 1n });
      expect(broken).toEqual([]);
      expect(signals[2]).not.toBe(honest[2]);
    }
  });

  test.each([
    ["a maintenance rate that falls by 1", "maintenanceStep[1]", -1n],
    ["a maintenance rate that falls by the field's wrap", "maintenanceStep[2]", FIELD_ORDER - 488n],
    ["an initial rate that falls", "initialStep[1]", -1n],
    ["a step of 2^18", "initialStep[2]", 1n << BigInt(RATE_BITS)],
    ["a negative first rate", "maintenanceStep[0]", -437n],
  ])("%s: not in range", (_, name, value) => {
    const { broken } = attack(0, { [name]: value });
    expectBroken(broken.slice(0, 1), /rates\.(pack\.bits|maintenanceBits|initialBits|excess)/);
  });

  test("an initial rate below the maintenance rate, in the first bracket and in a later one: the excess is not in range", () => {
    for (const row of [0, 1, 8]) {
      const excess = prover.valueOf(privateStep(0).input, `rates.excess[${row}]`);
      const name = `maintenanceStep[${row}]`;
      const { broken } = attack(0, { [name]: honestValue(0, name) + excess + 1n });
      expectBroken(broken, /rates\.excess/);
    }
  });

  test("the excess written otherwise than its sum", () => {
    expectBroken(attack(0, {}, { "rates.excess[1]": 0n }).broken, /rates\.excess/);
  });

  test("a lane that inherits the rates of the one before it: the first-row flag is a public column", () => {
    // Row 3 is the first of BTC-PERP short.
    expect(honestValue(0, "laneFirst[3]")).toBe(1n);
    expectBroken(attack(0, { "laneFirst[3]": 0n }).broken.slice(0, 1), /columnsHash/);
    expect(attack(0, { "laneFirst[3]": 2n }).broken.length).toBeGreaterThan(0);
  });

  test.each([
    "rates.rate[2]",
    "rates.less[2]",
    "rates.step[1]",
    "rates.lessStep[1]",
    "required[1]",
    "gained[1]",
  ])("%s forged", (name) => {
    const value = prover.valueOf(privateStep(0).input, name);
    expect(attack(0, {}, { [name]: value + 1n }).broken.length).toBeGreaterThan(0);
  });
});

describe("public columns", () => {
  test.each(["lookupValue", "gain", "notional", "lo", "laneFirst"])("%s altered in a row", (column) => {
    for (const row of [0, 4, 15]) {
      const name = `${column}[${row}]`;
      const value = honestValue(0, name);
      const { broken } = attack(0, { [name]: column === "laneFirst" ? 1n - value : value + 1n });
      expectBroken(broken.slice(0, 1), /columnsHash/);
    }
  });

  test("the lookup value of another lane, and the notional of another row", () => {
    const swapped = (name: string) => ({
      [`${name}[1]`]: honestValue(0, `${name}[7]`),
      [`${name}[7]`]: honestValue(0, `${name}[1]`),
    });
    for (const name of ["lookupValue", "notional"])
      expectBroken(attack(0, swapped(name)).broken, /columnsHash/);
  });

  test("the hash covers every column, order and padding", () => {
    const { hasher } = tinyInputs(book);
    const [, , part] = epochParts({ table, tableShape, secret });
    const rows = stepRows(foldTable(table, { beta: 5n, gamma: 7n }), part!);
    const hash = privateColumnsHash(hasher, rows);
    expect(privateColumnsHash(hasher, [rows[1]!, rows[0]!, ...rows.slice(2)])).not.toBe(hash);
    for (const name of ["lookupValue", "gain", "notional", "lo"] as const) {
      const changed = rows.map((row, i) => (i === 15 ? { ...row, [name]: row[name] + 1n } : row));
      expect(privateColumnsHash(hasher, changed)).not.toBe(hash);
    }
    // What is secret has no part in it.
    const open = compileTable(market);
    expect(privateColumnsHash(hasher, stepRows(foldTable(open, { beta: 5n, gamma: 7n }), part!))).toBe(hash);
  });

  test("padding rows of all steps differ: no count can be booked in one and taken back in another", () => {
    const folded = foldTable(table, { beta: 5n, gamma: 7n });
    const values = epochParts({ table, tableShape, secret }).flatMap((part) =>
      stepRows(folded, part).map((row) => row.lookupValue),
    );
    expect(values).toHaveLength(64);
    expect(new Set(values).size).toBe(64);
  });
});

describe("a step's place", () => {
  test("run over the other step's rows or rates: public columns and commitment", () => {
    const [first, second] = [privateStep(0), privateStep(1)];
    const rates = ["maintenanceStep", "initialStep", "rulesBlinding"];
    const moved = Object.fromEntries(rates.map((name) => [name, second.input[name]!]));
    const witness = prover.solve({ ...first.input, ...moved });
    expect(prover.broken(witness)).toEqual([]);
    expect(prover.signals(witness)[2]).toBe(second.signals[2]);
    expect(prover.signals(witness)).not.toEqual(first.signals);
    const columns = ["lookupValue", "gain", "notional", "lo", "laneFirst"];
    const rows = Object.fromEntries(columns.map((name) => [name, second.input[name]!]));
    expectBroken(prover.broken(prover.solve({ ...first.input, ...rows })), /columnsHash/);
  });

  test("in another epoch the commitments are the same, and no other public signal of its own", async () => {
    const later = privateMarket(PRIVATE_MODEL, openPrivateMarket(["61000.5", "2900.5"]));
    expect(later.market.privateRules).toEqual(market.privateRules);
    const other = await tinyEpoch(book, {
      ...overrides,
      names: { exchange: "tiny exchange", epoch: "2026-11-24T08", time: "2026-11-24T08:00:00Z" },
    });
    const [here, there] = [steps, other.steps].map((all) => all.at(-1)!.signals);
    expect(there![2]).toBe(here![2]);
    const forged = prover.solve(privateStep(1).input);
    forged.splice(1, there!.length, ...there!);
    expect(prover.broken(forged).length).toBeGreaterThan(0);
  });

  test("each public signal of a witness is bound: none can be rewritten alone", () => {
    for (const which of [0, 1] as const) {
      const witness = prover.solve(privateStep(which).input);
      privateStep(which).signals.forEach((_, i) => {
        const forged = [...witness];
        forged[1 + i] = (forged[1 + i]! + 1n) % FIELD_ORDER;
        expect(prover.broken(forged).length, prover.circuit.proved.names[1 + i]).toBeGreaterThan(0);
      });
    }
  });

  test("a result hidden in the state after the step, and another state before it", () => {
    expect(attack(0, {}, { "rows.after.state[7]": 0n }).broken.length).toBeGreaterThan(0);
    for (const i of [0, 1, 5]) {
      const name = `state[${i}]`;
      expectBroken(attack(0, { [name]: honestValue(0, name) + 1n }).broken, /before\.sponge/);
    }
  });
});

describe("statements", () => {
  const caught = async (lying: readonly Batch[], expected: readonly string[], lies: Partial<Lies> = {}) =>
    expect((await lyingEpoch(lying, { table, secret, ...lies })).caught).toEqual(expected);

  test("the honest book passes", () => caught(book, []));

  test.each<[string, (a: AccountRecord) => Partial<AccountRecord>]>([
    ["maintenance one unit down", (a) => ({ maintenance: a.maintenance - 1n })],
    ["initial one ten-thousandth of a unit down", (a) => ({ initial: a.initial - 1n })],
    ["equity one unit up", (a) => ({ equity: a.equity + 1n })],
  ])("%s: balance, against rates that nobody sees", (_, lie) =>
    caught(
      withLie(book, 0, 1, (a) => ({ ...a, ...lie(a) })),
      ["end: balance"],
    ),
  );

  test("a position in a lower bracket than it belongs to, at that bracket's secret rates: lookup", () => {
    const low =
      table.rows[table.lanes.find((l) => l.instrument === "BTC-PERP" && l.side === "long")!.firstRow]!;
    return caught(
      withLie(book, 0, 1, (a) => ({
        ...a,
        bracketed: a.bracketed.map((slot) =>
          slot.key === low.key + 1 ? { key: low.key, offset: 1000n, complement: 0n } : slot,
        ),
        maintenance: low.slope * 1000n,
        initial: 10_000n * low.initialSlope * 1000n,
      })),
      ["end: lookup"],
    );
  });

  test("lower rates proved than committed, accounts to match: the commitment", async () => {
    const lower: RateStep[] = secret.steps.map((step) =>
      step === NO_STEP ? step : { ...step, maintenance: 1n },
    );
    const { caught: by } = await lyingEpoch(book, { table, secret, ratesAfterwards: lower });
    expect(by).toEqual(["step 4: public signals", "step 5: public signals", "end: balance"]);
  });

  test.each(["count", "offsets"] as const)(
    "%s booked in one padding row and taken back in another: lookup",
    (column) =>
      caught(book, ["end: lookup"], {
        rowSums: (sums) =>
          bookPadding(sums, column, (part) => {
            if (!part.private) return 0n;
            return part.first === 26 ? 5n : sub(0n, 5n);
          }),
        quantities: (lanes) => {
          if (column === "count") return;
          const last = lanes.length - 1;
          lanes[last - 1]! += 5n;
          lanes[last]! -= 5n;
        },
      }),
  );
});
