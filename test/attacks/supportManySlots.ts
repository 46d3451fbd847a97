import { loadProfile } from "../../src/keys/instances.js";
import type { AccountRecord } from "../../src/protocol/accountRecord.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { toRecord } from "../../src/protocol/fitShape.js";
import { sortsLanes } from "../../src/protocol/leaf.js";
import type { RiskRow } from "../../src/protocol/riskTable.js";
import type { AccountShape } from "../../src/protocol/shapes.js";
import { deepTable } from "../support/deepMarket.js";

/** The test profile's shape of 17 bracketed slots, which may be in deep lanes, sorted. */
export const sortedShape: AccountShape = loadProfile("test").accounts.find(sortsLanes)!;

const evaluator = new Evaluator(deepTable);

/** An honest account of the deep market in the sorted shape. */
export function sortedRecord(holdings: Readonly<Record<string, bigint>>, tag: bigint): AccountRecord {
  return toRecord(deepTable, sortedShape, evaluator.evaluate(new Map(Object.entries(holdings))), tag);
}

/** The rows of one side of an instrument. */
export function deepRows(symbol: string, side: "long" | "short"): readonly RiskRow[] {
  const lane = deepTable.lanes.find((each) => each.instrument === symbol && each.side === side)!;
  return deepTable.rows.slice(lane.firstRow, lane.firstRow + lane.rowCount);
}
