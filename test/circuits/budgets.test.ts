import { describe, expect, test } from "vitest";
import { sha256File } from "../../src/keys/compile.js";
import { readR1csHeader } from "../../src/keys/iden3/r1cs.js";
import { instanceFiles } from "../../src/keys/instanceFiles.js";
import { readInstances } from "../../src/keys/instances.js";
import { readLock } from "../../src/keys/keyFolder.js";
import { instanceId, signalNames } from "../../src/protocol/circuits.js";
import { TEST_KEYS } from "../support/circuit.js";

const file = readInstances();
const lock = readLock();

/** Constraints of the account step with these parameters, from the lock. */
function accounts(a: number, b: number, f: number, g = 0, s = 0, z = 0, parts = 0): number {
  const id = instanceId({
    template: "accounts",
    accounts: a,
    bracketed: b,
    flat: f,
    groups: g,
    scenarios: s,
    stress: z,
    parts,
  });
  return lock[id]!.constraints;
}
const table = (rows: number, template: "table" | "privateTable" = "table"): number =>
  lock[instanceId({ template, rows })]!.constraints;

describe("constraint budgets hold in the lock file", () => {
  const account = (accounts(32, 2, 1) - accounts(16, 2, 1)) / 16;
  const base = accounts(16, 2, 1);
  const bracketed = (accounts(16, 3, 1) - base) / 16;
  const flat = (accounts(16, 2, 2) - base) / 16;
  const measured: Record<string, number> = {
    // Three bracketed holdings: the dearest three.
    "account with 3 holdings": account + bracketed - flat,
    "further bracketed holding": bracketed,
    "further flat holding": flat,
    "risk group of 16 scenarios": (accounts(16, 2, 1, 1, 16) - base) / 16,
    // A part's number, distinctness and share of the leaf's last block are in it.
    "expiry of a risk group, per scenario":
      (accounts(2, 2, 1, 1, 36, 0, 12) - accounts(2, 2, 1, 1, 36, 0, 4)) / (2 * 8 * 36),
    "stress scenario": (accounts(16, 2, 1, 0, 0, 1) - base) / 16,
    "fixed cost of a step": base - 16 * account,
    "table row": (table(64) - table(32)) / 32,
    "private table row": (table(64, "privateTable") - table(32, "privateTable")) / 32,
  };

  test.each(Object.entries(file.budgets))("%s: at most %i", (name, budget) => {
    expect(measured[name]).toBeGreaterThan(0);
    expect(measured[name]).toBeLessThanOrEqual(budget);
  });

  test.each(Object.entries(file.profiles))("profile %s stays under its power of two", (_, profile) => {
    for (const id of profile.instances) {
      const { template } = file.instances.find((instance) => instance.id === id)!;
      const publicSignals = signalNames(template).length;
      expect(lock[id]!.constraints + publicSignals + 1).toBeLessThanOrEqual(2 ** profile.maxConstraintsLog2);
    }
  });

  test("every instance is locked", () => {
    expect(Object.keys(lock)).toEqual(file.instances.map(({ id }) => id));
  });

  test.each(file.profiles.test!.instances)("%s is compiled here to the locked R1CS", async (id) => {
    const { r1cs } = instanceFiles(TEST_KEYS, id);
    expect(await sha256File(r1cs)).toBe(lock[id]!.r1csSha256);
    expect((await readR1csHeader(r1cs)).constraintCount).toBe(lock[id]!.constraints);
  });
});
