import { loadProfile } from "../../src/keys/instances.js";
import { compileTable, type MarketJson, parseMarket } from "../../src/market/index.js";
import type { AccountRecord } from "../../src/protocol/accountRecord.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { toRecord } from "../../src/protocol/fitShape.js";
import { sortsLanes } from "../../src/protocol/leaf.js";
import type { RiskRow, RiskTable } from "../../src/protocol/riskTable.js";
import type { AccountShape } from "../../src/protocol/shapes.js";
import { TINY_MARKET } from "../support/tinyMarket.js";

/** The test profile's shape of 17 bracketed slots, which may be in deep lanes, sorted. */
export const sortedShape: AccountShape = loadProfile("test").accounts.find(sortsLanes)!;

/** Rising rates at 40 notionals: a deep lane. */
const tiers = (first: number) => ({
  brackets: Array.from({ length: 40 }, (_, k) => ({
    notionalFloor: `${k * 10_000}`,
    rate: `0.0${first + k}`,
  })),
});

const market: MarketJson = {
  ...TINY_MARKET,
  instruments: [
    ...TINY_MARKET.instruments,
    {
      symbol: "ETH-PERP",
      kind: "perpetual",
      quantityStep: "0.01",
      markPrice: "4000",
      maintenance: tiers(10),
      initial: tiers(50),
      stressGains: ["-1200", "1500"],
    },
  ],
};

/** The tiny market with a contract of 40 brackets. */
export const deepTable: RiskTable = compileTable(parseMarket(market));

const evaluator = new Evaluator(deepTable);

/** An honest account of that market in the sorted shape. */
export function sortedRecord(holdings: Readonly<Record<string, bigint>>, tag: bigint): AccountRecord {
  return toRecord(deepTable, sortedShape, evaluator.evaluate(new Map(Object.entries(holdings))), tag);
}

/** The rows of one side of an instrument. */
export function deepRows(symbol: string, side: "long" | "short"): readonly RiskRow[] {
  const lane = deepTable.lanes.find((each) => each.instrument === symbol && each.side === side)!;
  return deepTable.rows.slice(lane.firstRow, lane.firstRow + lane.rowCount);
}
