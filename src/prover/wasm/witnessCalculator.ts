import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { MarginproofError } from "../../errors.js";
import type { CircuitInput } from "../backend.js";
import { Replay } from "../trace/replay.js";
import { traceWitness } from "../trace/traceWitness.js";
import {
  type CalculatorExports,
  instantiateCalculator,
  type ParsedSignal,
  parseInput,
  setInputs,
} from "./calculatorInstance.js";
import { replayKernel } from "./kernelChoice.js";

/** Tracing takes as long as some 15 calculations: whoever has made so many is likely to make as many again. */
const TRACED_AFTER = 16;
/** Replays that are compared with circom's own calculation: of the input traced, and of the next. */
const COMPARED = 2;

/**
 * A circuit's compiled witness calculator, instantiated once and run for many inputs. After 16 a replay of its calculation
 * takes its place (src/prover/trace; docs/performance.md), which gives the same witness or none; then it is asked itself.
 */
export class WitnessCalculator {
  private instance: CalculatorExports | undefined;
  private messages: string[] = [];
  private calculated = 0;
  private replay: Replay | undefined;
  private compared = 0;

  private constructor(
    private readonly module: WebAssembly.Module,
    private readonly wasmPath: string,
    private readonly tracedAfter: number,
  ) {}

  /** @param options.tracedAfter how many calculations come before a replay is made */
  static async load(
    wasmPath: string,
    { tracedAfter = TRACED_AFTER }: { readonly tracedAfter?: number } = {},
  ): Promise<WitnessCalculator> {
    try {
      const module = await WebAssembly.compile(await readFile(wasmPath));
      return new WitnessCalculator(module, wasmPath, tracedAfter);
    } catch (cause) {
      throw new MarginproofError("FILE_UNREADABLE", `cannot load the witness calculator ${wasmPath}`, {
        hint: "Compile the circuit again.",
        kind: "io",
        cause,
      });
    }
  }

  /** What the replay takes, if there is one. */
  get memoryBytes(): number {
    return this.replay?.memoryBytes ?? 0;
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
    const signals = parseInput(calculator, input);
    const replayed = this.replay?.calculate(signals.flatMap(({ values }) => values));
    if (replayed !== undefined && this.compared >= COMPARED) return replayed;
    const witness = this.calculateWhole(calculator, signals);
    if (replayed !== undefined) this.compare(replayed, witness);
    if (++this.calculated === this.tracedAfter) this.trace(signals, witness);
    return witness;
  }

  private calculateWhole(
    calculator: CalculatorExports,
    signals: readonly ParsedSignal[],
  ): Uint8Array<ArrayBuffer> {
    try {
      calculator.init(0);
      setInputs(calculator, signals);
      return readWitness(calculator);
    } catch (error) {
      // A calculator that stopped half-way keeps what it had set.
      this.instance = undefined;
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

  /** Makes the replay, where the calculator is one that can be traced; where not, nothing is lost but time. */
  private trace(signals: readonly ParsedSignal[], witness: Uint8Array): void {
    try {
      this.replay = new Replay(replayKernel(), traceWitness(readFileSync(this.wasmPath), signals));
    } catch {
      return;
    }
    const replayed = this.replay.calculate(signals.flatMap(({ values }) => values));
    if (replayed === undefined) this.replay = undefined;
    else this.compare(replayed, witness);
  }

  private compare(replayed: Uint8Array, witness: Uint8Array): void {
    this.compared++;
    if (Buffer.compare(replayed, witness) !== 0) this.replay = undefined;
  }

  private instantiate(): CalculatorExports {
    this.messages = [];
    return instantiateCalculator(this.module, { onMessage: (text) => this.messages.push(text) });
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
