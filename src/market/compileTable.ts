import { Faults } from "../errors.js";
import {
  BRACKET_BITS,
  DEEP_BRACKET_BITS,
  DEEP_KEYS,
  MAX_BRACKETS,
  NULL_LANES,
} from "../protocol/constants.js";
import type { InstrumentClass, Lane, RiskRow, RiskTable, TableInstrument } from "../protocol/riskTable.js";
import { assertTableInvariants } from "./checkTable.js";
import { type CompileContext, compileLane } from "./compileLane.js";
import { groupPlaces } from "./groupPlaces.js";
import { instrumentPath, type Place } from "./marketError.js";
import { assetOf, type Market, type MarketInstrument } from "./marketFile.js";
import { nullRows } from "./nullRows.js";
import { tableDigest } from "./tableDigest.js";
import { noRoom, tableSize } from "./tableSize.js";

/**
 * Compiles a market into its risk table: docs/protocol.md section 2. Deterministic and exact, so that every
 * verifier rebuilds the same rows and the same digest from the same market file. What it returns keeps every invariant
 * (`assertTableInvariants`).
 * @throws MarginproofError TOO_MANY_BRACKETS, TOO_MANY_LANES, TOO_MANY_ROWS, TOO_MANY_GAINS, ENTRY_TOO_LARGE,
 * VALUE_UNIT_TOO_COARSE, INITIAL_BELOW_MAINTENANCE
 */
export function compileTable(market: Market): RiskTable {
  const context: CompileContext = {
    market,
    groupNumbers: new Map(market.groups.map((g, number) => [g.name, number])),
  };
  const faults = new Faults();
  const rows: RiskRow[] = nullRows(market.stress.length);
  const lanes: Lane[] = [];
  const instruments: TableInstrument[] = [];
  const withRoom = tableSize(rows.length);
  const keys = new LaneKeys();
  market.instruments.forEach((instrument, index) => {
    const path = instrumentPath(index, instrument.symbol);
    for (const side of ["long", "short"] as const) {
      const laneRows = faults.attempt(() => compileLane(context, instrument, side, path));
      if (laneRows === undefined) continue;
      const flat = laneRows.length === 1;
      const firstKey = keys.next(laneRows.length, path);
      const laneIndex = lanes.length;
      lanes.push({
        instrument: instrument.symbol,
        side,
        flat,
        firstRow: rows.length,
        rowCount: laneRows.length,
      });
      const added = withRoom(laneRows, path);
      rows.push(...added.map((row, bracket) => ({ key: firstKey + bracket, flat, laneIndex, ...row })));
    }
    instruments.push({
      symbol: instrument.symbol,
      class: classOf(instrument),
      quantityStep: instrument.quantityStep,
      longLane: lanes.length - 2,
      shortLane: lanes.length - 1,
    });
  });
  faults.throwAny();
  const table = {
    rows,
    lanes,
    instruments,
    groupScenarios: market.groups.map((g) => g.scenarios.length),
    groupNames: market.groups.map((g) => g.name),
    groupPlaces: groupPlaces(market),
    stressNames: market.stress.map((s) => s.name),
    imfBp: BigInt(market.initialFactorBp),
    marginCallBp: BigInt(market.marginCallBp),
  };
  assertTableInvariants(table);
  return { ...table, digest: tableDigest(table) };
}

/** Numbers lanes as they come, each kind by itself. */
class LaneKeys {
  private flat = 1;
  private bracketed = NULL_LANES;
  private deep = 0;

  /** The key of a lane's first row. @throws MarginproofError TOO_MANY_LANES */
  next(brackets: number, path: Place): number {
    const [what, key] =
      brackets === 1
        ? ["flat lanes", this.flat++]
        : brackets <= MAX_BRACKETS
          ? ["bracketed lanes", this.bracketed++ << BRACKET_BITS]
          : [`lanes of more than ${MAX_BRACKETS} brackets`, this.deep++ << DEEP_BRACKET_BITS];
    if (key >= DEEP_KEYS) throw noRoom("TOO_MANY_LANES", what, path);
    return brackets > MAX_BRACKETS ? DEEP_KEYS + key : key;
  }
}

function classOf(i: MarketInstrument): InstrumentClass {
  if (i.kind === "orders") return { kind: "orders", asset: i.asset! };
  const asset = assetOf(i);
  if (asset === undefined) return { kind: "derivative" };
  return { kind: i.kind === "asset" ? "asset" : "settlement", asset };
}
