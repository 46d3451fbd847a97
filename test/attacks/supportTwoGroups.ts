import { compileTable, type MarketJson, parseMarket } from "../../src/market/index.js";
import type { AccountRecord } from "../../src/protocol/accountRecord.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { toRecord } from "../../src/protocol/fitShape.js";
import type { RiskTable } from "../../src/protocol/riskTable.js";
import type { AccountShape } from "../../src/protocol/shapes.js";
import { TINY_MARKET } from "../support/tinyMarket.js";

const market: MarketJson = {
  ...TINY_MARKET,
  groups: [
    { name: "BTC options", scenarios: ["-20%", "-10%", "+10%", "+20%"] },
    { name: "ETH options", scenarios: ["-20%", "-10%", "+10%", "+20%"] },
  ],
  instruments: [
    ...TINY_MARKET.instruments,
    {
      symbol: "ETH-4000-P",
      kind: "option",
      quantityStep: "0.01",
      markPrice: "210.5",
      scenarioGains: { "ETH options": ["500.5", "250.25", "-100.1", "-190.2"] },
      stressGains: ["400", "-200"],
    },
  ],
};

/** The tiny market with a second risk group, whose table does not fill its last step: it has padding rows. */
export const twoGroupTable: RiskTable = compileTable(parseMarket(market));

const evaluator = new Evaluator(twoGroupTable);

/** An honest account of that market. */
export function twoGroupRecord(
  shape: AccountShape,
  holdings: Readonly<Record<string, bigint>>,
  tag: bigint,
): AccountRecord {
  return toRecord(twoGroupTable, shape, evaluator.evaluate(new Map(Object.entries(holdings))), tag);
}
