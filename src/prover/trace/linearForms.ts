import { MOST_TERMS } from "../../field/kernel/fieldCode.js";
import { FIELD_ORDER } from "../../field/order.js";
import { Kind, type ValueGraph } from "./valueGraph.js";

/** A sum that has come to more is computed, so that no sum of two has more than the kernel's `MOST_TERMS`. */
const LONG_SUM = MOST_TERMS / 2 - 1;

/** A sum under construction. */
interface Form {
  terms: Map<number, bigint>;
  constant: bigint;
}

/** Sums of multiples of values; the value 0 stands for 1. */
export class Sums {
  /** A term is a value's number and that of a factor. */
  readonly terms: number[] = [];
  private readonly ends = new Map<number, readonly [start: number, end: number]>();

  constructor(private readonly graph: ValueGraph) {}

  put(value: number, { terms, constant }: Form): void {
    const start = this.terms.length;
    for (const [of, factor] of terms) this.terms.push(of, this.graph.factor(factor));
    if (constant !== 0n || terms.size === 0) this.terms.push(0, this.graph.factor(constant));
    this.ends.set(value, [start, this.terms.length]);
  }

  /** Where in `terms` the sum of a value begins and ends, if it is one. */
  of(value: number): readonly [start: number, end: number] | undefined {
    return this.ends.get(value);
  }
}

const isLinear = (kind: Kind): boolean => kind >= Kind.add && kind <= Kind.constant;

/**
 * Which values are to be computed for the wanted ones, in order, and how the linear ones are: sums of one use go into the sum that uses
 * them, and multiples of one value into every one; what is used twice is computed once.
 */
export function neededValues(
  graph: ValueGraph,
  wanted: Iterable<number>,
): { readonly sums: Sums; readonly computed: readonly number[] } {
  const uses = new Uint32Array(graph.size);
  const whole = new Uint8Array(graph.size);
  for (const value of wanted) [uses[value], whole[value]] = [uses[value]! + 1, 1];
  for (let i = graph.size - 1; i > 0; i--) {
    if (uses[i] === 0) continue;
    for (const operand of operandsOf(graph, i)) {
      uses[operand]!++;
      if (!isLinear(graph.kindOf(i))) whole[operand] = 1;
    }
  }
  const open = new OpenForms(uses);
  const sums = new Sums(graph);
  const computed: number[] = [];
  for (let i = 1; i < graph.size; i++) {
    if (uses[i] === 0) continue;
    if (isLinear(graph.kindOf(i))) {
      const form = formOf(graph, i, open);
      const { size } = form.terms;
      const inlined = size <= 1 || (whole[i] === 0 && uses[i] === 1 && size < LONG_SUM);
      if (inlined) open.set(i, form);
      if (inlined && whole[i] === 0) continue;
      sums.put(i, form);
    }
    computed.push(i);
  }
  return { sums, computed };
}

/** The values that a value is made of. */
export function operandsOf(graph: ValueGraph, value: number): number[] {
  const kind = graph.kindOf(value);
  if (kind === Kind.input || kind === Kind.constant) return [];
  const two = kind === Kind.add || kind === Kind.subtract || kind === Kind.multiply;
  return two ? [graph.a(value), graph.b(value)] : [graph.a(value)];
}

/** Forms that go into what uses their value. */
class OpenForms extends Map<number, Form> {
  constructor(private readonly uses: Uint32Array) {
    super();
  }

  /** A form to change: one that nobody else needs, or a copy. */
  take(value: number): Form {
    const form = this.get(value);
    if (form === undefined) return { terms: new Map([[value, 1n]]), constant: 0n };
    if (this.uses[value] !== 1) return { terms: new Map(form.terms), constant: form.constant };
    this.delete(value);
    return form;
  }
}

function formOf(graph: ValueGraph, value: number, open: OpenForms): Form {
  const kind = graph.kindOf(value);
  if (kind === Kind.constant) return { terms: new Map(), constant: graph.by(value) };
  const form = open.take(graph.a(value));
  if (kind === Kind.scale) return scaled(form, graph.by(value));
  if (kind === Kind.offset) {
    form.constant = (form.constant + graph.by(value)) % FIELD_ORDER;
    return form;
  }
  const second = open.take(graph.b(value));
  const other = kind === Kind.add ? second : scaled(second, FIELD_ORDER - 1n);
  const [large, small] = form.terms.size < other.terms.size ? [other, form] : [form, other];
  for (const [of, factor] of small.terms) {
    const sum = ((large.terms.get(of) ?? 0n) + factor) % FIELD_ORDER;
    if (sum === 0n) large.terms.delete(of);
    else large.terms.set(of, sum);
  }
  large.constant = (large.constant + small.constant) % FIELD_ORDER;
  return large;
}

function scaled(form: Form, by: bigint): Form {
  for (const [of, factor] of form.terms) form.terms.set(of, (factor * by) % FIELD_ORDER);
  form.constant = (form.constant * by) % FIELD_ORDER;
  return form;
}
