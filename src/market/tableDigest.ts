import type { TableContents } from "../protocol/riskTable.js";
import { CanonicalHash } from "./canonical.js";

/**
 * keccak256 of the canonical encoding of a risk table: names, units and classes of the instruments, lanes, groups,
 * stress scenarios, the initial factor, the margin call and every entry of every row, in order (all its contents).
 */
export function tableDigest(table: TableContents): Uint8Array {
  const hash = new CanonicalHash();
  writeTable(hash, table);
  return hash.digest();
}

/** The encoding that `tableDigest` is the hash of. */
export interface TableEncoding {
  readonly bytes: Uint8Array;
  /** Where each row ends, and where all do. */
  readonly rowEnds: readonly number[];
  readonly tail: number;
}

/** A table as contracts read it (contracts/TableColumns.sol). */
export function encodeTable(table: TableContents): TableEncoding {
  const pieces: Uint8Array[] = [];
  const hash = new CanonicalHash((bytes) => void pieces.push(bytes.slice()));
  const rowEnds: number[] = [];
  const tail = writeTable(hash, table, rowEnds);
  hash.digest();
  const bytes = new Uint8Array(hash.length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return { bytes, rowEnds, tail };
}

/** @returns where the rows end, and in `rowEnds` where each does */
function writeTable(hash: CanonicalHash, table: TableContents, rowEnds: number[] = []): number {
  const text = (value: string) => void hash.text(value);
  const integer = (value: bigint | number) => void hash.integer(value);
  hash.text("marginproof/risk-table/1").integer(table.imfBp).integer(table.marginCallBp);
  hash.list(table.groupNames, text).list(table.groupScenarios, integer).list(table.stressNames, text);
  hash.list(table.instruments, (i) => {
    hash
      .text(i.symbol)
      .text(i.class.kind)
      .text("asset" in i.class ? i.class.asset : "")
      .text(i.quantityStep);
    hash.integer(i.longLane).integer(i.shortLane);
  });
  hash.list(table.lanes, (lane) => {
    hash
      .text(lane.instrument)
      .text(lane.side)
      .text(lane.flat ? "flat" : "bracketed");
    hash.integer(lane.firstRow).integer(lane.rowCount);
  });
  hash.list(table.rows, (r) => {
    hash
      .text(r.flat ? "flat" : "bracketed")
      .integer(r.key)
      .integer(r.laneIndex);
    for (const x of [r.sigma, r.lo, r.width, r.price, r.base, r.slope, r.initialBase, r.initialSlope])
      hash.integer(x);
    hash.list(r.groups, (g) => void hash.integer(g.group).list(g.gains, integer));
    hash.list(r.stress, integer);
    rowEnds.push(hash.length);
  });
  const tail = hash.length;
  // Only where groups have parts or factors of their own, as below.
  for (const [g, { parent, part, factorBp }] of table.groupPlaces.entries())
    if (part > 0 || factorBp > 0n)
      hash.text("group").integer(g).integer(parent).integer(part).integer(factorBp);
  // Only where rates are secret: a table without such rows has the digest it always had.
  for (const [r, { notional }] of table.rows.entries())
    if (notional !== undefined) hash.text("notional").integer(r).integer(notional);
  return tail;
}
