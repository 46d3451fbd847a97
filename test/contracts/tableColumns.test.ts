import { bytesToHex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isReadable } from "../../src/chain/readableTable.js";
import { keccak256 } from "../../src/field/keccak.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { encodeTable, tableDigest } from "../../src/market/tableDigest.js";
import { firstChallenges } from "../../src/protocol/challenges.js";
import { DEEP_KEYS } from "../../src/protocol/constants.js";
import { columnsHash, foldTable, stepRows } from "../../src/protocol/fold.js";
import type { RiskTable } from "../../src/protocol/riskTable.js";
import { tableParts } from "../../src/protocol/tableParts.js";
import { Anvil } from "../support/anvil.js";
import { tinyTable } from "../support/tinyMarket.js";
import { deployHashes, type Hashes, readTable } from "./epoch.js";

let anvil: Anvil;
let contracts: Hashes;
const SEED = keccak256(new TextEncoder().encode("a first seed"));

beforeAll(async () => {
  anvil = await Anvil.start();
  contracts = await deployHashes(anvil, [2, 10, 14, 17]);
});
afterAll(() => anvil.stop());

/** What the verifier computes: hash and lanes before, of each step. */
function expected(table: RiskTable, rows: number) {
  const folded = foldTable(table, firstChallenges(SEED));
  let lanesBefore = 0n;
  return tableParts(table, rows, 0).map((part) => {
    const own = stepRows(folded, part);
    const step = { hash: columnsHash(bestPoseidon(), own), lanesBefore };
    lanesBefore += BigInt(own.filter((row) => row.laneFirst === 1n).length);
    return step;
  });
}

/** Reads a table on chain. @returns what the contract keeps of it */
async function readAll(table: RiskTable, rows: number, most: number) {
  const { id } = await readTable(anvil, contracts.columns, {
    digest: bytesToHex(table.digest),
    seed: bytesToHex(SEED),
    rows,
    encoding: encodeTable(table),
    most,
  });
  return { id, ...((await anvil.read(contracts.columns, "tableOf", [id])) as Record<string, unknown>) };
}

async function expectSame(table: RiskTable, rows: number, most: number) {
  const { id, ...facts } = await readAll(table, rows, most);
  for (const [step, columns] of expected(table, rows).entries()) {
    expect(await anvil.read(contracts.columns, "columnsOf", [id, BigInt(step)])).toEqual(columns);
  }
  return facts;
}

describe("TableColumns", () => {
  it("computes what the verifier computes, in one call a step or in several", async () => {
    const facts = await expectSame(tinyTable, 16, 16);
    expect(facts).toMatchObject({
      imfBp: Number(tinyTable.imfBp),
      marginCallBp: Number(tinyTable.marginCallBp),
      instruments: tinyTable.instruments.length,
      rows: tinyTable.rows.length,
      stress: 2,
      unfit: false,
      complete: true,
    });
    await expectSame(tinyTable, 47, 12);
  });

  it("computes the columns of a part with a factor, and of deep lanes", async () => {
    const contents = {
      ...tinyTable,
      groupPlaces: [{ parent: 5, part: 3, factorBp: 500n }],
      rows: tinyTable.rows.map((row) =>
        row.flat || row.laneIndex < 0 ? row : { ...row, key: row.key + DEEP_KEYS },
      ),
    };
    await expectSame({ ...contents, digest: tableDigest(contents) }, 47, 47);
  });

  it.each([
    [
      "with secret rates",
      { rows: tinyTable.rows.map((row, i) => (i < 20 ? row : { ...row, notional: 5n })) },
    ],
    [
      "whose lanes are numbered otherwise",
      {
        instruments: tinyTable.instruments.map((i) => ({
          ...i,
          longLane: i.shortLane,
          shortLane: i.longLane,
        })),
      },
    ],
  ])("says of a table %s that nobody can have steps of it here", async (_, changed) => {
    const contents = { ...tinyTable, ...changed };
    const facts = await readAll({ ...contents, digest: tableDigest(contents) }, 47, 47);
    expect(facts).toMatchObject({ unfit: true, complete: true });
  });

  it("reads as many gains in four rows as a table may have, within a transaction's gas", async () => {
    // Rows of lanes of their own, so that none is known already; large numbers of either sign.
    const gains = Array.from(
      { length: 800 },
      (_, i) => BigInt(i + 1) * 123_456_789_012n * (i % 2 === 0 ? 1n : -1n),
    );
    const groups = [{ group: 0, gains }];
    const flat = tinyTable.rows.findIndex((_row, i) =>
      tinyTable.rows
        .slice(i, i + 4)
        .every(({ laneIndex }, k, four) => four.findIndex((other) => other.laneIndex === laneIndex) === k),
    );
    const first = flat - (flat % 4);
    const rows = tinyTable.rows.map((row, i) =>
      i < first || i >= first + 4 ? row : { ...row, groups, stress: Array<bigint>(197).fill(-1n << 90n) },
    );
    const table = { ...tinyTable, rows };
    expect(isReadable(table)).toBe(true);
    expect(
      isReadable({
        rows: rows.map((row, i) => (i === first ? { ...row, stress: [...row.stress, ...gains] } : row)),
      }),
    ).toBe(false);
    const { gas } = await readTable(anvil, contracts.columns, {
      ...{ digest: bytesToHex(tableDigest(table)), seed: bytesToHex(SEED), rows: 48, most: 4 },
      encoding: encodeTable(table),
    });
    const most = gas.reduce((one, other) => (one > other ? one : other));
    expect(most).toBeGreaterThan(5_000_000n);
    expect(most).toBeLessThan(1n << 24n);
  });

  it("refuses another table, another end of the rows, and rows that do not fill a block", async () => {
    const { bytes, tail } = encodeTable(tinyTable);
    const read = (table: Uint8Array, end: number, most: bigint, rows = 16n) =>
      anvil.send(contracts.columns, "read", [
        bytesToHex(tinyTable.digest),
        bytesToHex(keccak256(bytes)),
        rows,
        BigInt(end),
        bytesToHex(table),
        most,
      ]);
    const other = bytes.slice();
    other[other.length - 1]! ^= 1;
    await expect(read(other, tail, 16n)).rejects.toThrow("OtherTable");
    await expect(read(bytes, tail, 3n)).rejects.toThrow("TooFewRows");
    // Read to the end with the tail elsewhere: a text of the last row would be taken for a group's place.
    await expect(read(bytes, bytes.length + 1, 47n, 47n)).rejects.toThrow("TailWrong");
    await expect(read(bytes, tail - 5, 47n, 47n)).rejects.toThrow();
  });
});
