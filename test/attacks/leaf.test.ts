import { beforeAll, describe, expect, test } from "vitest";
import { inverse, mul } from "../../src/field/element.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { leafHash } from "../../src/protocol/leaf.js";
import type { CircuitInput, InputValue } from "../../src/prover/backend.js";
import { batches, groupShape, record, tinyEpoch } from "../support/tinyEpoch.js";
import { tinyTable } from "../support/tinyMarket.js";
import { honestBook } from "./supportBook.js";
import { attackedTemplate } from "./supportCircuit.js";
import { freeColumns } from "./supportRank.js";
import { Sensitivity } from "./supportSensitivity.js";
import { altered, type CheatingProver, cheatingProver, flatten } from "./supportWitness.js";

/**
 * The leaf without an epoch around it, as a claim about one account will use it: can a prover open a leaf to anything but
 * what it commits to?
 */
const PRIVATE = [
  "tag",
  "counted",
  "bracketedKey",
  "bracketedOffset",
  "bracketedComplement",
  "flatKey",
  "flatOffset",
  "band",
  "equity",
  "maintenance",
  "initial",
  "groupId",
  "groupWorst",
  "groupSlack",
  "stressNegative",
  "stressMagnitude",
] as const;

const accounts = [
  ...honestBook()[1]!.accounts,
  ...batches([groupShape, [record(groupShape, { "BTC-PERP": 5n }, 61n)]])[0]!.accounts,
];

let prover: CheatingProver;
let inputs: CircuitInput[];

beforeAll(async () => {
  const { bracketed, flat, groups, scenarios, stress } = groupShape;
  prover = cheatingProver(
    await attackedTemplate(
      `Leaf(${[bracketed, flat, groups, scenarios, stress, 0, 0].join(", ")})`,
      "leaf.circom",
      ["marginCallBp"],
    ),
  );
  const { steps } = await tinyEpoch(
    batches([groupShape, accounts.slice(0, 2)], [groupShape, accounts.slice(2)]),
  );
  inputs = steps.slice(0, 2).flatMap(({ input }) =>
    [0, 1].map((i): CircuitInput => {
      const own = PRIVATE.map((name): [string, InputValue] => [name, (input[name] as InputValue[])[i]!]);
      return { ...Object.fromEntries(own), marginCallBp: input.marginCallBp! };
    }),
  );
});

const leafOf = (witness: readonly bigint[]): bigint => prover.signals(witness)[0]!;

describe("the leaf alone", () => {
  test("is the leaf that the exchange commits to, of accounts and of padding", () => {
    const hasher = bestPoseidon();
    expect(accounts.map(({ counted }) => counted)).toEqual([true, true, true, false]);
    accounts.forEach((account, i) => {
      const witness = prover.solve(inputs[i]!);
      expect(prover.broken(witness)).toEqual([]);
      expect(leafOf(witness)).toBe(leafHash(hasher, groupShape, account, tinyTable.marginCallBp));
    });
  });

  test("every committed value altered, everything else recomputed: no proof, or another leaf", () => {
    const honest = leafOf(prover.solve(inputs[0]!));
    const names = [...flatten(inputs[0]!)].filter(([name]) => name !== "marginCallBp");
    expect(names.length).toBeGreaterThan(25);
    for (const [name, value] of names) {
      for (const other of [value === 1n ? 0n : value ^ 1n, value + 2n, -1n, 0n].filter((v) => v !== value)) {
        const witness = prover.solve(altered(inputs[0]!, { [name]: other }));
        expect(leafOf(witness) !== honest || prover.broken(witness).length > 0, `${name} ${other}`).toBe(
          true,
        );
      }
    }
  });

  test("equity and requirements shifted so that both gaps and MMR + IMR stay: another band's equations, no proof", () => {
    // In one band the three follow from gaps and sum (bands.test.ts); the same gaps in another band are other bits.
    const honest = leafOf(prover.solve(inputs[0]!));
    const value = (name: string) => flatten(inputs[0]!).get(name)!;
    for (const by of [1n, -1n, 10_000n]) {
      for (const shift of [
        { maintenance: value("maintenance") + by, initial: value("initial") - by },
        {
          equity: value("equity") + by,
          maintenance: value("maintenance") + by,
          initial: value("initial") - by,
        },
        { equity: value("equity") + by, initial: value("initial") + 10_000n * by },
      ]) {
        const witness = prover.solve(altered(inputs[0]!, shift));
        expect(leafOf(witness) !== honest || prover.broken(witness).length > 0).toBe(true);
      }
    }
  });

  test("why marginCallBp must be the market's: under another one the same leaf opens to other requirements", () => {
    const input = inputs[2]!;
    const honest = prover.solve(input);
    const [equity, maintenance, initial, marginCallBp] = [
      "equity",
      "maintenance",
      "initial",
      "marginCallBp",
    ].map((name) => flatten(input).get(name)!) as [bigint, bigint, bigint, bigint];
    // A free account: its second gap, 10^8 E - marginCallBp * IMR, stays.
    expect(flatten(input).get("band[4]")).toBe(1n);
    const other = marginCallBp + 1n;
    const bent = mul(marginCallBp * initial, inverse(other));
    const changes = { initial: bent, maintenance: maintenance + initial - bent };
    const opened = prover.solve(altered(input, { ...changes, marginCallBp: other }));
    expect(prover.broken(opened)).toEqual([]);
    expect(leafOf(opened)).toBe(leafOf(honest));
    expect(equity).toBeGreaterThan(0n);
    // Under the market's own, nothing but the truth.
    expect(prover.broken(prover.solve(altered(input, changes))).length).toBeGreaterThan(0);
  });

  test("an account said not to be counted must be the empty one, word by word", () => {
    for (const i of [0, 1, 2]) {
      const witness = prover.solve(altered(inputs[i]!, { counted: 0n }));
      expect(prover.broken(witness).length).toBeGreaterThan(0);
    }
    const names = [...flatten(inputs[3]!)].filter(
      ([name]) => !["tag", "counted", "marginCallBp", "maintenance", "initial"].includes(name),
    );
    for (const [name, value] of names) {
      const witness = prover.solve(altered(inputs[3]!, { [name]: value + 1n }));
      expect(prover.broken(witness).length, name).toBeGreaterThan(0);
    }
  });

  test("counted is 0 or 1: padding said to count two or three times would be that many free accounts", () => {
    for (const i of [0, 3])
      for (const counted of [2n, 3n, -1n]) {
        const witness = prover.solve(altered(inputs[i]!, { counted }));
        expect(prover.broken(witness).length, `${counted}`).toBeGreaterThan(0);
      }
  });

  test("what it hands on is what it commits to: no sum, lane or stressed value of the prover's own", () => {
    const shown = ["positiveEquity", "badDebt", "shortfall", "leaf"];
    const indexed = ["lane", "stressed", "stressBadDebt"].flatMap((name) => [`${name}[0]`, `${name}[1]`]);
    for (const name of [...shown, ...indexed]) {
      const value = prover.valueOf(inputs[0]!, name);
      const witness = prover.solve(inputs[0]!, { [name]: value + 1n });
      expect(prover.broken(witness).length, name).toBeGreaterThan(0);
    }
  });

  test("every single wire is bound, and no second witness stands near the honest one", () => {
    const { r1cs, names, inputs: given } = prover.circuit.proved;
    // Padding requires nothing, so no multiple of it is read; marginCallBp is public, and the checker's.
    for (const [input, unread] of [
      [inputs[0]!, []],
      [inputs[3]!, ["main.marginCallBp"]],
    ] as const) {
      const witness = prover.solve(input);
      const around = new Sensitivity(r1cs, witness);
      const moved = names.filter(
        (_, wire) => wire > 0 && [1n, -1n, 1n << 90n].some((by) => !around.breaks(wire, witness[wire]! + by)),
      );
      expect(moved).toEqual(unread);
      const computed = new Set(names.map((_, wire) => wire).filter((wire) => wire > 0 && !given.has(wire)));
      expect(freeColumns(around.jacobian(), computed)).toEqual([]);
    }
  });
});
