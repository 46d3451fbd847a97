import type { InstanceOf } from "./circuits.js";

export { type Instance, instanceId } from "./circuits.js";

/**
 * A compiled account step: `accounts` a step, each with `bracketed` slots for lanes with several brackets, deep ones only if
 * `deep` is 1, `flat` slots for lanes with one, `groups` risk groups of `scenarios` each, and `stress` stress scenarios.
 */
export type AccountShape = InstanceOf<"accounts">;

/** A compiled table step: how many `rows` of the risk table it folds. */
export type TableShape = InstanceOf<"table">;

/** A compiled table step whose rows' rates are secret. */
export type PrivateTableShape = InstanceOf<"privateTable">;

export type Shape = AccountShape;
