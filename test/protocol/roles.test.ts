import { expect, test } from "vitest";
import { roleConstant } from "../../src/field/sponge.js";
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
import { SMALL_SHAPE } from "./smallTable.js";

/** The constant of a name, its lowest 40 bits free. */
const plain = (name: string): bigint => {
  const constant = roleConstant(name);
  return constant - (constant % (1n << 40n));
};

test("a leaf's sponge starts from a constant that names every part of its shape, 8 bits each", () => {
  const shape = { ...SMALL_SHAPE, bracketed: 1, flat: 2, groups: 3, scenarios: 4, stress: 5 };
  expect(leafRole(shape) - plain("leaf")).toBe(0x0504030201n);
  expect(leafRole({ ...shape, accounts: 4096 })).toBe(leafRole(shape));
  const large = { ...shape, bracketed: 1024, flat: 513, deep: 1, parts: 36 };
  expect(leafRole(large) - plain("leaf")).toBe(0x4902040504030100n);
});

test("the sponges of a table step start from one that names its rows", () => {
  const roles = { columns: columnsRole, "private-columns": privateColumnsRole, rules: ratesRole };
  for (const [name, role] of Object.entries({ ...roles, totals: totalsRole, weights: weightsRole }))
    for (const rows of [1, 65_536]) expect(role(rows) - plain(name), name).toBe(BigInt(rows));
  expect([ROLE_NODE, ROLE_STATE]).toEqual([plain("node"), plain("state")]);
});
