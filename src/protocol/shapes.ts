/** A compiled account step: how many accounts, and how much each can hold. */
export interface AccountShape {
  readonly id: string;
  readonly template: "accounts";
  /** Accounts per step, 1..4096. */
  readonly accounts: number;
  /** Slots for lanes with several brackets, 0..16. */
  readonly bracketed: number;
  /** Slots for lanes with one bracket. */
  readonly flat: number;
  /** Risk-group slots, and scenarios per group. */
  readonly groups: number;
  readonly scenarios: number;
  /** Stress scenarios, 0..4. */
  readonly stress: number;
}

/** A compiled table step: how many rows of the risk table it folds. */
export interface TableShape {
  readonly id: string;
  readonly template: "table";
  readonly rows: number;
}

/** A compiled table step whose rows' rates are secret. */
export interface PrivateTableShape {
  readonly id: string;
  readonly template: "privateTable";
  readonly rows: number;
}

export type Shape = AccountShape;
export type Instance = AccountShape | TableShape | PrivateTableShape;
type Unnamed<T> = T extends Instance ? Omit<T, "id"> : never;

/** The one name a shape can have. */
export function instanceId(instance: Unnamed<Instance>): string {
  if (instance.template === "privateTable") return `private-table-r${instance.rows}`;
  if (instance.template === "table") return `table-r${instance.rows}`;
  const { accounts, bracketed, flat, groups, scenarios, stress } = instance;
  return `accounts-a${accounts}-b${bracketed}-f${flat}-g${groups}-s${scenarios}-z${stress}`;
}
