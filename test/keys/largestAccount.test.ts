import { expect, test } from "vitest";
import { poseidon } from "../../src/field/poseidon/poseidon.js";
import { loadProfile } from "../../src/keys/instances.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { fits, roomNeeded, toRecord } from "../../src/protocol/fitShape.js";
import { leafHash } from "../../src/protocol/leaf.js";
import { SMALL_TABLE } from "../protocol/smallTable.js";

/** 500 contracts with brackets and 500 options, in 64 underlyings of 36 scenarios. */
function largest() {
  const scenarios = Array.from({ length: 36 }, (_, s) => BigInt(s - 18));
  const [, , , cash, , first, second] = SMALL_TABLE.rows;
  const rows = [...SMALL_TABLE.rows.slice(0, 3)];
  const lanes: (typeof SMALL_TABLE.lanes)[number][] = [];
  const instruments = Array.from({ length: 1000 }, (_, n) => {
    const symbol = `I${n}`;
    for (const side of ["long", "short"] as const) {
      const flat = n >= 500;
      const laneIndex = lanes.length;
      const own = { laneIndex, groups: [{ group: n % 64, gains: scenarios }], stress: [] };
      lanes.push({ instrument: symbol, side, flat, firstRow: rows.length, rowCount: flat ? 1 : 2 });
      if (flat) rows.push({ ...cash!, ...own, key: 1 + 2 * n + laneIndex });
      else
        rows.push(...[first!, second!].map((row, k) => ({ ...row, ...own, key: 16 * (64 + laneIndex) + k })));
    }
    return {
      ...SMALL_TABLE.instruments[0]!,
      symbol,
      longLane: lanes.length - 2,
      shortLane: lanes.length - 1,
    };
  });
  const groups = Array.from({ length: 64 }, (_, g) => g);
  const table = {
    ...SMALL_TABLE,
    ...{ rows, lanes, instruments, stressNames: [] },
    groupNames: groups.map((g) => `U${g}`),
    groupScenarios: groups.map(() => 36),
    groupPlaces: groups.map((parent) => ({ parent, part: 0, factorBp: 0n })),
  };
  const held = new Map(instruments.map(({ symbol }, n) => [symbol, BigInt(n + 1)]));
  return { table, evaluation: new Evaluator(table).evaluate(held) };
}

test("an account of 1,000 holdings in 64 risk groups has a place in options64, and a leaf", () => {
  const { table, evaluation } = largest();
  expect(roomNeeded(evaluation)).toMatchObject({ bracketed: 500, flat: 500, groups: 64, scenarios: 36 });
  const place = (profile: string) => loadProfile(profile).accounts.find((shape) => fits(shape, evaluation));
  expect(place("options")).toBeUndefined();
  const shape = place("options64")!;
  expect(shape.id).toBe("accounts-a1-b1024-f1024-g64-s36-z4-d1");
  const record = toRecord(table, shape, evaluation, 7n);
  expect(record.groups.filter(({ worst }) => worst > 0n)).toHaveLength(64);
  expect(record.bracketed.filter(({ offset }) => offset > 0n).length).toBeGreaterThan(490);
  expect(leafHash(poseidon, shape, record, table.marginCallBp)).toBeGreaterThan(0n);
});
