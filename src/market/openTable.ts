import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import type { RiskTable } from "../protocol/riskTable.js";
import { compileTable } from "./compileTable.js";
import { type OpenRates, openRates, type PrivateModel } from "./privateModel.js";
import type { Market } from "./schema.js";

/** A market's risk table as its exchange knows it: with the secret rates filled in, if there are any. */
export interface OpenTable {
  readonly table: RiskTable;
  readonly rules: OpenRates | undefined;
}

/** @throws MarginproofError PRIVATE_MODEL_MISSING, PRIVATE_MODEL_DIFFERS and those of `compileTable` */
export function openTable(
  market: Market,
  model: PrivateModel | undefined,
  hasher: PoseidonHasher,
): OpenTable {
  const table = compileTable(market);
  const rules = openRates(market, table, model, hasher);
  return { table: rules?.table ?? table, rules };
}
