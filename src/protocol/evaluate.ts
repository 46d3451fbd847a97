import { MarginproofError } from "../errors.js";
import { type Band, bandOf, type Standing } from "./bands.js";
import { INITIAL_SCALE, MAX_QUANTITY } from "./constants.js";
import type { RiskRow, RiskTable } from "./riskTable.js";

/** A holding placed in its row: |quantity| = row.lo + offset. */
export interface PlacedHolding {
  readonly rowIndex: number;
  readonly row: RiskRow;
  readonly offset: bigint;
}

/** What a part of a group gains in each scenario, value units. */
export interface EvaluatedPart {
  /** Its number among the market's groups, and its place in its group. */
  readonly group: number;
  readonly part: number;
  readonly gains: readonly bigint[];
}

export interface EvaluatedGroup {
  readonly group: number;
  /** max(0, worst loss), value units. */
  readonly worst: bigint;
  /** Gain per scenario of the group, value units: its own, and of each part where that is a loss. */
  readonly gains: readonly bigint[];
  readonly parts: readonly EvaluatedPart[];
  /** By how much its initial factor is above the market's, in 1/10000. */
  readonly factorBp: bigint;
}

/** One account under the risk table, in value units (initial: 1/10000 of one). */
export interface Evaluation {
  readonly holdings: readonly PlacedHolding[];
  readonly equity: bigint;
  readonly maintenance: bigint;
  readonly initial: bigint;
  readonly band: Band;
  /** Risk groups the account is exposed to, by number. */
  readonly groups: readonly EvaluatedGroup[];
  /** Equity under each stress scenario of the market. */
  readonly stressed: readonly bigint[];
}

/** Evaluates accounts against one table; holds the table's lookup structures. */
export class Evaluator {
  private readonly lanesOf = new Map<string, { long: number; short: number }>();

  constructor(readonly table: RiskTable) {
    for (const instrument of table.instruments) {
      this.lanesOf.set(instrument.symbol, { long: instrument.longLane, short: instrument.shortLane });
    }
  }

  /**
   * The exact integer evaluation that the circuit proves.
   * @param holdings signed quantity in steps per instrument symbol; zeros are ignored
   * @throws MarginproofError ACCOUNT_UNKNOWN_INSTRUMENT, ACCOUNT_QUANTITY_TOO_LARGE
   */
  evaluate(holdings: ReadonlyMap<string, bigint>): Evaluation {
    const placed: PlacedHolding[] = [];
    let equity = 0n;
    let maintenance = 0n;
    let initial = 0n;
    const stressGain = this.table.stressNames.map(() => 0n);
    const gains = new Map<number, bigint[]>();
    for (const [symbol, quantity] of holdings) {
      if (quantity === 0n) continue;
      const holding = this.place(symbol, quantity);
      placed.push(holding);
      const { row, offset } = holding;
      equity += quantity * row.price;
      maintenance += row.base + row.slope * offset;
      initial += row.initialBase + row.initialSlope * offset;
      row.stress.forEach((units, z) => {
        stressGain[z] = stressGain[z]! + quantity * units;
      });
      addGains(gains, row, quantity);
    }
    placed.sort((one, other) => one.rowIndex - other.rowIndex);
    const groups = this.groupsOf(gains);
    const health = this.health(equity, maintenance, initial, groups);
    return {
      holdings: placed,
      ...health,
      band: bandOf(health, this.table.marginCallBp),
      groups,
      stressed: stressGain.map((gain) => equity + gain),
    };
  }

  /** With what the risk groups require besides the holdings' own, `initial` in value units. */
  protected health(
    equity: bigint,
    maintenance: bigint,
    initial: bigint,
    groups: readonly EvaluatedGroup[],
  ): Standing {
    const sum = (of: (group: EvaluatedGroup) => bigint) =>
      groups.reduce((total, group) => total + of(group), 0n);
    return {
      equity,
      maintenance: maintenance + sum(({ worst }) => worst),
      initial: INITIAL_SCALE * initial + sum(({ worst, factorBp }) => (this.table.imfBp + factorBp) * worst),
    };
  }

  /**
   * Results of the groups, by number. In each scenario a group gains what its own gains come to, and of each of its parts what
   * that loses: a sum over parts of min(0, gain).
   */
  protected groupsOf(gains: ReadonlyMap<number, readonly bigint[]>): EvaluatedGroup[] {
    const { groupPlaces, groupScenarios } = this.table;
    const parts = new Map<number, EvaluatedPart[]>();
    for (const [group, own] of [...gains].sort(([one], [other]) => one - other)) {
      const { parent, part } = groupPlaces[group]!;
      if (!parts.has(parent)) parts.set(parent, []);
      if (part > 0) parts.get(parent)!.push({ group, part, gains: own });
    }
    return [...parts]
      .sort(([one], [other]) => one - other)
      .map(([group, own]): EvaluatedGroup => {
        const total = [...(gains.get(group) ?? new Array<bigint>(groupScenarios[group]!).fill(0n))];
        for (const part of own)
          part.gains.forEach((gain, s) => {
            if (gain < 0n) total[s] = total[s]! + gain;
          });
        const worst = total.reduce((most, gain) => (-gain > most ? -gain : most), 0n);
        return { group, worst, gains: total, parts: own, factorBp: groupPlaces[group]!.factorBp };
      });
  }

  /** Finds the row of a holding. */
  protected place(symbol: string, quantity: bigint): PlacedHolding {
    const lanes = this.lanesOf.get(symbol);
    if (lanes === undefined) {
      throw new MarginproofError("ACCOUNT_UNKNOWN_INSTRUMENT", `instrument ${symbol} is not in the market`);
    }
    const size = quantity < 0n ? -quantity : quantity;
    if (size > MAX_QUANTITY) {
      throw new MarginproofError(
        "ACCOUNT_QUANTITY_TOO_LARGE",
        `${symbol}: ${size} steps exceed the largest provable quantity of 2^52 - 1 steps`,
      );
    }
    const lane = this.table.lanes[quantity > 0n ? lanes.long : lanes.short]!;
    let rowIndex = lane.firstRow;
    const last = lane.firstRow + lane.rowCount - 1;
    while (rowIndex < last && this.table.rows[rowIndex + 1]!.lo <= size) rowIndex++;
    const row = this.table.rows[rowIndex]!;
    return { rowIndex, row, offset: size - row.lo };
  }
}

/** Adds what a holding gains in each scenario of its lane's groups. */
export function addGains(gains: Map<number, bigint[]>, row: RiskRow, quantity: bigint): void {
  for (const { group, gains: perStep } of row.groups) {
    let total = gains.get(group);
    if (total === undefined) gains.set(group, (total = perStep.map(() => 0n)));
    for (let s = 0; s < perStep.length; s++) total[s] = total[s]! + quantity * perStep[s]!;
  }
}
