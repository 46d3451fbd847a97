import type { AccountRecord } from "../protocol/accountRecord.js";
import type { RiskTable } from "../protocol/riskTable.js";
import { forEachSlot, type RowOfKey } from "../protocol/rowSums.js";

/** Fewer accounts than this behind a total, and the total says much of each: docs/security.md. */
const FEW_ACCOUNTS = 10;

/** Figures of a statement that are sums over accounts. */
export type SummedTotal =
  | "positiveEquity"
  | "badDebt"
  | "maintenance"
  | "shortfall"
  | "initial"
  | "stressBadDebt"
  | "long"
  | "short";

/** How many margin accounts have a part other than 0 in a published total. For the exchange alone: never published. */
export interface AccountsBehind {
  readonly total: SummedTotal;
  /** Stress scenario or instrument; absent where there is one such total. */
  readonly subject?: string;
  readonly accounts: number;
}

/** Counts, account by account, while the totals are summed. */
export class BehindTotals {
  private readonly sums = { positiveEquity: 0, badDebt: 0, maintenance: 0, shortfall: 0, initial: 0 };
  private readonly stress: number[];
  private readonly lanes: number[];

  constructor(
    private readonly table: RiskTable,
    private readonly rows: RowOfKey,
  ) {
    this.stress = table.stressNames.map(() => 0);
    this.lanes = table.lanes.map(() => 0);
  }

  /** An account holds an instrument in one slot; padding has no part in anything. */
  add(account: AccountRecord): void {
    const { equity, maintenance, initial, stressed } = account;
    if (equity > 0n) this.sums.positiveEquity++;
    if (equity < 0n) this.sums.badDebt++;
    if (maintenance > 0n) this.sums.maintenance++;
    if (maintenance > equity) this.sums.shortfall++;
    if (initial > 0n) this.sums.initial++;
    for (const z of this.stress.keys()) if (stressed[z]! < 0n) this.stress[z]!++;
    forEachSlot(account, this.rows, (row) => {
      const { laneIndex } = this.table.rows[row]!;
      if (laneIndex >= 0) this.lanes[laneIndex]!++;
    });
  }

  /** Every total of the statement, in its order. */
  list(): AccountsBehind[] {
    const sums = Object.entries(this.sums) as [keyof typeof this.sums, number][];
    return [
      ...sums.map(([total, accounts]) => ({ total, accounts })),
      ...this.stress.map((accounts, z) => {
        return { total: "stressBadDebt", subject: this.table.stressNames[z]!, accounts } as const;
      }),
      ...this.table.lanes.map(({ instrument, side }, l) => {
        return { total: side, subject: instrument, accounts: this.lanes[l]! };
      }),
    ];
  }
}

/** Totals that some accounts stand behind, but fewer than `FEW_ACCOUNTS`; fewest first. */
export function restingOnFew(behind: readonly AccountsBehind[]): AccountsBehind[] {
  return behind
    .filter(({ accounts }) => accounts > 0 && accounts < FEW_ACCOUNTS)
    .sort((one, other) => one.accounts - other.accounts);
}

const NAMES: Readonly<Record<SummedTotal, string>> = {
  positiveEquity: "positive equity",
  badDebt: "bad debt",
  maintenance: "maintenance requirement",
  shortfall: "shortfall",
  initial: "initial requirement",
  stressBadDebt: "bad debt under",
  long: "total long of",
  short: "total short of",
};

/** Totals named in one warning. */
const NAMED = 12;

/** The warnings for whoever is about to publish: what rests on few accounts, and on how many. None when nothing does. */
export function fewAccountsWarnings(behind: readonly AccountsBehind[]): string[] {
  const few = restingOnFew(behind);
  const ofQuantity = ({ total }: AccountsBehind): boolean => total === "long" || total === "short";
  return [few.filter((own) => !ofQuantity(own)), few.filter(ofQuantity)]
    .filter((part) => part.length > 0)
    .map((part) => {
      const names = part
        .slice(0, NAMED)
        .map(({ total, subject, accounts }) =>
          [NAMES[total], ...(subject === undefined ? [] : [subject]), `(${accounts})`].join(" "),
        );
      const more = part.length > NAMED ? ` and ${part.length - NAMED} more` : "";
      return `FEW ACCOUNTS: published totals that rest on fewer than ${FEW_ACCOUNTS} margin accounts tell outsiders about each of them (counts for you alone): ${names.join(", ")}${more}`;
    });
}
