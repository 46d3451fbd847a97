import { beforeAll, describe, expect, test } from "vitest";
import { FIELD_ORDER } from "../../src/field/order.js";
import type { Instance } from "../../src/protocol/shapes.js";
import type { CircuitInput } from "../../src/prover/backend.js";
import { deepTable } from "../support/deepMarket.js";
import { privateMarket, privateShape } from "../support/privateMarket.js";
import { batches, groupShape, plainShape, record, tableShape, tinyEpoch } from "../support/tinyEpoch.js";
import { honestBook } from "./supportBook.js";
import { attackedCircuit } from "./supportCircuit.js";
import { sortedRecord, sortedShape } from "./supportManySlots.js";
import { partsRecord, partsShape, partsTable } from "./supportParts.js";
import { freeColumns } from "./supportRank.js";
import { Sensitivity } from "./supportSensitivity.js";
import { altered, type CheatingProver, cheatingProver, flatten } from "./supportWitness.js";

/**
 * Reviewed: wires that may move alone, in an honest witness, without breaking the circuit. Everything else must not.
 * - inputs that bind no one: gamma and imfBp serve risk groups, and a shape without groups reads neither; rho
 *   serves the second account of a batch on, and a shape of one has none. The verifier derives them, so a proof can't carry
 *   others.
 */
const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  plain: ["main.gamma", "main.imfBp"],
  group: [],
  "plain with an account that holds nothing": ["main.gamma", "main.imfBp"],
  "group with padding": [],
  "many slots": ["main.rho"],
  parts: [],
  table: [],
  "table, second step": [],
  "private table": [],
};

interface Case {
  readonly prover: CheatingProver;
  readonly input: CircuitInput;
  readonly witness: bigint[];
}

const cases = new Map<string, Case>();

beforeAll(async () => {
  const { steps } = await tinyEpoch(honestBook());
  const padded = await tinyEpoch(
    batches([groupShape, [record(groupShape, { "BTC-60000-C": 4n, "BTC-PERP": 5n }, 61n)]]),
  );
  const idle = await tinyEpoch(
    batches([plainShape, [record(plainShape, {}, 62n), record(plainShape, { "BTC-PERP": 1n }, 63n)]]),
  );
  const put = async (name: string, instance: Instance, input: CircuitInput): Promise<void> => {
    const prover = cheatingProver(await attackedCircuit(instance));
    cases.set(name, { prover, input, witness: prover.solve(input) });
  };
  await put("plain", plainShape, steps[0]!.input);
  await put("plain with an account that holds nothing", plainShape, idle.steps[0]!.input);
  await put("group", groupShape, steps[1]!.input);
  await put("group with padding", groupShape, padded.steps[0]!.input);
  const many = sortedRecord(
    { USDT: 9n, "ETH-PERP": 9000n, "BTC-PERP": -1n, "BTC-60000-C": 4n, BTC: 3n },
    64n,
  );
  const sorted = await tinyEpoch(batches([sortedShape, [many]]), { table: deepTable });
  await put("many slots", sortedShape, sorted.steps[0]!.input);
  const expiries = await tinyEpoch(
    batches([
      partsShape,
      [65n, 66n].map((tag) => partsRecord({ NEAR: 3n, FAR: -2n, ALONE: 1n, OTHER: 5n }, tag)),
    ]),
    { table: partsTable },
  );
  await put("parts", partsShape, expiries.steps[0]!.input);
  await put("table", tableShape, steps[2]!.input);
  await put("table, second step", tableShape, steps[3]!.input);
  const { rules } = privateMarket();
  const secret = await tinyEpoch(honestBook(), {
    table: rules.table,
    secret: { ...rules, shape: privateShape },
  });
  await put("private table", privateShape, secret.steps[4]!.input);
});

describe.each(Object.keys(HARMLESS))("%s", (name) => {
  test("every single wire, moved by 1, set to 0, negated or set at random, breaks a constraint, but for the reviewed ones", () => {
    const { prover, witness } = cases.get(name)!;
    const { r1cs, names } = prover.circuit.proved;
    expect(prover.broken(witness)).toEqual([]);
    const around = new Sensitivity(r1cs, witness);
    const harmless = names.filter((_, wire) => {
      const value = witness[wire]!;
      const others = [
        value + 1n,
        value - 1n,
        0n,
        1n,
        FIELD_ORDER - value,
        0x1234_5678_9abc_def0_1234_5678n << 120n,
      ];
      return (
        wire > 0 &&
        others.some((other) => (other - value) % FIELD_ORDER !== 0n && !around.breaks(wire, other))
      );
    });
    expect(harmless).toEqual(HARMLESS[name]);
  });

  test("no second witness near the honest one has the same inputs: the Jacobian has full rank, but for the reviewed wires", () => {
    const { prover, witness } = cases.get(name)!;
    const { r1cs, inputs, names } = prover.circuit.proved;
    const computed = new Set(names.map((_, wire) => wire).filter((wire) => wire > 0 && !inputs.has(wire)));
    const free = freeColumns(new Sensitivity(r1cs, witness).jacobian(), computed);
    const unread = new Set([...inputs].map((wire) => names[wire]!));
    expect(free.map((wire) => names[wire])).toEqual(HARMLESS[name]!.filter((wire) => !unread.has(wire)));
  });

  // Both table steps are one circuit, and each input costs a whole witness.
  test.skipIf(name === "table")(
    "every private input is bound: another value breaks the circuit or shows in a public output",
    () => {
      const { prover, input, witness } = cases.get(name)!;
      const honest = prover.signals(witness);
      const isPublic = new Set(prover.circuit.proved.names.slice(1, 1 + honest.length));
      for (const [signal, value] of flatten(input)) {
        if (isPublic.has(`main.${signal}`)) continue;
        const other = prover.solve(altered(input, { [signal]: value === 1n ? 0n : value ^ 1n }));
        const shown = prover.signals(other).some((each, i) => each !== honest[i]);
        expect(shown || prover.broken(other).length > 0, signal).toBe(true);
      }
    },
  );
});

test("the rank test notices a free wire: without one account's Distinct constraint its inverse is free", () => {
  const { prover, witness } = cases.get("group")!;
  const { r1cs, inputs, names } = prover.circuit.proved;
  const computed = new Set(names.map((_, wire) => wire).filter((wire) => wire > 0 && !inputs.has(wire)));
  const inverse = names.indexOf("main.accounts[0].lanes.inverse");
  const rows = new Sensitivity(r1cs, witness).jacobian().filter((row) => !row.has(inverse));
  expect(freeColumns(rows, computed).map((wire) => names[wire])).toEqual(["main.accounts[0].lanes.inverse"]);
});
