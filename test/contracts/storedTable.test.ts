import fc from "fast-check";
import { bytesToHex, type Hex, hexToBytes } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ClaimTree, claimSteps } from "../../src/chain/claimTree.js";
import { accountSteps, tableSteps } from "../../src/chain/epochWords.js";
import { tablePieces } from "../../src/chain/tablePieces.js";
import { keccak256 } from "../../src/field/keccak.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { compileTable, parseMarket } from "../../src/market/index.js";
import { encodeTable } from "../../src/market/tableDigest.js";
import { firstChallenges } from "../../src/protocol/challenges.js";
import { columnsHash, foldTable, stepRows } from "../../src/protocol/fold.js";
import { tableParts } from "../../src/protocol/tableParts.js";
import { Anvil } from "../support/anvil.js";
import { manyContracts } from "../support/manyContracts.js";
import { tinyTable } from "../support/tinyMarket.js";
import { forgedEpoch } from "../verifier/forgedEpoch.js";
import {
  BOND,
  CHALLENGER,
  chainEpoch,
  claimOf,
  DEMAND_PRICE,
  deployRegistry,
  PUBLISHER,
  type Registry,
  readStored,
  register,
  STRANGER,
  storeTable,
  tableOf,
} from "./epoch.js";

const FINAL = 3;
const TABLE = 2n ** 32n - 1n;
/** More than a call's data, more than one least bond's rows: 60 perpetuals of ten brackets a side. */
const LARGE = manyContracts(60, 10);
const large = compileTable(parseMarket(LARGE));
const encoding = encodeTable(large);
const rows = large.rows.length;

let anvil: Anvil;
let on: Registry;

beforeAll(async () => {
  anvil = await Anvil.start();
  on = await deployRegistry(anvil, [rows, tinyTable.rows.length]);
});
afterAll(() => anvil.stop());

/** Hash and lanes before, as the verifier computes them. */
function columnsOf(table: typeof large, seed: Uint8Array) {
  const [part] = tableParts(table, table.rows.length, 0);
  return {
    hash: columnsHash(bestPoseidon(), stepRows(foldTable(table, firstChallenges(seed)), part!)),
    lanesBefore: 0n,
  };
}

describe("a table that no transaction holds", () => {
  it("is stored in pieces and read from there, and its epoch gets final, proved or claimed", async () => {
    expect(encoding.bytes.length).toBeGreaterThan(131_072);
    const epochs = ["proved", "claimed"].map((name) => {
      const { bundle, pins } = forgedEpoch({ ...LARGE, epoch: name }, {}, 2);
      return chainEpoch(bundle, pins);
    });
    const [proved, claimed] = epochs as [(typeof epochs)[0], (typeof epochs)[0]];
    const keySet = await register(anvil, on, proved);
    const posted = proved.posted(keySet);
    const send = (name: string, args: readonly unknown[], account = PUBLISHER, value = 0n) =>
      anvil.send(on.registry, name, args, { account, value });
    const idOf = (epoch: string) => anvil.read(on.registry, "idOf", [posted.exchange, epoch]) as Promise<Hex>;

    // The bond and the price of a demand grow with the rows that are to be read.
    const claim = new ClaimTree(claimSteps(claimed));
    const args = claimOf(claimed, claimed.posted(keySet), claim.root);
    const bond = BOND * BigInt(Math.ceil(rows / 1024));
    expect(bond).toBeGreaterThan(BOND);
    await expect(send("claim", args, PUBLISHER, bond - 1n)).rejects.toThrow("BondTooSmall");
    await send("claim", args, PUBLISHER, bond);
    const claimId = await idOf("claimed");
    const price = DEMAND_PRICE * BigInt(Math.ceil(rows / 256));
    expect(await anvil.read(on.registry, "priceOf", [claimId, TABLE])).toBe(price);
    await expect(send("demand", [claimId, TABLE], CHALLENGER, DEMAND_PRICE)).rejects.toThrow("DemandPrice");
    await send("demand", [claimId, TABLE], CHALLENGER, price);
    await expect(send("answerStoredTable", [claimId])).rejects.toThrow("AnswerWrong");

    await storeTable(anvil, on.columns, encoding.bytes);
    const owed = () => anvil.read(on.registry, "balanceOf", [STRANGER.address]) as Promise<bigint>;
    const before = await owed();
    await send("answerStoredTable", [claimId], STRANGER);
    expect((await owed()) - before).toBe(price);
    await expect(send("answerStoredTable", [claimId], STRANGER)).rejects.toThrow("DemandUnknown");

    await send("publish", [posted]);
    const id = await idOf("proved");
    const { id: tableId } = await readStored(anvil, on.columns, tableOf(proved));
    expect(await anvil.read(on.columns, "columnsOf", [tableId, 0n])).toEqual(
      columnsOf(large, hexToBytes(proved.seed)),
    );
    const tail = BigInt(encoding.tail);
    await send("submitAccountSteps", [id, accountSteps(proved, posted, 0, 2), tail]);
    await send("submitTableSteps", [id, tableSteps(proved, posted, 0, 1), tail]);
    expect(await anvil.read(on.registry, "statusOf", [id])).toBe(FINAL);
  });

  it("is not made of other pieces, in another order, or with another end of its rows", async () => {
    await storeTable(anvil, on.columns, encoding.bytes);
    const { columns } = on;
    const hashes = tablePieces(encoding.bytes).map((piece) => bytesToHex(keccak256(piece)));
    const join = (of: readonly Hex[]) => anvil.send(columns, "join", [of]);
    await expect(join([...hashes.slice(1), hashes[0]!])).rejects.toThrow("PieceWrong");
    await expect(join([bytesToHex(keccak256(encoding.bytes))])).rejects.toThrow("PieceWrong");
    const swapped = [hashes[1]!, hashes[0]!, ...hashes.slice(2)];
    const { result } = (await anvil.client.simulateContract({
      ...columns,
      functionName: "join",
      args: [swapped],
    } as never)) as { readonly result: Hex };
    expect(result).not.toBe(bytesToHex(large.digest));
    await expect(anvil.send(columns, "store", ["0x"])).rejects.toThrow("PieceWrong");
    await expect(anvil.send(columns, "store", [`0x${"00".repeat(24_576)}`])).rejects.toThrow("PieceWrong");

    const seed = bytesToHex(keccak256(encoding.bytes));
    const read = (tail: number, pieces: number, digest = bytesToHex(large.digest)) =>
      anvil.send(columns, "readStored", [digest, seed, 16n, BigInt(tail), BigInt(pieces), 16n]);
    await expect(read(encoding.tail, 4, bytesToHex(tinyTable.digest))).rejects.toThrow("NotStored");
    // A row that the pieces of the call do not hold to its end is not half read.
    await expect(read(encoding.tail, 0)).rejects.toThrow("TextEnds");
    await read(encoding.tail, 4);
    const forged = [
      { tableDigest: bytesToHex(large.digest), seed, stepRows: 16n, tail: 5n },
      "0x",
      0n,
      "0x",
      16n,
    ];
    await expect(anvil.send(columns, "readPieces", forged)).rejects.toThrow("OnlyItself");
  });
});

describe("whoever reads the rows before", () => {
  const tiny = encodeTable(tinyTable);
  const expected = (seed: Uint8Array) => columnsOf(tinyTable, seed);

  it("leaves rows that need no Poseidon but those of the table's size, and changes no column", async () => {
    await storeTable(anvil, on.columns, tiny.bytes);
    const turn = fc.record({ most: fc.nat(30), stored: fc.boolean() });
    let calls = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { maxLength: 12 }), fc.nat(), async (turns, n) => {
        const seed = keccak256(new TextEncoder().encode(`read ${n} ${calls}`));
        const where = [
          bytesToHex(tinyTable.digest),
          bytesToHex(seed),
          BigInt(tinyTable.rows.length),
          BigInt(tiny.tail),
        ];
        const id = await anvil.read(on.columns, "idOf", where);
        // Only the widths 14, 15 and 17, and those of the large table, are on chain: none may be missing, whatever others read.
        for (const { most, stored } of [...turns, { most: 47, stored: false }, { most: 47, stored: true }]) {
          calls++;
          const rest = stored ? [1n, BigInt(most)] : [bytesToHex(tiny.bytes), BigInt(most)];
          await anvil
            .send(on.columns, stored ? "readStored" : "read", [...where, ...rest])
            .catch((error: unknown) => {
              if (!String(error).includes("TooFewRows")) throw error;
            });
        }
        expect(await anvil.read(on.columns, "tableOf", [id])).toMatchObject({ complete: true });
        expect(await anvil.read(on.columns, "columnsOf", [id, 0n])).toEqual(expected(seed));
      }),
      { numRuns: 12 },
    );
  });
});
