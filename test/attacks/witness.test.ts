import { beforeAll, describe, expect, test } from "vitest";
import { fromSigned, inverse, mul } from "../../src/field/element.js";
import { FIELD_ORDER } from "../../src/field/order.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { columnsHash, foldTable, stepRows } from "../../src/protocol/fold.js";
import { emptyAccount } from "../../src/protocol/leaf.js";
import { tableParts } from "../../src/protocol/tableParts.js";
import type { Step } from "../../src/prover/epochInputs.js";
import { groupShape, plainShape, tableShape, tinyEpoch } from "../support/tinyEpoch.js";
import { tinyTable } from "../support/tinyMarket.js";
import { honestBook, withLie } from "./supportBook.js";
import { attackedCircuit } from "./supportCircuit.js";
import { lyingEpoch } from "./supportLyingEpoch.js";
import { altered, type CheatingProver, cheatingProver, type Forced, flatten } from "./supportWitness.js";

/**
 * Attacks on one step: a hand-written witness, with everything that depends on the lie recomputed. Each expectation
 * names what every broken constraint speaks about.
 */
let steps: Step[];
let provers: Record<"plain" | "group" | "table", CheatingProver>;

beforeAll(async () => {
  ({ steps } = await tinyEpoch(honestBook()));
  const prover = async (shape: Parameters<typeof attackedCircuit>[0]) =>
    cheatingProver(await attackedCircuit(shape));
  provers = {
    plain: await prover(plainShape),
    group: await prover(groupShape),
    table: await prover(tableShape),
  };
});

/** The kinds of step: batch 0 (plain), batch 1 (groups), the first and the second table step. */
const KINDS = {
  plain: ["plain", 0],
  group: ["group", 1],
  table: ["table", 2],
  lastTable: ["table", 3],
} as const;

function attack(kind: keyof typeof KINDS, changes: Readonly<Record<string, bigint>>, forced: Forced = {}) {
  const [name, index] = KINDS[kind];
  const prover = provers[name];
  const step = steps[index]!;
  const witness = prover.solve(altered(step.input, changes), forced);
  return { broken: prover.broken(witness), signals: prover.signals(witness), honest: step.signals };
}

/** Mutation testing has the circuits judged as they are written (supportCircuit.ts), where digits are wires of their own. */
const AS_WRITTEN = process.env.MARGINPROOF_CHANGED_CIRCUITS !== undefined;

/** Expects at least one broken constraint, and that each mentions a signal that matches. */
function expectBroken(broken: readonly (readonly string[])[], about: RegExp): void {
  expect(broken.length).toBeGreaterThan(0);
  const named = AS_WRITTEN ? new RegExp(`${about.source}|\\.digits\\.`) : about;
  for (const signals of broken) expect(signals.join(" ")).toMatch(named);
}

const honestValue = (kind: keyof typeof KINDS, name: string): bigint =>
  flatten(steps[KINDS[kind][1]]!.input).get(name)!;

test("the honest inputs pass in every circuit, with the public signals computed outside", () => {
  for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[]) {
    const { broken, signals, honest } = attack(kind, {});
    expect(broken).toEqual([]);
    expect(signals).toEqual(honest);
  }
});

describe("ranges: no limb of the packing overflows", () => {
  const limbs: [string, "plain" | "group", number][] = [
    ["bracketedKey[0][0]", "group", 16],
    ["bracketedOffset[0][0]", "group", 52],
    ["bracketedComplement[0][0]", "group", 52],
    ["flatKey[0][1]", "group", 16],
    ["flatOffset[0][1]", "group", 52],
    ["groupId[0][0]", "group", 12],
    ["groupWorst[0][0]", "group", 72],
    ["groupSlack[0][0][0]", "group", 72],
    ["groupSlack[0][0][3]", "group", 72],
    ["stressMagnitude[0][0]", "group", 72],
    ["stressMagnitude[0][1]", "group", 72],
    ["bracketedOffset[1][1]", "plain", 52],
  ];
  const bits = /\.bits\[|worstLoss\[0\]\.product/;

  test.each(limbs)(
    "%s of the %s shape at 2^%d, at p - 1 and that far above its value",
    (name, kind, width) => {
      const honest = honestValue(kind, name);
      const bound = 1n << BigInt(width);
      for (const value of [bound, FIELD_ORDER - 1n, honest + bound]) {
        expectBroken(attack(kind, { [name]: value }).broken.slice(0, 1), bits);
      }
    },
  );

  test("a digit above 1 that keeps the sum", () => {
    // 2 in one digit for 1 in the next: the number stays, the committed string would not.
    const key = honestValue("group", "bracketedKey[0][0]");
    expect(key).toBe(256n);
    const { broken } = attack(
      "group",
      {},
      {
        "accounts[0].committed.bracketed[0].keyBits.digits.out[8]": 0n,
        "accounts[0].committed.bracketed[0].keyBits.digits.out[7]": 2n,
      },
    );
    expectBroken(broken, /accounts\[0\]\.committed\.bracketed\[0\]\.bits\[7\]/);
  });

  test("digits of -1 and p: the number p + a has digits only with a digit that is not binary", () => {
    const { broken } = attack(
      "group",
      {},
      { "accounts[0].committed.flat[1].offsetBits.digits.out[0]": FIELD_ORDER - 2n },
    );
    expectBroken(broken, /accounts\[0\]\.committed\.flat\[1\]\.bits/);
  });

  test("a negative quantity: the offset -1 and the complement width + 1", () => {
    const width =
      honestValue("group", "bracketedOffset[0][0]") + honestValue("group", "bracketedComplement[0][0]");
    const { broken } = attack("group", {
      "bracketedOffset[0][0]": -1n,
      "bracketedComplement[0][0]": width + 1n,
    });
    expectBroken(broken, /accounts\[0\]\.committed\.bracketed\[0\]\.bits/);
  });

  test("an offset one beyond the width, with the complement -1", () => {
    const width =
      honestValue("group", "bracketedOffset[0][0]") + honestValue("group", "bracketedComplement[0][0]");
    const { broken } = attack("group", {
      "bracketedOffset[0][0]": width + 1n,
      "bracketedComplement[0][0]": -1n,
    });
    expectBroken(broken, /accounts\[0\]\.committed\.bracketed\[0\]\.bits/);
  });

  test("a bracketed slot that reaches the flat mark: a + c would have to be 2^53", () => {
    const { broken } = attack("group", {
      "bracketedKey[0][0]": 1n,
      "bracketedOffset[0][0]": 5n,
      "bracketedComplement[0][0]": (1n << 53n) - 5n,
    });
    expectBroken(broken, /accounts\[0\]\.committed\.bracketed\[0\]\.bits/);
  });

  test("group number -1", () => {
    expectBroken(
      attack("group", { "groupId[0][0]": -1n }).broken,
      /accounts\[0\]\.committed\.groups\[0\]\.bits/,
    );
  });
});

describe("signs", () => {
  const value = (): bigint => {
    const [negative, magnitude] = ["Negative", "Magnitude"].map((part) =>
      honestValue("plain", `stress${part}[1][0]`),
    ) as [bigint, bigint];
    return negative === 1n ? -magnitude - 1n : magnitude;
  };
  const shown = (negative: bigint, magnitude: bigint) => ({
    "stressNegative[1][0]": negative,
    "stressMagnitude[1][0]": magnitude,
  });

  test("sign flipped with the magnitude p-complemented, so that the value stays", () => {
    expect(value()).toBeLessThan(0n);
    expectBroken(attack("plain", shown(0n, value())).broken, /stress\[0\]\.bits|pack\.bits/);
  });

  test("a sign of 2, with a magnitude that keeps the value", () => {
    // value = m - 2 n m - n with n = 2: m = -(value + 2) / 3.
    const third = mul(fromSigned(-value() - 2n), inverse(3n));
    expectBroken(attack("plain", shown(2n, third)).broken.slice(0, 1), /Negative|bits/);
    expectBroken(attack("plain", { "stressNegative[1][0]": 2n }).broken, /Negative/);
  });

  test("two zeros: -0 does not exist", () => {
    // (1, 0) is -1, not 0: changing only the sign of a zero changes the value, and with it the leaf.
    const { broken, signals, honest } = attack("plain", shown(1n, 0n));
    expect(broken).toEqual([]);
    expect(signals[0]).not.toBe(honest[0]);
  });
});

describe("worst loss of a group", () => {
  const gains = (): bigint[] =>
    [0, 1, 2, 3].map(
      (s) => honestValue("group", `groupSlack[0][0][${s}]`) - honestValue("group", "groupWorst[0][0]"),
    );
  const shifted = (by: bigint): Record<string, bigint> => {
    const worst = honestValue("group", "groupWorst[0][0]") + by;
    return {
      "groupWorst[0][0]": worst,
      ...Object.fromEntries(gains().map((gain, s) => [`groupSlack[0][0][${s}]`, worst + gain])),
    };
  };

  test("one unit below: the worst scenario's slack is -1", () => {
    expectBroken(
      attack("group", shifted(-1n)).broken,
      /accounts\[0\]\.(committed\.groups|worstLoss)\[0\]\.(bits|product)/,
    );
  });

  test("zero: every losing scenario's slack is negative", () => {
    expectBroken(
      attack("group", shifted(-honestValue("group", "groupWorst[0][0]"))).broken,
      /accounts\[0\]\.committed\.groups\[0\]\.bits/,
    );
  });

  test("one unit above: the product of slacks is not 0, whatever is written for it", () => {
    expectBroken(attack("group", shifted(1n)).broken, /accounts\[0\]\.worstLoss\[0\]\.product/);
    expectBroken(
      attack("group", shifted(1n), { "accounts[0].worstLoss[0].product[2]": 0n }).broken,
      /accounts\[0\]\.worstLoss\[0\]\.product/,
    );
  });

  test("a forged inverse of gamma - id moves the fold", () => {
    expectBroken(
      attack("group", {}, { "accounts[0].equation.groups[0].inverse": 1n }).broken,
      /accounts\[0\]\.equation\.groups\[0\]\.inverse/,
    );
    expectBroken(
      attack("group", {}, { "accounts[0].equation.groups[0].inverse": 0n }).broken,
      /accounts\[0\]\.equation\.groups\[0\]\.inverse/,
    );
  });
});

describe("padding", () => {
  test("an account with holdings not counted: every word must be the empty account's", () => {
    const { broken } = attack("plain", { "counted[0]": 0n });
    expectBroken(broken, /accounts\[0\]|counted\[0\]/);
  });

  test("counted neither 0 nor 1", () => {
    for (const value of [2n, FIELD_ORDER - 1n]) {
      expectBroken(attack("plain", { "counted[0]": value }).broken, /counted/);
    }
  });

  const withPadding = async () => {
    const { steps } = await tinyEpoch(
      honestBook()
        .slice(0, 1)
        .map((b) => ({ ...b, accounts: [b.accounts[0]!, emptyAccount(b.shape, 5n)] })),
    );
    return steps[0]!;
  };

  test.each([
    "flatOffset[1][0]",
    "equity[1]",
    "initial[1]",
    "stressMagnitude[1][1]",
    "bracketedKey[1][1]",
    "flatKey[1][1]",
  ])("padding that differs from the empty account only in %s", async (name) => {
    const { input } = await withPadding();
    const prover = provers.plain;
    expect(flatten(input).get("counted[1]")).toBe(0n);
    expect(prover.broken(prover.solve(input))).toEqual([]);
    const value = flatten(input).get(name)!;
    const broken = prover.broken(prover.solve(altered(input, { [name]: value + 32n })));
    expect(broken.length).toBeGreaterThan(0);
  });

  test("padding that holds nothing but requires something is another leaf, and the balance refuses it", async () => {
    const { input, signals } = await withPadding();
    const prover = provers.plain;
    const witness = prover.solve(altered(input, { "maintenance[1]": 5n }));
    expect(prover.broken(witness)).toEqual([]);
    expect(prover.signals(witness)[0]).not.toBe(signals[0]);
    const book = honestBook().slice(0, 1);
    const lying = withLie(book, 0, 1, ({ tag }) => ({
      ...emptyAccount(book[0]!.shape, tag),
      maintenance: 5n,
    }));
    expect((await lyingEpoch(lying)).caught).toEqual(["end: balance"]);
  });

  test("counting an empty place makes it another leaf", async () => {
    const { input, signals } = await withPadding();
    const prover = provers.plain;
    const witness = prover.solve(altered(input, { "counted[1]": 1n }));
    expect(prover.broken(witness)).toEqual([]);
    expect(prover.signals(witness)[0]).not.toBe(signals[0]);
  });

  test("padding under another tag is another leaf: it can't be told from an account", async () => {
    const { input, signals } = await withPadding();
    const prover = provers.plain;
    const witness = prover.solve(altered(input, { "tag[1]": 6n }));
    expect(prover.broken(witness)).toEqual([]);
    expect(prover.signals(witness)[0]).not.toBe(signals[0]);
  });
});

describe("distinct lanes", () => {
  test("two slots of one lane, with every value for the inverse", () => {
    const same = { "bracketedKey[0][1]": honestValue("plain", "bracketedKey[0][0]") };
    for (const inverse of [0n, 1n, FIELD_ORDER - 1n]) {
      expectBroken(
        attack("plain", same, { "accounts[0].lanes.inverse": inverse }).broken,
        /accounts\[0\]\.lanes\.inverse/,
      );
    }
  });

  test("lanes made to differ by a lie about the lane's number", () => {
    const same = { "bracketedKey[0][1]": honestValue("plain", "bracketedKey[0][0]") };
    expectBroken(
      attack("plain", same, { "accounts[0].committed.bracketed[1].lane": 99n }).broken.slice(0, 1),
      /bracketed\[1\]\.(lane|bits)/,
    );
  });

  test("two null slots of one null lane", () => {
    expectBroken(attack("group", { "bracketedKey[1][0]": 16n }).broken, /accounts\[1\]\.lanes\.inverse/);
  });
});

describe("hidden state", () => {
  const state = /before\.sponge/;

  test.each(Array.from({ length: 13 }, (_, i) => i))(
    "element %d of the state before the step is not the committed one",
    (i) => {
      for (const kind of ["group", "table"] as const) {
        const value = honestValue(kind, `state[${i}]`);
        expectBroken(attack(kind, { [`state[${i}]`]: value + 1n }).broken, state);
      }
    },
  );

  test("another blinding of the state before", () => {
    for (const kind of ["plain", "group", "table"] as const)
      expectBroken(attack(kind, { blindingIn: 77n }).broken, state);
  });

  test("a first state that is not zero: the verifier's stateIn is the commitment of zeros", () => {
    expectBroken(attack("plain", { "state[7]": -1000n }).broken, state);
  });

  test("a result hidden in the state after the step: public stateOut", () => {
    for (const kind of ["plain", "group", "table"] as const) {
      const { broken, signals, honest } = attack(kind, { blindingOut: 5n });
      expect(broken).toEqual([]);
      expect(signals).not.toEqual(honest);
    }
    expect(attack("plain", {}, { "after.state[7]": 0n }).broken.length).toBeGreaterThan(0);
    expect(attack("table", {}, { "rows.after.state[7]": 0n }).broken.length).toBeGreaterThan(0);
  });

  test("a published result of the account left out of the sum", () => {
    const names = ["badDebt", "shortfall", "positiveEquity", "maintenance", "counts", "counted"];
    for (const name of [...names, "stressBadDebt[0]", "stressBadDebt[1]", "lookup", "out"]) {
      const signal = `accounts[1].${name}`;
      const value = provers.plain.valueOf(steps[0]!.input, signal);
      const { broken } = attack("plain", {}, { [signal]: value === 0n ? 1n : 0n });
      expect(broken.length, name).toBeGreaterThan(0);
    }
  });
});

describe("fractions", () => {
  test.each(["accounts[0].equation.bracketed[0].fraction", "accounts[0].equation.flat[1].fraction"])(
    "%s forged",
    (name) => {
      for (const value of [0n, 1n])
        expectBroken(attack("plain", {}, { [name]: value }).broken.slice(0, 1), /fraction|lookup/);
    },
  );

  test("a table row's fraction forged, in a used row and in an unused one", () => {
    for (const row of [0, 5])
      expectBroken(
        attack("lastTable", {}, { [`rows.fraction[${row}]`]: 3n }).broken,
        new RegExp(`rows\\.fraction\\[${row}\\]`),
      );
  });
});

describe("weights inside a batch", () => {
  test("an account weighted as the one before it", () => {
    expect(
      attack("plain", {}, { "rhoPower[1]": honestValue("plain", "rhoStart") }).broken.length,
    ).toBeGreaterThan(0);
  });

  test("an account's equation dropped", () => {
    expect(attack("plain", {}, { "weighted[1]": 0n }).broken.length).toBeGreaterThan(0);
  });
});

describe("table steps", () => {
  const columns = /columnsHash/;

  test.each(["lookupValue", "foldBase", "foldSlope", "lo", "laneFirst"])(
    "column %s altered in a row: the hash of the columns",
    (column) => {
      for (const row of [0, 6, 15]) {
        const name = `${column}[${row}]`;
        const value = honestValue("lastTable", name);
        const { broken } = attack("lastTable", { [name]: column === "laneFirst" ? 1n - value : value + 1n });
        expectBroken(broken, columns);
      }
    },
  );

  test("laneFirst = 2: not a flag", () => {
    expect(attack("lastTable", { "laneFirst[1]": 2n }).broken.length).toBeGreaterThan(0);
  });

  test("a step run over the rows of another step", () => {
    const [first, last] = [steps[2]!, steps[3]!];
    const rows = Object.fromEntries(
      ["lookupValue", "foldBase", "foldSlope", "lo", "laneFirst"].map((name) => [name, last.input[name]!]),
    );
    const prover = provers.table;
    expectBroken(prover.broken(prover.solve({ ...first.input, ...rows })), columns);
    // With the hash of those rows it passes, and shows a hash that the verifier does not derive for this step.
    const other = prover.solve({ ...first.input, ...rows, columns: last.input.columns! });
    expect(prover.broken(other)).toEqual([]);
    expect(prover.signals(other)).not.toEqual(first.signals);
  });

  test("lane totals booked under another lane: public laneStart", () => {
    const { broken, signals, honest } = attack("lastTable", {
      laneStart: honestValue("lastTable", "laneStart") + 1n,
    });
    expect(broken).toEqual([]);
    expect(signals).not.toEqual(honest);
  });

  test.each([
    ["count", 0],
    ["offsets", 0],
    ["weightedCount", 1],
    ["weightedOffsets", 1],
  ])("%s other than committed: public commitment", (name, signal) => {
    for (const row of [2, 9]) {
      const { broken, signals, honest } = attack("lastTable", {
        [`${name}[${row}]`]: honestValue("lastTable", `${name}[${row}]`) + 1n,
      });
      expect(broken).toEqual([]);
      expect(signals[signal]).not.toBe(honest[signal]);
    }
  });

  test("the rows' hash covers order and padding", async () => {
    const { challenges } = (await tinyEpoch(honestBook())).epoch;
    const hasher = bestPoseidon();
    const rows = stepRows(foldTable(tinyTable, challenges), tableParts(tinyTable, tableShape.rows, 0)[1]!);
    const hash = columnsHash(hasher, rows);
    expect(columnsHash(hasher, [rows[1]!, rows[0]!, ...rows.slice(2)])).not.toBe(hash);
    expect(
      columnsHash(hasher, stepRows(rows, { private: false, first: 0, end: 15, size: 16, position: 0 })),
    ).not.toBe(hash);
  });
});

describe("a step's proof used elsewhere", () => {
  test("in another epoch: its public signals are those of its own challenges", async () => {
    const other = await tinyEpoch(honestBook(), {
      names: { exchange: "tiny exchange", epoch: "2026-11-24T08", time: "2026-11-24T08:00:00Z" },
    });
    for (const [index, step] of steps.entries()) {
      const prover =
        provers[
          step.instance.template !== "accounts" ? "table" : step.instance.groups > 0 ? "group" : "plain"
        ];
      const witness = prover.solve(step.input);
      expect(prover.signals(witness)).not.toEqual(other.steps[index]!.signals);
      // The same witness with the other epoch's public signals written over its own breaks the circuit.
      const forged = [...witness];
      forged.splice(1, step.signals.length, ...other.steps[index]!.signals);
      expect(prover.broken(forged).length).toBeGreaterThan(0);
    }
  });

  test("each public signal of a witness is bound: none can be rewritten alone", () => {
    for (const [kind, [name, index]] of Object.entries(KINDS)) {
      const prover = provers[name];
      const witness = prover.solve(steps[index]!.input);
      steps[index]!.signals.forEach((_, i) => {
        const forged = [...witness];
        forged[1 + i] = (forged[1 + i]! + 1n) % FIELD_ORDER;
        const signal = prover.circuit.proved.names[1 + i];
        const bound = prover.broken(forged).length > 0;
        // gamma and imfBp serve risk groups: a shape without groups reads neither, once the optimiser is done.
        const unread =
          !AS_WRITTEN && kind === "plain" && (signal === "main.gamma" || signal === "main.imfBp");
        expect(bound, `${kind} ${signal}`).toBe(!unread);
      });
    }
  });
});
