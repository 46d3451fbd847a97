import { MarginproofError } from "../../errors.js";
import { FIELD_ORDER } from "../order.js";
import { checkPoseidonInputs, type PoseidonHasher, type PoseidonJob } from "./poseidon.js";
import { type Permute, poseidonKernel } from "./poseidonKernel.js";
import { CONSTANT_BYTES, ELEMENT_BYTES, INPUT, OUTPUT, R_SQUARED, TABLES } from "./poseidonMemory.js";
import { poseidonSchedule } from "./poseidonSchedule.js";
import { LIMB_BITS, LIMBS, toLimbs } from "./wasmLanes.js";

/** A compiled kernel. It holds no state, so one module may serve many hashers, also in other threads. */
export interface PoseidonModule {
  readonly module: WebAssembly.Module;
  readonly pair: boolean;
}

/** Compiles the kernel. */
export function compilePoseidonModule(): PoseidonModule {
  const paired = poseidonKernel(true);
  const pair = WebAssembly.validate(paired);
  return { module: new WebAssembly.Module(pair ? paired : poseidonKernel(false)), pair };
}

/** A hasher on its own WebAssembly memory. @throws MarginproofError POSEIDON_WASM when the engine cannot run the kernel */
export function createWasmPoseidon(compiled?: PoseidonModule): PoseidonHasher {
  try {
    const { module, pair } = compiled ?? compilePoseidonModule();
    return new WasmPoseidon(new WebAssembly.Instance(module), pair);
  } catch (cause) {
    throw new MarginproofError(
      "POSEIDON_WASM",
      "this JavaScript engine cannot run the WebAssembly Poseidon",
      {
        hint: "use the bigint hasher",
        kind: "io",
        cause,
      },
    );
  }
}

/** Arguments of `Permute`, tables in place. */
type Table = Parameters<Permute>;

const ELEMENT_WORDS = ELEMENT_BYTES / 8;

class WasmPoseidon implements PoseidonHasher {
  readonly #words: BigUint64Array;
  readonly #constants: Uint32Array;
  readonly #permute1: Permute;
  readonly #permute2: Permute | undefined;
  readonly #tables: (Table | undefined)[] = [];
  #free = TABLES;

  constructor(instance: WebAssembly.Instance, pair: boolean) {
    const memory = instance.exports.memory as WebAssembly.Memory;
    this.#words = new BigUint64Array(memory.buffer);
    this.#constants = new Uint32Array(memory.buffer);
    this.#permute1 = instance.exports.permute1 as Permute;
    this.#permute2 = pair ? (instance.exports.permute2 as Permute) : undefined;
    this.#constants.set(toLimbs((1n << BigInt(2 * LIMB_BITS * LIMBS)) % FIELD_ORDER), R_SQUARED / 4);
  }

  hash(initialState: bigint, inputs: readonly bigint[]): bigint {
    checkPoseidonInputs(initialState, inputs);
    const table = this.#table(inputs.length + 1);
    this.#writeState(INPUT / 8, initialState, inputs);
    this.#permute1(...table);
    return this.#read(0);
  }

  /** Two side by side where the engine has SIMD and neighbours have equally many inputs. */
  hashMany(jobs: readonly PoseidonJob[]): bigint[] {
    const digests: bigint[] = [];
    while (digests.length < jobs.length) {
      const first = jobs[digests.length]!;
      const second = jobs[digests.length + 1];
      if (this.#permute2 === undefined || second?.inputs.length !== first.inputs.length) {
        digests.push(this.hash(first.initialState, first.inputs));
        continue;
      }
      checkPoseidonInputs(first.initialState, first.inputs);
      checkPoseidonInputs(second.initialState, second.inputs);
      const table = this.#table(first.inputs.length + 1);
      const at = this.#writeState(INPUT / 8, first.initialState, first.inputs);
      this.#writeState(at, second.initialState, second.inputs);
      this.#permute2(...table);
      digests.push(this.#read(0), this.#read(1));
    }
    return digests;
  }

  /** Writes a state from word `at` on and returns the word after it. */
  #writeState(at: number, initialState: bigint, inputs: readonly bigint[]): number {
    this.#write(at, initialState);
    for (let i = 0; i < inputs.length; i++) this.#write((at += ELEMENT_WORDS), inputs[i]!);
    return at + ELEMENT_WORDS;
  }

  /** A BigUint64Array keeps the low 64 bits of what it is given, so no masks are needed. */
  #write(at: number, x: bigint): void {
    const words = this.#words;
    words[at] = x;
    words[at + 1] = x >> 64n;
    words[at + 2] = x >> 128n;
    words[at + 3] = x >> 192n;
  }

  /** The output of a lane, brought below p: the kernel leaves it below 2p. */
  #read(lane: number): bigint {
    const words = this.#words;
    const at = OUTPUT / 8 + lane * ELEMENT_WORDS;
    const x = words[at]! | (words[at + 1]! << 64n) | (words[at + 2]! << 128n) | (words[at + 3]! << 192n);
    return x >= FIELD_ORDER ? x - FIELD_ORDER : x;
  }

  #table(t: number): Table {
    return (this.#tables[t] ??= this.#loadTable(t));
  }

  #loadTable(t: number): Table {
    const schedule = poseidonSchedule(t);
    const store = (elements: readonly bigint[], shift = BigInt(LIMB_BITS * LIMBS)): number => {
      const address = this.#free;
      for (const element of elements) {
        this.#constants.set(toLimbs((element << shift) % FIELD_ORDER), this.#free / 4);
        this.#free += CONSTANT_BYTES;
      }
      return address;
    };
    const { openingConstants, partialConstants, closingConstants, mds, entry, recurrence, exit } = schedule;
    return [
      t,
      schedule.partialRounds,
      store([...openingConstants.flat(), ...partialConstants, ...closingConstants.flat()]),
      store(mds.flat()),
      store(entry.flat()),
      store(recurrence),
      store(exit.flat()),
      // Without the factor R, the last reduction takes the output out of Montgomery form.
      store(mds[0]!, 0n),
    ];
  }
}
