import { FIELD_ORDER } from "../../field/order.js";
import { readLittleEndian, writeLittleEndian } from "../../keys/iden3/fieldBytes.js";
import type { CircuitInput } from "../backend.js";
import { inputError, parseSignal } from "./witnessInput.js";

/** The exports of a calculator compiled by circom 2.1 or 2.2. */
export interface CalculatorExports {
  readonly memory: WebAssembly.Memory;
  init(sanityCheck: number): void;
  getSharedRWMemoryStart(): number;
  getInputSize(): number;
  getInputSignalSize(hashHigh: number, hashLow: number): number;
  setInputSignal(hashHigh: number, hashLow: number, index: number): void;
  getWitnessSize(): number;
  getWitness(wire: number): void;
  getRawPrime(): void;
  getMessageChar(): number;
}

/** What a calculator calls. */
interface Callbacks {
  /** Of a line of what it says before it fails. */
  readonly onMessage: (text: string) => void;
  /** Of circom's `showSharedRWMemory`, which a calculator as compiled never calls. */
  readonly onReport?: (operation: number, first: number, second: number, third: number) => void;
}

// Codes of `exceptionHandler` in circom's runtime.
const REASONS = [
  "unknown error",
  "signal not found",
  "too many signals set",
  "signal already set",
  "a constraint or assertion does not hold",
  "not enough memory",
  "array access out of range",
];

/** @throws MarginproofError `WITNESS_INPUT_INVALID` for a circuit over another field */
export function instantiateCalculator(
  module: WebAssembly.Module,
  { onMessage, onReport = () => {} }: Callbacks,
): CalculatorExports {
  const readMessage = () => {
    let text = "";
    for (let char = exports.getMessageChar(); char !== 0; char = exports.getMessageChar())
      text += String.fromCharCode(char);
    return text;
  };
  const runtime = {
    exceptionHandler: (code: number) => {
      throw new Error(REASONS[code] ?? REASONS[0]);
    },
    printErrorMessage: () => {
      onMessage(readMessage());
    },
    // What a circuit logs may be secret; reading it away keeps the message buffer right.
    writeBufferMessage: readMessage,
    showSharedRWMemory: onReport,
  };
  const exports = new WebAssembly.Instance(module, { runtime }).exports as unknown as CalculatorExports;
  exports.getRawPrime();
  const prime = new Uint8Array(exports.memory.buffer, exports.getSharedRWMemoryStart(), 32);
  if (readLittleEndian(prime, 0) !== FIELD_ORDER)
    throw inputError("the circuit is not compiled over the BN254 scalar field");
  return exports;
}

/** The values of one input signal, and the calculator's name for it. */
export interface ParsedSignal {
  readonly hash: readonly [high: number, low: number];
  readonly values: readonly bigint[];
}

/**
 * All signals of an input in the order of their names, each strictly parsed and of the size that the calculator has for it.
 *
 * @throws MarginproofError `WITNESS_INPUT_INVALID`
 */
export function parseInput(calculator: CalculatorExports, input: CircuitInput): ParsedSignal[] {
  const named = Object.entries(input).sort(([one], [other]) => (one < other ? -1 : 1));
  const signals = named.map(([name, value]) => {
    const hash = signalHash(name);
    const values = parseSignal(name, value);
    const size = calculator.getInputSignalSize(...hash);
    if (size < 0) throw inputError(`the circuit has no input ${name}`);
    if (size !== values.length)
      throw inputError(`input ${name} has ${values.length} values instead of ${size}`);
    return { hash, values };
  });
  const given = signals.reduce((sum, { values }) => sum + values.length, 0);
  if (given !== calculator.getInputSize())
    throw inputError(`${given} input values given instead of ${calculator.getInputSize()}`);
  return signals;
}

/** Hands the inputs over, the last of which starts the computation; `before` each, its place is given. */
export function setInputs(
  calculator: CalculatorExports,
  signals: readonly ParsedSignal[],
  before: (place: number) => void = () => {},
): void {
  const shared = calculator.getSharedRWMemoryStart();
  let place = 0;
  for (const { hash, values } of signals) {
    values.forEach((element, i) => {
      writeLittleEndian(element, new Uint8Array(calculator.memory.buffer, shared, 32), 0);
      before(place++);
      calculator.setInputSignal(...hash, i);
    });
  }
}

/** FNV-1a, 64 bits, in two halves: circom's name for an input signal. */
function signalHash(name: string): [high: number, low: number] {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < name.length; i++)
    hash = BigInt.asUintN(64, (hash ^ BigInt(name.charCodeAt(i))) * 0x100000001b3n);
  return [Number(hash >> 32n), Number(hash & 0xffffffffn)];
}
