import {
  type CalculatorExports,
  instantiateCalculator,
  type ParsedSignal,
  setInputs,
} from "../wasm/calculatorInstance.js";
import type { Trace } from "./replay.js";
import { OPERATIONS, reportingModule } from "./reportingModule.js";
import { Tracer } from "./tracer.js";
import { Untraceable } from "./valueGraph.js";

/** Of circuits of 2^16 constraints, and some to spare: what larger ones need while they are traced was not measured. */
const MOST_WIRES = 2 ** 17;

/**
 * Runs a calculator once more, and writes down what it does with its inputs.
 *
 * @param wasm the calculator, as circom compiled it
 * @param signals inputs that satisfy the circuit
 * @throws Untraceable for a calculation that depends on its inputs in ways that cannot be written down
 */
export function traceWitness(wasm: Uint8Array, signals: readonly ParsedSignal[]): Trace {
  const reporting = reportingModule(wasm);
  if (reporting === undefined) throw new Untraceable("no calculator of a layout that is known");
  let onReport: (...report: [number, number, number, number]) => void = () => {};
  const calculator: CalculatorExports = instantiateCalculator(new WebAssembly.Module(reporting), {
    onMessage: () => {},
    onReport: (...report) => onReport(...report),
  });
  const tracer = new Tracer(calculator);
  if (calculator.getWitnessSize() > MOST_WIRES) throw new Untraceable("a circuit of too many wires");
  calculator.init(0);
  onReport = (...report) => tracer.report(...report);
  setInputs(calculator, signals, (place) => tracer.expectInput(place));
  const wires = Array.from({ length: calculator.getWitnessSize() }, (_, wire) => {
    let at: number | undefined;
    // The first thing that is done for a wire is to copy its signal.
    onReport = (operation, _to, from) => {
      if (OPERATIONS[operation] === "Fr_copy") at ??= from;
    };
    calculator.getWitness(wire);
    if (at === undefined) throw new Untraceable("a wire without a signal");
    const signal = tracer.operand(at);
    return typeof signal === "number" ? signal : tracer.graph.constant(signal);
  });
  const inputCount = signals.reduce((sum, { values }) => sum + values.length, 0);
  return { graph: tracer.graph, inputCount, wires };
}
