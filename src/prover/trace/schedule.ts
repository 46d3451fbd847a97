import { neededValues, operandsOf, type Sums } from "./linearForms.js";
import { Kind, Untraceable, type ValueGraph } from "./valueGraph.js";

/** What is done for many values at once. `plain` gives the 32 bytes of a value that is inverted, cut into bits or compared. */
export type BatchKind = "sum" | "multiply" | "plain" | "inverse" | "bit" | "isZero" | "guard";

export interface Batch {
  readonly kind: BatchKind;
  readonly values: readonly number[];
}

export interface Schedule {
  readonly batches: readonly Batch[];
  readonly sums: Sums;
}

const ORDER: readonly BatchKind[] = ["sum", "multiply", "plain", "inverse", "bit", "isZero", "guard"];
const BATCH_OF = new Map<Kind, BatchKind>([
  [Kind.multiply, "multiply"],
  [Kind.inverse, "inverse"],
  [Kind.bit, "bit"],
  [Kind.isZero, "isZero"],
]);

/**
 * Puts the computation of the wanted values, and the guards, into batches of one kind whose members don't need each other: a
 * value is in a later batch than everything that it is made of.
 *
 * @throws Untraceable
 */
export function schedule(graph: ValueGraph, wanted: readonly number[]): Schedule {
  const { sums, computed } = neededValues(graph, [...graph.guards.keys(), ...wanted]);
  const levels = new Levels(graph.size);
  for (const value of computed) {
    const kind = graph.kindOf(value);
    if (kind === Kind.input) continue;
    const sum = sums.of(value);
    const batch = sum === undefined ? BATCH_OF.get(kind) : "sum";
    if (batch === undefined) throw new Untraceable("a shifted value of which more than a bit is used");
    if (sum !== undefined) levels.put(batch, value, levels.highest(sums.terms, sum, 2));
    else if (batch === "multiply") levels.put(batch, value, levels.highest(operandsOf(graph, value)));
    else levels.put(batch, value, levels.plain(graph.a(value)));
  }
  for (const value of graph.guards.keys()) levels.put("guard", value, levels.plain(value));
  return { batches: levels.batches(), sums };
}

/** How many batches at least come before a value; inputs have level 0. */
class Levels {
  private readonly ofValue: Int32Array;
  private readonly ofPlain: Int32Array;
  private readonly members: Partial<Record<BatchKind, number[]>>[] = [];

  constructor(size: number) {
    this.ofValue = new Int32Array(size);
    this.ofPlain = new Int32Array(size);
  }

  /** The highest level of every `step`-th of the values in a range. */
  highest(
    values: readonly number[],
    [start, end]: readonly [number, number] = [0, values.length],
    step = 1,
  ): number {
    let level = 0;
    for (let i = start; i < end; i += step) level = Math.max(level, this.ofValue[values[i]!]!);
    return level;
  }

  /** The level of a value's bytes, which come to be made. */
  plain(value: number): number {
    if (this.ofPlain[value] === 0) this.ofPlain[value] = this.member("plain", value, this.ofValue[value]!);
    return this.ofPlain[value]!;
  }

  put(kind: BatchKind, value: number, after: number): void {
    const level = this.member(kind, value, after);
    if (kind !== "guard") this.ofValue[value] = level;
  }

  batches(): Batch[] {
    return this.members.flatMap((level) =>
      ORDER.flatMap((kind) => (level[kind] === undefined ? [] : [{ kind, values: level[kind] }])),
    );
  }

  private member(kind: BatchKind, value: number, after: number): number {
    while (this.members.length <= after + 1) this.members.push({});
    const level = this.members[after + 1]!;
    level[kind] ??= [];
    level[kind].push(value);
    return after + 1;
  }
}
