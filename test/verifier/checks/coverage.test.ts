import { describe, expect, test } from "vitest";
import type { Market } from "../../../src/market/index.js";
import type { InstanceOf } from "../../../src/protocol/circuits.js";
import type { RiskTable } from "../../../src/protocol/riskTable.js";
import type { Statement } from "../../../src/protocol/statement.js";
import type { BundleParts } from "../../../src/verifier/bundle.js";
import { checkCoverage } from "../../../src/verifier/checks/coverage.js";
import type { TrustedKeys } from "../../../src/verifier/checks/trustedKeys.js";
import type { VerifyingKey } from "../../../src/verifier/groth16/verifyingKey.js";
import { stepList } from "../../../src/verifier/stepList.js";
import { tinyMarket, tinyTable } from "../../support/tinyMarket.js";
import { toyKey, toyProof } from "../groth16/toy.js";

type TableStep = InstanceOf<"table" | "privateTable">;
const key = undefined as unknown as VerifyingKey;
const line = { stateOut: `0x${"0".repeat(63)}7`, proof: toyProof(toyKey(1, 0), [], 1) };
const table = (rows: number): TableStep => ({ id: `table-r${rows}`, template: "table", rows });
const secretTable = (rows: number): TableStep => ({
  id: `private-table-r${rows}`,
  template: "privateTable",
  rows,
});
const account = (stress: number) => ({
  shape: {
    id: "accounts",
    template: "accounts",
    accounts: 2,
    bracketed: 2,
    flat: 2,
    groups: 0,
    scenarios: 0,
    stress,
  } as const,
  key,
});

/** Coverage of one batch and these table steps, `more` lines too many. */
function check(
  steps: readonly TableStep[],
  {
    stress = [tinyTable.stressNames.length],
    more = 0,
    of = tinyTable,
    market = tinyMarket,
  }: { stress?: number[]; more?: number; of?: RiskTable; market?: Market } = {},
) {
  const keys: TrustedKeys = {
    batches: stress.map(account),
    tableSteps: steps.map((shape) => ({ shape, key })),
  };
  const statement = { batches: keys.batches, tableSteps: keys.tableSteps } as unknown as Statement;
  const lines = Array<unknown>(Math.max(0, stress.length + steps.length + more)).fill(line);
  return checkCoverage(stepList({ steps: lines } as unknown as BundleParts), statement, market, of, keys);
}

const code = (name: string) => expect.objectContaining({ code: name });
const ROWS = tinyTable.rows.length;
const HALF = Math.ceil(ROWS / 2);

/** The tiny table with the rates of its last lane secret. */
const last = tinyTable.lanes.at(-1)!;
const secret: RiskTable = {
  ...tinyTable,
  rows: tinyTable.rows.map((row, i) => (i < last.firstRow ? row : { ...row, notional: 1n })),
};
const committed = (count: number): Market => ({
  ...tinyMarket,
  privateRules: { rowsPerStep: 16, commitments: Array<string>(count).fill(line.stateOut) },
});

describe("steps cover the statement", () => {
  test("one for each batch and each part of the table", () => {
    const { value, detail } = check([table(HALF), table(HALF)]);
    expect(value.states).toHaveLength(3);
    expect(value.parts.map(({ first, end }) => [first, end])).toEqual([
      [0, HALF],
      [HALF, ROWS],
    ]);
    expect(detail).toBe("1 account steps, 2 table steps");
    expect(check([table(ROWS)], { stress: [2, 3] }).value.states).toHaveLength(3);
  });

  test.each([-1, 1])("%s lines more than the statement lists", (more) => {
    expect(() => check([table(ROWS)], { more })).toThrow(code("STEP_COUNT"));
  });

  test("no batch has fewer stress places than the market has scenarios, the last one neither", () => {
    expect(() => check([table(ROWS)], { stress: [1, 2] })).toThrow(code("SHAPE_STRESS"));
    expect(() => check([table(ROWS)], { stress: [2, 1] })).toThrow(code("SHAPE_STRESS"));
  });

  test.each<[string, TableStep[]]>([
    ["one too few", [table(HALF)]],
    ["one too many", [table(ROWS), table(ROWS)]],
    ["a larger one after a smaller", [table(HALF), table(HALF + 1)]],
    ["a smaller one after a larger", [table(ROWS - 1), table(1)]],
    ["one for secret rates, of the right size", [secretTable(ROWS)]],
    ["one for secret rates among the public ones", [table(HALF), secretTable(HALF)]],
  ])("a table cut otherwise: %s", (_, steps) => {
    expect(() => check(steps)).toThrow(code("TABLE_COVERAGE"));
  });

  test("no table step at all: the first says how many rows each takes", () => {
    expect(() => check([])).toThrow("a table step has room for no row");
  });

  describe("rows with secret rates", () => {
    const PUBLIC = table(last.firstRow);
    test("have no step in a market that says nothing of secret rates", () => {
      expect(() => check([PUBLIC, secretTable(16)], { of: secret })).toThrow(
        "a private table step has no room for a lane",
      );
    });

    test("have a private step of their own, with a commitment", () => {
      const market = committed(1);
      const { parts } = check([PUBLIC, secretTable(16)], { of: secret, market }).value;
      expect(parts.map(({ private: hidden, first }) => [hidden, first])).toEqual([
        [false, 0],
        [true, last.firstRow],
      ]);
    });

    test.each([0, 2])("%i commitments for one step", (count) => {
      const steps = [PUBLIC, secretTable(16)];
      expect(() => check(steps, { of: secret, market: committed(count) })).toThrow(code("TABLE_COVERAGE"));
    });

    test.each<[string, TableStep[]]>([
      ["a public step", [PUBLIC, table(16)]],
      ["a private step of another size", [PUBLIC, secretTable(17)]],
      ["none", [PUBLIC]],
    ])("are not covered by %s", (_, steps) => {
      expect(() => check(steps, { of: secret, market: committed(1) })).toThrow(code("TABLE_COVERAGE"));
    });

    test("commitments for a table without any", () => {
      expect(() => check([table(ROWS)], { market: committed(1) })).toThrow(code("TABLE_COVERAGE"));
    });
  });
});
