import { inverse } from "../../field/element.js";
import { FIELD_ORDER } from "../../field/order.js";
import { readLittleEndian } from "../../keys/iden3/fieldBytes.js";
import type { CalculatorExports } from "../wasm/calculatorInstance.js";
import { OPERATIONS, type Operation } from "./reportingModule.js";
import { type Operand, Untraceable, ValueGraph } from "./valueGraph.js";

/** An element in a calculator's memory: 32 bits with the sign, 32 of flags, 256 that count if the first flag says so. */
const ELEMENT_BYTES = 40;
const LONG = 0x80000000;
const MONTGOMERY = 0x40000000;
const MONTGOMERY_INVERSE = inverse((1n << 256n) % FIELD_ORDER);

/**
 * Follows what a calculator computes from its inputs, by the reports of `reportingModule`. What is not known to come of an input is
 * the same for every input that goes the same way, and read where it stands.
 */
export class Tracer {
  readonly graph = new ValueGraph();
  /** By address / 4, the number of the value that stands there, or 0. */
  private known = new Int32Array(0);
  private view = new DataView(new ArrayBuffer(0));

  constructor(private readonly calculator: Pick<CalculatorExports, "memory" | "getSharedRWMemoryStart">) {}

  /** What the calculator takes next is the input of this place. */
  expectInput(place: number): void {
    this.refresh();
    this.put(this.sharedElement(), this.graph.input(place));
  }

  /** What stands at an address. */
  operand(at: number): Operand {
    return this.known[at >>> 2] || this.constant(at);
  }

  /** @throws Untraceable */
  report(number: number, first: number, second: number, third: number): void {
    this.refresh();
    const name = OPERATIONS[number]!;
    if (name === "Fr_copy") this.put(first, this.known[second >>> 2]!);
    else if (name === "Fr_copyn") this.copyMany(first, second, third);
    else if (name === "Fr_isTrue") this.branch(first, second);
    else if (name === "Fr_toInt") this.index(first);
    // Asked by nothing but the taking of an input, which then copies it or its 32 bits.
    else if (name === "Fr_eqR") this.put(first, this.known[second >>> 2]!);
    else {
      const dependent = this.known[second >>> 2] !== 0 || (!UNARY.has(name) && this.known[third >>> 2] !== 0);
      this.put(first, dependent ? this.result(name, second, third) : 0);
    }
  }

  private result(name: Operation, second: number, third: number): number {
    const { graph } = this;
    // What came out the same for every input is read where it stands, too.
    const made = (value: Operand): number => (typeof value === "number" ? value : 0);
    const a = this.operand(second);
    const b = (): Operand => this.operand(third);
    switch (name) {
      case "Fr_add":
        return made(graph.add(a, b()));
      case "Fr_sub":
        return made(graph.subtract(a, b()));
      case "Fr_mul":
        return made(graph.multiply(a, b()));
      case "Fr_neg":
        return made(graph.subtract(0n, a));
      case "Fr_eq":
        return graph.isEqual(a, b());
      case "Fr_neq":
        return made(graph.subtract(1n, graph.isEqual(a, b())));
      case "Fr_div": {
        const by = b();
        if (by === 0n) break;
        return made(typeof by === "number" ? graph.divide(a, by) : graph.multiply(a, inverse(by)));
      }
      case "Fr_shr": {
        const by = b();
        if (typeof a === "number" && typeof by === "bigint") return graph.shifted(a, by);
        break;
      }
      case "Fr_band":
        if (typeof a === "number" && b() === 1n) return graph.lowestBit(a);
    }
    throw new Untraceable(`${name} of an input`);
  }

  private branch(at: number, taken: number): void {
    const value = this.known[at >>> 2]!;
    if (value !== 0) this.graph.guard(value, taken === 0);
  }

  private index(at: number): void {
    if (this.known[at >>> 2] !== 0 && at !== this.sharedElement())
      throw new Untraceable("an index of an input");
  }

  private copyMany(to: number, from: number, count: number): void {
    for (let i = 0; i < count; i++)
      this.put(to + ELEMENT_BYTES * i, this.known[(from + ELEMENT_BYTES * i) >>> 2]!);
  }

  private put(at: number, value: number): void {
    if (at % 4 !== 0) throw new Untraceable("an address that is none of an element");
    this.known[at >>> 2] = value;
  }

  private constant(at: number): bigint {
    const flags = this.view.getUint32(at + 4, true);
    if ((flags & LONG) === 0) {
      const value = BigInt(this.view.getInt32(at, true));
      return value < 0n ? value + FIELD_ORDER : value;
    }
    const value = readLittleEndian(new Uint8Array(this.view.buffer), at + 8);
    return (flags & MONTGOMERY) === 0 ? value : (value * MONTGOMERY_INVERSE) % FIELD_ORDER;
  }

  /** The element whose 256 bits are shared. */
  private sharedElement(): number {
    return this.calculator.getSharedRWMemoryStart() - 8;
  }

  private refresh(): void {
    const { buffer } = this.calculator.memory;
    if (this.view.buffer === buffer) return;
    this.view = new DataView(buffer);
    const grown = new Int32Array(buffer.byteLength >>> 2);
    grown.set(this.known);
    this.known = grown;
  }
}

/** Of which the third number is no operand. */
const UNARY: ReadonlySet<Operation> = new Set(["Fr_neg", "Fr_inv", "Fr_bnot", "Fr_lnot"]);
