/**
 * One row of the risk table: one bracket of one lane (one side of one instrument).
 * Money is in value units per quantity step; quantities are in quantity steps.
 * `quantity = sigma * (lo + a)` with `0 <= a <= width`.
 */
export interface RiskRow {
  /** `lane * 16 + bracket` (bracketed), `DEEP_KEYS + lane * 64 + bracket` (deep) or the flat lane's number. */
  readonly key: number;
  readonly flat: boolean;
  /** Position of the row's lane in `RiskTable.lanes`; -1 for the null rows. */
  readonly laneIndex: number;
  readonly sigma: 1n | -1n;
  readonly lo: bigint;
  readonly width: bigint;
  /** Value of one long step (the same on both sides of an instrument). */
  readonly price: bigint;
  /** Maintenance requirement `base + slope * a`. */
  readonly base: bigint;
  readonly slope: bigint;
  /** Initial requirement `initialBase + initialSlope * a`. */
  readonly initialBase: bigint;
  readonly initialSlope: bigint;
  /**
   * Only in rows whose rates are secret: notional of one step, in RATE_SCALE value units. What such a row requires is 0 in
   * the public table; those who know the rates fill it in (`withRates`).
   */
  readonly notional?: bigint;
  /** Gain of one long step per scenario of each risk group the lane belongs to (sparse). */
  readonly groups: readonly { readonly group: number; readonly gains: readonly bigint[] }[];
  /** Gain of one long step per stress scenario: always one entry per stress scenario of the market. */
  readonly stress: readonly bigint[];
}

/** One side of one instrument. */
export interface Lane {
  readonly instrument: string;
  readonly side: "long" | "short";
  readonly flat: boolean;
  /** Positions of its rows in `RiskTable.rows`, in bracket order. */
  readonly firstRow: number;
  readonly rowCount: number;
}

/** What an instrument is for the open-book checks. */
export type InstrumentClass =
  | { readonly kind: "asset"; readonly asset: string }
  | { readonly kind: "derivative" }
  | { readonly kind: "settlement"; readonly asset: string };

export interface TableInstrument {
  readonly symbol: string;
  readonly class: InstrumentClass;
  /** Quantity of one step, canonical decimal text. */
  readonly quantityStep: string;
  readonly longLane: number;
  readonly shortLane: number;
}

/** Where a group stands among the groups: by itself, or as a part of one. */
export interface GroupPlace {
  /** Number of the group that it is a part of; its own where it is none. */
  readonly parent: number;
  /** Which part, counted from 1; 0 where it is none. */
  readonly part: number;
  /** By how much the (parent) group's initial factor is above the market's, in 1/10000. */
  readonly factorBp: bigint;
}

/** What a risk table holds. */
export interface TableContents {
  /** Rows in proving order: flat null, bracketed nulls, then per instrument long lane, short lane. */
  readonly rows: readonly RiskRow[];
  readonly lanes: readonly Lane[];
  readonly instruments: readonly TableInstrument[];
  /** Scenario count of each risk group; group number = position. */
  readonly groupScenarios: readonly number[];
  readonly groupNames: readonly string[];
  /** By group number. What a part gains counts in its parent's scenarios where it is a loss: `Evaluator`. */
  readonly groupPlaces: readonly GroupPlace[];
  readonly stressNames: readonly string[];
  /** Initial margin factor on the groups' worst losses, in 1/10000. */
  readonly imfBp: bigint;
  /** Equity at which the margin call ends, in 1/10000 of the initial requirement. */
  readonly marginCallBp: bigint;
}

/** The risk table: what the market file compiles to and every verifier rebuilds. */
export interface RiskTable extends TableContents {
  /** keccak256 of the canonical encoding of its contents: `tableDigest`. */
  readonly digest: Uint8Array;
}
