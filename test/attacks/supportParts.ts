import { compileTable, type MarketJson, parseMarket } from "../../src/market/index.js";
import type { AccountRecord, GroupResult } from "../../src/protocol/accountRecord.js";
import { bandOf } from "../../src/protocol/bands.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { toRecord } from "../../src/protocol/fitShape.js";
import type { RiskTable } from "../../src/protocol/riskTable.js";
import { type AccountShape, instanceId } from "../../src/protocol/shapes.js";
import { TINY_MARKET } from "../support/tinyMarket.js";

const scenarios = ["-20%", "+20%"];
const option = (
  symbol: string,
  scenarioGains: Record<string, string[]>,
): MarketJson["instruments"][number] => ({
  symbol,
  kind: "option",
  quantityStep: "0.01",
  markPrice: "1000",
  scenarioGains,
  stressGains: ["-300", "500"],
});

/** Two groups with two and one parts, the first with an initial factor of its own; options of each, and one of a part alone. */
const market: MarketJson = {
  ...TINY_MARKET,
  groups: [
    { name: "A", scenarios, initialFactorBp: 20_000 },
    { name: "A near", within: "A", scenarios },
    { name: "A far", within: "A", scenarios },
    { name: "B", scenarios },
    { name: "B near", within: "B", scenarios },
  ],
  instruments: [
    ...TINY_MARKET.instruments.filter(({ kind }) => kind === "asset" || kind === "settlement"),
    option("NEAR", { A: ["-400", "700"], "A near": ["-30", "-50"] }),
    option("FAR", { A: ["-300", "500"], "A far": ["-20", "-40"] }),
    option("ALONE", { "A near": ["-10", "-15"] }),
    option("OTHER", { B: ["-200", "250"], "B near": ["-5", "-7"] }),
  ],
};

export const partsTable: RiskTable = compileTable(parseMarket(market));
const evaluator = new Evaluator(partsTable);

const places = { accounts: 2, bracketed: 1, flat: 4, groups: 2, scenarios: 2, stress: 2, parts: 3 };
const template = "accounts";
export const partsShape: AccountShape = { id: instanceId({ template, ...places }), template, ...places };

export function partsRecord(holdings: Readonly<Record<string, bigint>>, tag: bigint): AccountRecord {
  return toRecord(partsTable, partsShape, evaluator.evaluate(new Map(Object.entries(holdings))), tag);
}

/** The group's own gains in each scenario, as the circuit has them: what its parts lose is not among them. */
export const ownGains = ({ worst, slack, parts = [] }: GroupResult): bigint[] =>
  slack.map((value, s) =>
    parts.reduce((sum, { gains }) => (gains[s]! < 0n ? sum - gains[s]! : sum), value - worst),
  );

/** A group of these gains and parts, with all that follows from them. */
export function groupOf(own: readonly bigint[], like: GroupResult): GroupResult {
  const total = own.map((gain, s) =>
    like.parts!.reduce((sum, { gains }) => (gains[s]! < 0n ? sum + gains[s]! : sum), gain),
  );
  const worst = total.reduce((most, gain) => (-gain > most ? -gain : most), 0n);
  return { ...like, worst, slack: total.map((gain) => worst + gain) };
}

/** The account with other groups, and the requirements and band that these give. */
export function withGroups(honest: AccountRecord, groups: readonly GroupResult[]): AccountRecord {
  const sum = (of: (group: GroupResult) => bigint, list: readonly GroupResult[]) =>
    list.reduce((total, group) => total + of(group), 0n);
  const initialOf = (group: GroupResult) => (partsTable.imfBp + (group.factorBp ?? 0n)) * group.worst;
  const results = {
    equity: honest.equity,
    maintenance: honest.maintenance + sum((g) => g.worst, groups) - sum((g) => g.worst, honest.groups),
    initial: honest.initial + sum(initialOf, groups) - sum(initialOf, honest.groups),
  };
  return { ...honest, ...results, groups, band: bandOf(results, partsTable.marginCallBp) };
}
