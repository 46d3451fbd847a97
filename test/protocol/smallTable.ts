import { MAX_QUANTITY } from "../../src/protocol/constants.js";
import { type Evaluation, Evaluator } from "../../src/protocol/evaluate.js";
import type { Lane, RiskRow, RiskTable } from "../../src/protocol/riskTable.js";
import type { AccountShape } from "../../src/protocol/shapes.js";

const row = (key: number, laneIndex: number, other: Partial<RiskRow>): RiskRow => ({
  key,
  flat: false,
  laneIndex,
  sigma: 1n,
  lo: 0n,
  width: 0n,
  price: 0n,
  base: 0n,
  slope: 0n,
  initialBase: 0n,
  initialSlope: 0n,
  groups: [],
  stress: [0n, 0n],
  ...other,
});
const required = (base: bigint, slope: bigint, initialBase: bigint, initialSlope: bigint) => ({
  base,
  slope,
  initialBase,
  initialSlope,
});

const cash = { flat: true, width: MAX_QUANTITY, price: 1n };
const first = { width: 99n, price: 7n, groups: [{ group: 1, gains: [-11n, 13n] }], stress: [-17n, 19n] };
const second = { ...first, lo: 100n, width: MAX_QUANTITY - 100n };
const short = { sigma: -1n as const };
const third = {
  flat: true,
  width: MAX_QUANTITY,
  price: 23n,
  groups: [
    { group: 0, gains: [-29n, 31n, -37n] },
    { group: 1, gains: [41n, -43n] },
  ],
  stress: [47n, -53n],
};

/** The rows of empty slots, then USDT, PERP with two brackets a side, and CALL in two groups; every figure differs. */
const ROWS: RiskRow[] = [
  row(0, -1, { flat: true }),
  row(0, -1, {}),
  row(16, -1, {}),
  row(1, 0, cash),
  row(2, 1, { ...cash, ...short, ...required(0n, 2n, 0n, 3n) }),
  row(256, 2, { ...first, ...required(0n, 5n, 0n, 9n) }),
  row(257, 2, { ...second, ...required(500n, 6n, 900n, 10n) }),
  row(272, 3, { ...first, ...short, ...required(0n, 4n, 0n, 8n) }),
  row(273, 3, { ...second, ...short, ...required(400n, 7n, 800n, 12n) }),
  row(3, 4, { ...third, ...required(0n, 14n, 0n, 15n) }),
  row(4, 5, { ...third, ...short, ...required(0n, 16n, 0n, 18n) }),
];

const instrument = (symbol: string, longLane: number) => ({
  symbol,
  class: { kind: "derivative" } as const,
  quantityStep: "1",
  longLane,
  shortLane: longLane + 1,
});
const lane = (name: string, side: "long" | "short", firstRow: number, rowCount = 1): Lane => ({
  instrument: name,
  side,
  flat: rowCount === 1,
  firstRow,
  rowCount,
});

export const SMALL_TABLE: RiskTable = {
  rows: ROWS,
  lanes: [
    lane("USDT", "long", 3),
    lane("USDT", "short", 4),
    lane("PERP", "long", 5, 2),
    lane("PERP", "short", 7, 2),
    lane("CALL", "long", 9),
    lane("CALL", "short", 10),
  ],
  instruments: [instrument("USDT", 0), instrument("PERP", 2), instrument("CALL", 4)],
  groupScenarios: [3, 2],
  groupPlaces: [0, 1].map((parent) => ({ parent, part: 0, factorBp: 0n })),
  groupNames: ["calls", "all"],
  stressNames: ["crash", "rally"],
  imfBp: 13_000n,
  marginCallBp: 12_000n,
  digest: new Uint8Array(32),
};

/** Room for one holding of each kind more than the table has use for. */
export const SMALL_SHAPE: AccountShape = {
  id: "accounts-a2-b2-f3-g3-s3-z3",
  template: "accounts",
  accounts: 2,
  bracketed: 2,
  flat: 3,
  groups: 3,
  scenarios: 3,
  stress: 3,
};

const evaluator = new Evaluator(SMALL_TABLE);

/** What an account with these holdings comes to, in the order in which they are given. */
export const evaluated = (holdings: Readonly<Record<string, bigint>>): Evaluation =>
  evaluator.evaluate(new Map(Object.entries(holdings)));
