import { beforeAll, describe, expect, test } from "vitest";
import { NO_ACCOUNTS } from "../../src/protocol/bands.js";
import { loadTestCircuit, type TestCircuit } from "../support/circuit.js";
import { groupShape, plainShape, tableShape, tinyBook, tinyEpoch } from "../support/tinyEpoch.js";

const circuits = new Map<string, TestCircuit>();

beforeAll(async () => {
  for (const { id } of [plainShape, groupShape, tableShape]) circuits.set(id, await loadTestCircuit(id));
});

describe("the circuits and the integer evaluation agree", () => {
  test("every step of an honest epoch has a witness with exactly the public signals computed outside", async () => {
    const { steps, epoch } = await tinyEpoch(tinyBook());
    for (const step of steps) {
      const circuit = circuits.get(step.instance.id)!;
      const witness = circuit.witness(step.input);
      expect(circuit.broken(witness)).toEqual([]);
      expect(witness.slice(1, 1 + step.signals.length)).toEqual(step.signals);
    }
    expect(steps.map((step) => step.instance.id)).toEqual([
      plainShape.id,
      groupShape.id,
      plainShape.id,
      ...epoch.statement.tableSteps.map(() => tableShape.id),
    ]);
    expect(epoch.statement.totals.bands).toEqual({ ...NO_ACCOUNTS, bankrupt: 1n, reduceOnly: 2n, free: 2n });
  });
});
