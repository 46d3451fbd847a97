import { describe, expect, test } from "vitest";
import {
  type Instance,
  instanceFault,
  instanceId,
  instanceOfId,
  parameterValues,
  stepSize,
} from "../../src/protocol/circuits.js";

const ACCOUNTS = {
  id: "accounts-a57-b8-f16-g4-s2-z3",
  template: "accounts",
  accounts: 57,
  bracketed: 8,
  flat: 16,
  groups: 4,
  scenarios: 2,
  stress: 3,
} as const;
const LARGE = { ...ACCOUNTS, id: `${ACCOUNTS.id}-d1-p31`, deep: 1, parts: 31 } as const;
const TABLE = { id: "table-r199", template: "table", rows: 199 } as const;
const SECRET = { id: "private-table-r160", template: "privateTable", rows: 160 } as const;

describe("the name of a circuit", () => {
  test.each<[Instance, number]>([
    [ACCOUNTS, 57],
    [LARGE, 57],
    [{ ...ACCOUNTS, id: `${ACCOUNTS.id}-d1`, deep: 1 }, 57],
    [{ ...ACCOUNTS, id: `${ACCOUNTS.id}-p1`, parts: 1 }, 57],
    [TABLE, 199],
    [SECRET, 160],
  ])("says all its parameters, and nothing else: $id", (instance, size) => {
    expect(instanceOfId(instance.id)).toEqual(instance);
    expect(instanceId(instance)).toBe(instance.id);
    expect(instanceFault(instance)).toBeUndefined();
    expect(stepSize(instance)).toBe(size);
  });

  test.each([
    ...[
      "",
      "table",
      "table-r",
      "table-r0",
      "table-r01",
      "table-r-1",
      "table-r1.5",
      "tables-r1",
      "x-table-r1",
    ],
    ...["table-r1-r1", "table-r1 ", "table-r1\n", "table-r65537", "table-r1234567890", "private-table-r1"],
    ...[
      `${ACCOUNTS.id}-d0`,
      `${ACCOUNTS.id}-p0`,
      `${ACCOUNTS.id}-d2`,
      `${ACCOUNTS.id}-p3-d1`,
      `${ACCOUNTS.id}-p09`,
    ],
    ...["accounts-a57-b8-f16-g4-s2", "accounts-b8-a57-f16-g4-s2-z3", "accounts-a0-b8-f16-g4-s2-z3"],
    ...["accounts-a4097-b8-f16-g4-s2-z3", "accounts-a1-b1025-f16-g4-s2-z3", "accounts-a1-b1-f1025-g4-s2-z3"],
  ])("has one form: there is no circuit %j", (id) => {
    expect(instanceOfId(id)).toBeUndefined();
  });

  test("of what is as usual isn't said, and its value is known all the same", () => {
    expect(parameterValues(ACCOUNTS)).toEqual({
      ...{ accounts: 57, bracketed: 8, flat: 16, groups: 4, scenarios: 2, stress: 3 },
      ...{ deep: 0, parts: 0 },
    });
    expect(parameterValues(LARGE)).toMatchObject({ deep: 1, parts: 31 });
  });

  test("that is another's, and a parameter that is none, are told", () => {
    expect(instanceFault({ ...TABLE, id: "table-r200" })).toBe(
      "table-r200 is not the name of the shape described, table-r199",
    );
    for (const rows of [0, -1, 1.5, 65_537, Number.NaN])
      expect(instanceFault({ ...TABLE, rows })).toBe(`table-r199: rows is ${rows}, not 1 to 65536`);
    expect(instanceFault({ ...LARGE, deep: 2 })).toBe(`${LARGE.id}: deep is 2, not 0 to 1`);
  });
});
