import { readFile } from "node:fs/promises";
import { MarginproofError } from "../../errors.js";
import { FIELD_ORDER } from "../../field/order.js";
import { readLittleEndian, writeLittleEndian } from "../../keys/iden3/fieldBytes.js";
import type { CircuitInput } from "../backend.js";
import { inputError, parseSignal } from "./witnessInput.js";

/** The exports of a calculator compiled by circom 2.1 or 2.2. */
interface CalculatorExports {
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

/** A circuit's compiled witness calculator, instantiated once and run for many inputs. */
export class WitnessCalculator {
  private instance: CalculatorExports | undefined;
  private messages: string[] = [];

  private constructor(private readonly module: WebAssembly.Module) {}

  static async load(wasmPath: string): Promise<WitnessCalculator> {
    try {
      return new WitnessCalculator(await WebAssembly.compile(await readFile(wasmPath)));
    } catch (cause) {
      throw new MarginproofError("FILE_UNREADABLE", `cannot load the witness calculator ${wasmPath}`, {
        hint: "Compile the circuit again.",
        kind: "io",
        cause,
      });
    }
  }

  /**
   * Computes every wire for the inputs.
   *
   * @returns 32 little-endian bytes per wire, wire 0 being 1
   * @throws MarginproofError `WITNESS_INPUT_INVALID` for a missing, unknown, misshapen or non-canonical input;
   * `WITNESS_FAILED` when the inputs do not satisfy the circuit
   */
  calculate(input: CircuitInput): Uint8Array<ArrayBuffer> {
    const calculator = (this.instance ??= this.instantiate());
    try {
      calculator.init(0);
      this.setInputs(calculator, input);
      return readWitness(calculator);
    } catch (error) {
      // A calculator that stopped half-way keeps what it had set.
      this.instance = undefined;
      if (error instanceof MarginproofError) throw error;
      const trace = this.messages.splice(0).join("\n");
      throw new MarginproofError(
        "WITNESS_FAILED",
        `the inputs do not satisfy the circuit: ${String(error)}\n${trace}`,
        {
          hint: "The named template and line hold the constraint that fails.",
          kind: "invalid",
          cause: error,
        },
      );
    }
  }

  private setInputs(calculator: CalculatorExports, input: CircuitInput): void {
    const shared = calculator.getSharedRWMemoryStart();
    let given = 0;
    for (const [name, value] of Object.entries(input)) {
      const [high, low] = signalHash(name);
      const values = parseSignal(name, value);
      const size = calculator.getInputSignalSize(high, low);
      if (size < 0) throw inputError(`the circuit has no input ${name}`);
      if (size !== values.length)
        throw inputError(`input ${name} has ${values.length} values instead of ${size}`);
      values.forEach((element, i) => {
        writeLittleEndian(element, new Uint8Array(calculator.memory.buffer, shared, 32), 0);
        // The last input of all starts the computation.
        calculator.setInputSignal(high, low, i);
      });
      given += values.length;
    }
    if (given !== calculator.getInputSize())
      throw inputError(`${given} input values given instead of ${calculator.getInputSize()}`);
  }

  private instantiate(): CalculatorExports {
    this.messages = [];
    const readMessage = () => {
      let text = "";
      for (let char = exports.getMessageChar(); char !== 0; char = exports.getMessageChar())
        text += String.fromCharCode(char);
      return text;
    };
    const ignore = () => {};
    const runtime = {
      exceptionHandler: (code: number) => {
        throw new Error(REASONS[code] ?? REASONS[0]);
      },
      printErrorMessage: () => {
        this.messages.push(readMessage());
      },
      // What a circuit logs may be secret; reading it away keeps the message buffer right.
      writeBufferMessage: readMessage,
      showSharedRWMemory: ignore,
    };
    const exports = new WebAssembly.Instance(this.module, { runtime })
      .exports as unknown as CalculatorExports;
    exports.getRawPrime();
    const prime = new Uint8Array(exports.memory.buffer, exports.getSharedRWMemoryStart(), 32);
    if (readLittleEndian(prime, 0) !== FIELD_ORDER)
      throw inputError("the circuit is not compiled over the BN254 scalar field");
    return exports;
  }
}

function readWitness(calculator: CalculatorExports): Uint8Array<ArrayBuffer> {
  const size = calculator.getWitnessSize();
  const shared = calculator.getSharedRWMemoryStart() / 4;
  const memory = new Uint32Array(calculator.memory.buffer);
  const witness = new Uint32Array(8 * size);
  for (let wire = 0; wire < size; wire++) {
    calculator.getWitness(wire);
    for (let i = 0; i < 8; i++) witness[8 * wire + i] = memory[shared + i]!;
  }
  return new Uint8Array(witness.buffer);
}

/** FNV-1a, 64 bits, in two halves: circom's name for an input signal. */
function signalHash(name: string): [high: number, low: number] {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < name.length; i++)
    hash = BigInt.asUintN(64, (hash ^ BigInt(name.charCodeAt(i))) * 0x100000001b3n);
  return [Number(hash >> 32n), Number(hash & 0xffffffffn)];
}
