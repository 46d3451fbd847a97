import type { Market } from "../../market/index.js";
import { hasRole } from "../../protocol/circuits.js";
import type { RiskTable } from "../../protocol/riskTable.js";
import type { Statement } from "../../protocol/statement.js";
import { type TablePart, tableParts } from "../../protocol/tableParts.js";
import type { StepSource } from "../stepSource.js";
import type { Established } from "./established.js";
import { failure } from "./failure.js";
import type { TrustedKeys } from "./trustedKeys.js";

/** The states that the published steps end in, and the part of the table that each table step stands for. */
export interface Coverage {
  readonly states: readonly bigint[];
  readonly parts: readonly TablePart[];
}

/**
 * One step for every batch and every part of the table.
 * @throws MarginproofError STEP_COUNT, SHAPE_STRESS, TABLE_COVERAGE, and those of the source
 */
export function checkCoverage(
  steps: StepSource,
  statement: Statement,
  market: Market,
  table: RiskTable,
  keys: TrustedKeys,
): Established<Coverage> {
  // Counted first: a proof takes milliseconds to parse.
  const expected = statement.batches.length + statement.tableSteps.length;
  if (steps.length !== expected)
    throw failure("STEP_COUNT", `${steps.length} steps are published, the statement lists ${expected}`);
  assertStressPlaces(keys, table);
  const parts = coveredParts(market, table, keys);
  return {
    value: { states: steps.states(), parts },
    detail: `${statement.batches.length} account steps, ${statement.tableSteps.length} table steps`,
  };
}

/** A batch of a shape with fewer stress places would be left out of the stressed sums. */
function assertStressPlaces({ batches }: TrustedKeys, table: RiskTable): void {
  const index = batches.findIndex(({ shape }) => shape.stress < table.stressNames.length);
  if (index < 0) return;
  throw failure(
    "SHAPE_STRESS",
    `batch ${index}: shape ${batches[index]?.shape.id} has too few stress places for this market`,
  );
}

function coveredParts(market: Market, table: RiskTable, { tableSteps }: TrustedKeys): TablePart[] {
  const shapes = tableSteps.map(({ shape }) => shape);
  const parts = tableParts(table, shapes[0]?.rows ?? 0, market.privateRules?.rowsPerStep ?? 0);
  const secret = parts.filter((part) => part.private).length;
  if (secret !== (market.privateRules?.commitments.length ?? 0)) {
    throw failure("TABLE_COVERAGE", `the market file has not one commitment for each of ${secret} steps`);
  }
  const wrong = parts.some(
    (part, i) =>
      shapes[i] === undefined ||
      !hasRole(shapes[i], part.private ? "privateTableStep" : "tableStep") ||
      shapes[i].rows !== part.size,
  );
  if (wrong || shapes.length !== parts.length) {
    throw failure(
      "TABLE_COVERAGE",
      `${shapes.length} table steps do not cut the table of ${table.rows.length} rows as it is to be cut`,
    );
  }
  return parts;
}
