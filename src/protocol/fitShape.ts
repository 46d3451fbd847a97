import { MarginproofError } from "../errors.js";
import type { AccountRecord, Slot } from "./accountRecord.js";
import { CELL_BOUND, DEEP_KEYS, INITIAL_SCALE, VALUE_BOUND } from "./constants.js";
import type { Evaluation } from "./evaluate.js";
import { emptyAccount, laneOfKey, nullParts, sortsLanes } from "./leaf.js";
import { marginAccountTitle, type PocketId } from "./pocket.js";
import type { RiskTable } from "./riskTable.js";
import type { AccountShape } from "./shapes.js";

/** Why an account can't be proved by any of the shapes, in words. */
export type Misfit = string;

/** What a shape has room for in each account, or what an account needs. */
export type Room = Omit<AccountShape, "id" | "template" | "accounts">;
type Place = keyof Room;

/** The room that everything the account holds and the market asks of it takes. */
export function roomNeeded({ holdings, groups, stressed }: Evaluation): Room {
  const flat = holdings.filter((holding) => holding.row.flat).length;
  return {
    bracketed: holdings.length - flat,
    flat,
    groups: groups.length,
    scenarios: Math.max(0, ...groups.map(({ gains }) => gains.length)),
    stress: stressed.length,
    deep: holdings.some(({ row }) => row.key >= DEEP_KEYS) ? 1 : 0,
    // A group's own initial factor has a place where there are parts.
    parts: Math.max(0, ...groups.map(({ parts, factorBp }) => parts.length || (factorBp > 0n ? 1 : 0))),
  };
}

export function fits(shape: Room, evaluation: Evaluation): boolean {
  const needed = roomNeeded(evaluation);
  return (Object.keys(needed) as Place[]).every((place) => needed[place]! <= (shape[place] ?? 0));
}

/** Values outside the circuit's ranges: named, because they can't be proved in any shape. */
export function valueOutOfRange(evaluation: Evaluation): Misfit | undefined {
  const signed: [string, bigint][] = [
    ["equity", evaluation.equity],
    ...evaluation.stressed.map((value, z): [string, bigint] => [`equity under stress ${z}`, value]),
  ];
  for (const [name, value] of signed) {
    if (value >= VALUE_BOUND || value < -VALUE_BOUND) return `${name} is outside +-2^72 value units`;
  }
  // The maintenance requirement is never above the initial one.
  if (evaluation.initial >= INITIAL_SCALE * VALUE_BOUND)
    return "the initial requirement is 2^72 value units or more";
  for (const { group, worst, gains, parts } of evaluation.groups) {
    if (worst >= VALUE_BOUND || gains.some((gain) => worst + gain >= VALUE_BOUND)) {
      return `scenario results of risk group ${group} span more than 2^72 value units`;
    }
    for (const part of parts)
      if (part.gains.some((gain) => gain >= CELL_BOUND || gain < -CELL_BOUND))
        return `scenario results of risk group ${part.group}, a part of group ${group}, are outside +-2^48 value units`;
  }
  return undefined;
}

/** What no shape can prove is refused wherever an account is evaluated. @throws MarginproofError ACCOUNT_VALUE_RANGE */
export function assertInRange(id: PocketId, evaluation: Evaluation): void {
  const outOfRange = valueOutOfRange(evaluation);
  if (outOfRange === undefined) return;
  throw new MarginproofError("ACCOUNT_VALUE_RANGE", `${marginAccountTitle(id)}: ${outOfRange}`, {
    kind: "usage",
    hint: "Use a coarser valueUnit in the market file.",
  });
}

/** The account in the form of `shape`; the caller has checked `fits` and `valueOutOfRange`. */
export function toRecord(
  table: RiskTable,
  shape: AccountShape,
  evaluation: Evaluation,
  tag: bigint,
): AccountRecord {
  const empty = emptyAccount(shape, tag);
  const flat = [...empty.flat];
  const held: Slot[] = [];
  let nextFlat = 0;
  for (const { row, offset } of evaluation.holdings) {
    if (row.flat) flat[nextFlat++] = { key: row.key, offset, complement: 0n };
    else held.push({ key: row.key, offset, complement: row.width - offset });
  }
  const bracketed = placeBracketed(empty.bracketed, held, sortsLanes(shape));
  const groups = [...empty.groups];
  evaluation.groups.forEach(({ group, worst, gains, parts, factorBp }, n) => {
    const slack = Array.from({ length: shape.scenarios }, (_, s) => worst + (gains[s] ?? 0n));
    const unused = nullParts(shape, parts.length);
    const filled = parts.map(({ part, gains: own }) => ({
      part,
      gains: Array.from({ length: shape.scenarios }, (_, s) => own[s] ?? 0n),
    }));
    groups[n] = {
      group,
      worst,
      slack,
      ...(unused === undefined ? {} : { factorBp, parts: [...filled, ...unused] }),
    };
  });
  // A shape may have room for more stress scenarios than the market names; those change nothing.
  const stressed = Array.from(
    { length: shape.stress },
    (_, z) => evaluation.stressed[z] ?? evaluation.equity,
  );
  if (table.stressNames.length > shape.stress) throw new RangeError("shape has too few stress places");
  return {
    tag,
    counted: true,
    bracketed,
    flat,
    groups,
    equity: evaluation.equity,
    maintenance: evaluation.maintenance,
    initial: evaluation.initial,
    band: evaluation.band,
    stressed,
  };
}

/** Holdings first, in table order; in a shape that sorts them last, with their lanes rising. */
function placeBracketed(empty: readonly Slot[], held: readonly Slot[], sorted: boolean): Slot[] {
  if (!sorted) return [...held, ...empty.slice(held.length)];
  const rising = [...held].sort((one, other) => laneOfKey(one.key) - laneOfKey(other.key));
  return [...empty.slice(held.length), ...rising];
}
