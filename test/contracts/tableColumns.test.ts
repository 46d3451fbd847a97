import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keccak256 } from "../../src/field/keccak.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { encodeTable } from "../../src/market/tableDigest.js";
import { firstChallenges } from "../../src/protocol/challenges.js";
import { columnsHash, foldTable, stepRows } from "../../src/protocol/fold.js";
import type { RiskTable } from "../../src/protocol/riskTable.js";
import { tableParts } from "../../src/protocol/tableParts.js";
import { buildMarket } from "../../src/rules/index.js";
import { Anvil } from "../support/anvil.js";
import { tinyTable } from "../support/tinyMarket.js";
import { type Contracts, deployHashes, readTable } from "./epoch.js";

let anvil: Anvil;
let contracts: Contracts;
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

async function expectSame(table: RiskTable, rows: number, most: number) {
  const { id } = await readTable(anvil, contracts.columns, {
    digest: table.digest,
    seed: SEED,
    rows,
    encoding: encodeTable(table),
    most,
  });
  for (const [step, columns] of expected(table, rows).entries()) {
    expect(await anvil.read(contracts.columns, "columnsOf", [id, BigInt(step)])).toEqual(columns);
  }
  return (await anvil.read(contracts.columns, "tableOf", [id])) as Record<string, unknown>;
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
      secret: false,
      complete: true,
    });
    await expectSame(tinyTable, 47, 12);
  });
});
