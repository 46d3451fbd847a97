import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { readR1csHeader } from "../../src/keys/iden3/r1cs.js";
import { readSymbols } from "../../src/keys/iden3/symbols.js";
import { instanceFiles } from "../../src/keys/instanceFiles.js";
import { BANDS } from "../../src/protocol/bands.js";
import { circuitOf, signalNames } from "../../src/protocol/circuits.js";
import * as constants from "../../src/protocol/constants.js";
import {
  columnsRole,
  leafRole,
  privateColumnsRole,
  ROLE_NODE,
  ROLE_STATE,
  ratesRole,
  totalsRole,
  weightsRole,
} from "../../src/protocol/roles.js";
import type { AccountShape } from "../../src/protocol/shapes.js";
import { STATE_PLACES, stateVector, ZERO_STATE } from "../../src/protocol/state.js";
import { TEST_KEYS } from "../support/circuit.js";
import { privateShape } from "../support/privateMarket.js";
import { plainShape, tableShape } from "../support/tinyEpoch.js";

/** Mutation testing puts a changed copy here (scripts/circuitMutants.ts). */
const CIRCUITS = process.env.MARGINPROOF_CHANGED_CIRCUITS ?? join(PACKAGE_ROOT, "circuits");

/** The value that a constant function of a circuit file returns. */
function circomConstant(file: string, name: string): bigint {
  const text = readFileSync(join(CIRCUITS, "lib", file), "utf8");
  const found = new RegExp(`function ${name}\\(\\) \\{ return (\\d+)(?: << (\\d+))?; \\}`).exec(text);
  if (found === null) throw new Error(`${file} has no constant ${name}`);
  return BigInt(found[1]!) << BigInt(found[2] ?? 0);
}

describe("circuits and TypeScript carry the same numbers", () => {
  test.each([
    ["KEY_BITS", BigInt(constants.KEY_BITS)],
    ["BRACKET_BITS", BigInt(constants.BRACKET_BITS)],
    ["QUANTITY_BITS", BigInt(constants.QUANTITY_BITS)],
    ["RATE_BITS", BigInt(constants.RATE_BITS)],
    ["VALUE_BITS", BigInt(constants.VALUE_BITS)],
    ["GROUP_BITS", BigInt(constants.GROUP_BITS)],
    ["WORD_BITS", BigInt(constants.WORD_BITS)],
    ["NULL_GROUP_TOP", BigInt(constants.NULL_GROUP_TOP)],
    ["FLAT_MARK", constants.FLAT_MARK],
    ["INITIAL_SCALE", constants.INITIAL_SCALE],
    ["FIRST_GAP_BITS", BigInt(constants.FIRST_GAP_BITS)],
    ["SECOND_GAP_BITS", BigInt(constants.SECOND_GAP_BITS)],
    ["BANDS", BigInt(BANDS.length)],
    ["COUNT_BITS", BigInt(constants.COUNT_BITS)],
    ["MAX_STRESS", BigInt(constants.MAX_STRESS)],
    ["PART_BITS", BigInt(constants.PART_BITS)],
    ["CELL_BITS", BigInt(constants.CELL_BITS)],
    ["FACTOR_BITS", BigInt(constants.FACTOR_BITS)],
    ["MAX_PART_SLOTS", BigInt(constants.MAX_PART_SLOTS)],
    ["NULL_PART_TOP", BigInt(constants.NULL_PART_TOP)],
    ["NULL_LANES", BigInt(constants.NULL_LANES)],
    ["MAX_SLOTS", BigInt(constants.MAX_SLOTS)],
    ["MAX_SHAPE_GROUPS", BigInt(constants.MAX_SHAPE_GROUPS)],
    ["DEEP_BRACKET_BITS", BigInt(constants.DEEP_BRACKET_BITS)],
    ["DEEP_MARK", constants.DEEP_MARK],
  ])("%s", (name, value) => {
    expect(circomConstant("bounds.circom", name)).toBe(value);
  });

  const noShape = {
    id: "",
    template: "accounts",
    accounts: 0,
    bracketed: 0,
    flat: 0,
    groups: 0,
    scenarios: 0,
    stress: 0,
  } as const;
  test.each([
    ["ROLE_LEAF", leafRole(noShape)],
    ["ROLE_NODE", ROLE_NODE],
    ["ROLE_STATE", ROLE_STATE],
    ["ROLE_COLUMNS", columnsRole(0)],
    ["ROLE_PRIVATE_COLUMNS", privateColumnsRole(0)],
    ["ROLE_RULES", ratesRole(0)],
    ["ROLE_TOTALS", totalsRole(0)],
    ["ROLE_WEIGHTS", weightsRole(0)],
  ])("%s", (name, value) => {
    expect(circomConstant("roles.circom", name)).toBe(value);
  });

  test("no shape's number reaches from one use of the sponge to another", () => {
    const largest: AccountShape = {
      ...noShape,
      bracketed: constants.MAX_SLOTS,
      flat: constants.MAX_SLOTS,
      groups: constants.MAX_SHAPE_GROUPS,
      scenarios: constants.MAX_SCENARIOS,
      stress: constants.MAX_STRESS,
      deep: 1,
      parts: constants.MAX_PART_SLOTS,
    };
    const roles = [columnsRole, privateColumnsRole, ratesRole, totalsRole, weightsRole].map((role) =>
      role(0),
    );
    const starts = [leafRole(noShape), ROLE_NODE, ROLE_STATE, ...roles].sort((x, y) => (x < y ? -1 : 1));
    expect(leafRole(largest) - leafRole(noShape)).toBeLessThan(1n << 64n);
    for (const [i, start] of starts.slice(1).entries()) expect(start - starts[i]!).toBeGreaterThan(1n << 64n);
  });

  test("every shape has a number of its own", () => {
    const places = ["bracketed", "flat", "groups", "scenarios", "stress", "deep", "parts"] as const;
    const most = [1024, 1024, 96, 255, 4, 1, 31];
    const shapes = places.flatMap((place, at) =>
      [1, 2, 31, 255, 256, 257, 512, 1023, 1024]
        .filter((n) => n <= most[at]!)
        .map((n) => ({ ...noShape, [place]: n })),
    );
    const pairs = shapes.flatMap((one) => shapes.map((other) => ({ ...one, ...other, deep: 1 })));
    const all = [noShape, ...shapes, ...pairs];
    const texts = new Set(
      all.map((shape) => JSON.stringify(places.map((place) => (shape as AccountShape)[place] ?? 0))),
    );
    expect(new Set(all.map((shape) => leafRole(shape))).size).toBe(texts.size);
  });

  test.each([[plainShape], [tableShape], [privateShape]])(
    "public signals of $id stand in the order of the compiler's symbol file",
    async ({ id, template }) => {
      const files = instanceFiles(TEST_KEYS, id);
      const symbols = await readSymbols(files.sym);
      const { publicOutputCount, publicInputCount } = await readR1csHeader(files.r1cs);
      expect(publicOutputCount + publicInputCount).toBe(signalNames(template).length);
      expect(publicOutputCount).toBe(circuitOf(template).outputs.length);
      signalNames(template).forEach((name, at) => {
        expect(symbols.filter(({ wire }) => wire === at + 1).map((symbol) => symbol.name)).toContain(
          `main.${name}`,
        );
      });
    },
  );

  test.each(STATE_PLACES.map((place, at) => [place, at] as const))(
    "place %s of the hidden state",
    (place, at) => {
      const name = place.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
      expect(circomConstant("state.circom", `AT_${name}`)).toBe(BigInt(at));
    },
  );

  test("the hidden state has these places, each by its name, then one a stress scenario", () => {
    const marked = stateVector({
      lookup: 1n,
      balance: 2n,
      lanes: 3n,
      totals: {
        ...ZERO_STATE.totals,
        bands: { ...ZERO_STATE.totals.bands, bankrupt: 4n },
        positiveEquity: 5n,
        badDebt: 6n,
        maintenance: 7n,
        shortfall: 8n,
        initial: 9n,
        stressBadDebt: [10n, 11n, 12n, 13n],
      },
    });
    expect(marked).toEqual(Array.from({ length: 13 }, (_, i) => BigInt(i + 1)));
    expect(STATE_PLACES.length - 1 + constants.MAX_STRESS).toBe(marked.length);
  });
});
