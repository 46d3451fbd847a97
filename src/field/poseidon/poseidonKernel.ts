import { assembleModule, FunctionBuilder, I32, type Local } from "../../wasm/wasmModule.js";
import {
  CONSTANT_BYTES,
  ELEMENT_BYTES,
  HISTORY,
  INPUT,
  MEMORY_PAGES,
  OUTPUT,
  POWERS,
  R_SQUARED,
  STATE,
} from "./poseidonMemory.js";
import { dotFunction, exportFunction, importFunction, sboxFunction } from "./poseidonSteps.js";
import { type Lanes, LIMBS, pairLanes, singleLane } from "./wasmLanes.js";

/** Runs a permutation of width t; the rest are addresses of its constants. All i32. */
export type Permute = (
  t: number,
  partialRounds: number,
  constants: number,
  mds: number,
  entry: number,
  recurrence: number,
  exit: number,
  outputRow: number,
) => void;

/**
 * The module: `permute1` runs one permutation, `permute2` two side by side when `pair` is set. Inputs are read
 * at INPUT; the first state elements, each below 2p, are left at OUTPUT.
 */
export function poseidonKernel(pair: boolean): Uint8Array<ArrayBuffer> {
  const single = kernelFunctions(singleLane(CONSTANT_BYTES / LIMBS), 0);
  if (!pair) return assembleModule(single, { permute1: single.length - 1 }, MEMORY_PAGES);
  const both = [...single, ...kernelFunctions(pairLanes, single.length)];
  return assembleModule(both, { permute1: single.length - 1, permute2: both.length - 1 }, MEMORY_PAGES);
}

/** The functions of one lane count, the permutation last; `first` is the index of the first. */
function kernelFunctions(lanes: Lanes, first: number): FunctionBuilder[] {
  const helpers = [importFunction(lanes), exportFunction(lanes), sboxFunction(lanes), dotFunction(lanes)];
  const [importElement, exportElement, sbox, dot] = helpers.map((_, i) => first + i);
  const calls = { importElement: importElement!, exportElement: exportElement!, sbox: sbox!, dot: dot! };
  return [...helpers, permuteFunction(lanes, calls)];
}

/** The parameters of `Permute`: the whole permutation, as `poseidonSchedule` lays it out. */
function permuteFunction(lanes: Lanes, calls: Calls): FunctionBuilder {
  const code = new PermutationCode(lanes, calls);
  code.importInput();
  code.threeFullRounds();
  code.enterPartialRounds();
  code.partialRounds();
  code.leavePartialRounds();
  code.threeFullRounds();
  code.exportOutput();
  return code.f;
}

/** Indices of the functions that the permutation calls. */
interface Calls {
  readonly importElement: number;
  readonly exportElement: number;
  readonly sbox: number;
  readonly dot: number;
}

/** The code of one permutation, phase by phase; parameters and locals are the same in all of them. */
class PermutationCode {
  readonly f = new FunctionBuilder(8);
  private readonly t = this.f.parameter(0);
  private readonly partialRoundCount = this.f.parameter(1);
  private readonly constants = this.f.parameter(2);
  private readonly mds = this.f.parameter(3);
  private readonly entry = this.f.parameter(4);
  private readonly recurrence = this.f.parameter(5);
  private readonly exit = this.f.parameter(6);
  private readonly outputRow = this.f.parameter(7);
  private readonly rounds = this.local();
  private readonly count = this.local();
  private readonly destination = this.local();
  private readonly source = this.local();
  private readonly row = this.local();
  private readonly rowBytes = this.local();
  private readonly window = this.local();
  private readonly d = this.local();
  private readonly terms = this.local();
  private readonly elementBytes: number;

  constructor(
    private readonly lanes: Lanes,
    private readonly calls: Calls,
  ) {
    this.elementBytes = lanes.step * LIMBS;
  }

  private local(): Local {
    return this.f.locals(I32, 1)[0]!;
  }

  importInput(): void {
    const { f, t, d, count, destination, source, rowBytes, elementBytes } = this;
    f.get(t).i32(1).op(0x6b).set(d);
    f.get(t).i32(CONSTANT_BYTES).op(0x6c).set(rowBytes);
    f.i32(INPUT).set(source);
    for (let lane = 0; lane < this.lanes.count; lane++) {
      f.i32(STATE + 4 * lane)
        .set(destination)
        .get(t)
        .set(count);
      f.countDown(count, () => {
        f.get(destination).get(source).i32(R_SQUARED).call(this.calls.importElement);
        f.increment(destination, elementBytes).increment(source, ELEMENT_BYTES);
      });
    }
  }

  threeFullRounds(): void {
    const { f, t, rounds, count, destination, row, mds, elementBytes } = this;
    f.i32(3).set(rounds);
    f.countDown(rounds, () => {
      this.sboxLayer();
      f.get(mds).set(row).get(t).set(count).i32(STATE).set(destination);
      this.mixRows(() => void f.i32(POWERS), t, elementBytes);
    });
    this.sboxLayer();
  }

  /** y_0 stays in the state; the history starts as 0, y_{1-d}, 0, ..., 0, y_0 with the entry's virtual values. */
  enterPartialRounds(): void {
    const { f, t, d, count, destination, row, rowBytes, window, entry, elementBytes } = this;
    f.i32(STATE).get(entry).i32(POWERS).get(t).call(this.calls.dot);
    f.get(d)
      .i32(2 * elementBytes)
      .op(0x6c)
      .i32(HISTORY)
      .op(0x6a)
      .set(window);
    f.i32(HISTORY).i32(0).get(window).i32(HISTORY).op(0x6b).op(0xfc, 0x0b, 0);
    f.get(window).i32(elementBytes).op(0x6b).set(destination);
    f.get(entry).get(rowBytes).op(0x6a).set(row).get(d).set(count);
    this.mixRows(() => void f.i32(POWERS), t, -2 * elementBytes);
  }

  partialRounds(): void {
    const { f, t, d, count, destination, source, window, terms, constants, elementBytes } = this;
    f.get(window).set(destination).i32(HISTORY).set(window).i32(STATE).set(source);
    f.get(t).get(d).op(0x6a).set(terms).get(this.partialRoundCount).set(count);
    f.countDown(count, () => {
      f.get(destination).get(source).get(constants).call(this.calls.sbox);
      f.get(destination).i32(elementBytes).op(0x6a).tee(source);
      f.get(this.recurrence).get(window).get(terms).call(this.calls.dot);
      f.increment(constants, CONSTANT_BYTES).increment(destination, 2 * elementBytes);
      f.increment(window, 2 * elementBytes);
    });
  }

  leavePartialRounds(): void {
    const { f, t, d, count, destination, source, row, rowBytes, window, terms, elementBytes } = this;
    f.i32(STATE).get(source).i32(elementBytes).op(0xfc, 0x0a, 0, 0);
    f.increment(terms, -1).get(terms).i32(CONSTANT_BYTES).op(0x6c).set(rowBytes);
    f.get(this.exit)
      .set(row)
      .i32(STATE + elementBytes)
      .set(destination)
      .get(d)
      .set(count);
    this.mixRows(() => void f.get(window), terms, elementBytes);
    f.get(t).i32(CONSTANT_BYTES).op(0x6c).set(rowBytes);
  }

  exportOutput(): void {
    const { f, t } = this;
    f.i32(STATE).get(this.outputRow).i32(POWERS).get(t).call(this.calls.dot);
    for (let lane = 0; lane < this.lanes.count; lane++) {
      f.i32(OUTPUT + ELEMENT_BYTES * lane)
        .i32(STATE + 4 * lane)
        .call(this.calls.exportElement);
    }
  }

  private sboxLayer(): void {
    const { f, t, count, destination, source, constants, elementBytes } = this;
    f.i32(POWERS).set(destination).i32(STATE).set(source).get(t).set(count);
    f.countDown(count, () => {
      f.get(destination).get(source).get(constants).call(this.calls.sbox);
      f.increment(destination, elementBytes)
        .increment(source, elementBytes)
        .increment(constants, CONSTANT_BYTES);
    });
  }

  private mixRows(vector: () => void, vectorTerms: Local, stride: number): void {
    const { f, count, destination, row, rowBytes } = this;
    f.countDown(count, () => {
      f.get(destination).get(row);
      vector();
      f.get(vectorTerms).call(this.calls.dot);
      f.increment(destination, stride).increment(row, rowBytes);
    });
  }
}
