import { describe, expect, test } from "vitest";
import { bytesToHex } from "../../src/field/encoding.js";
import { keccak256 } from "../../src/field/keccak.js";
import { CanonicalHash } from "../../src/market/canonical.js";
import { encodeTable, tableDigest } from "../../src/market/tableDigest.js";
import type { TableContents } from "../../src/protocol/riskTable.js";
import { tinyTable } from "../support/tinyMarket.js";

const text = new TextDecoder();

describe("the encoding of a table", () => {
  test.each([
    ["of a few rows", tinyTable.rows],
    ["longer than what is hashed at once", Array.from({ length: 40 }, () => tinyTable.rows).flat()],
  ])("%s is what its digest is the hash of", (_, rows) => {
    const table: TableContents = { ...tinyTable, rows };
    const { bytes, rowEnds, tail } = encodeTable(table);
    expect(bytes.length > 1 << 16).toBe(rows.length > 1000);
    expect(bytesToHex(keccak256(bytes))).toBe(bytesToHex(tableDigest(table)));
    expect(tail).toBe(bytes.length);
    expect([rowEnds.length, rowEnds.at(-1)]).toEqual([rows.length, tail]);
    expect(rowEnds).toEqual([...rowEnds].sort((a, b) => a - b));
    expect(text.decode(bytes)).toContain("marginproof/risk-table/1");
    const secret = { ...table, rows: rows.map((row, i) => (i > 0 ? row : { ...row, notional: 7n })) };
    const longer = encodeTable(secret);
    expect(longer.tail).toBe(tail);
    expect(bytesToHex(longer.bytes.subarray(0, tail))).toBe(bytesToHex(bytes));
    expect(text.decode(longer.bytes.subarray(tail))).toContain("notional");
    expect(bytesToHex(keccak256(longer.bytes))).toBe(bytesToHex(tableDigest(secret)));
  });

  test("is as long as it says, whatever was hashed already, and comes in pieces in order", () => {
    const pieces: Uint8Array[] = [];
    const hash = new CanonicalHash((bytes) => void pieces.push(bytes.slice()));
    expect(hash.length).toBe(0);
    const long = "a".repeat(40_000);
    for (let n = 1; n <= 5; n++) expect(hash.text(long).length).toBe(n * 40_004);
    const digest = hash.digest();
    expect(hash.length).toBe(5 * 40_004);
    expect(pieces.length).toBeGreaterThan(1);
    expect(bytesToHex(keccak256(...pieces))).toBe(bytesToHex(digest));
    expect(pieces.reduce((sum, piece) => sum + piece.length, 0)).toBe(hash.length);
  });
});
