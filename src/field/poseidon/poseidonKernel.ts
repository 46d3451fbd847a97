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
function permuteFunction(
  lanes: Lanes,
  calls: { importElement: number; exportElement: number; sbox: number; dot: number },
): FunctionBuilder {
  const f = new FunctionBuilder(8);
  const [t, partialRounds, constants, mds, entry, recurrence, exit, outputRow] = [0, 1, 2, 3, 4, 5, 6, 7].map(
    (i) => f.parameter(i),
  ) as [Local, Local, Local, Local, Local, Local, Local, Local];
  const [rounds, count, destination, source, row, rowBytes, window, d, terms] = f.locals(I32, 9) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const elementBytes = lanes.step * LIMBS;

  const sboxLayer = (): void => {
    f.i32(POWERS).set(destination).i32(STATE).set(source).get(t).set(count);
    f.countDown(count, () => {
      f.get(destination).get(source).get(constants).call(calls.sbox);
      f.increment(destination, elementBytes)
        .increment(source, elementBytes)
        .increment(constants, CONSTANT_BYTES);
    });
  };
  const mixRows = (vector: () => void, vectorTerms: Local, stride: number): void => {
    f.countDown(count, () => {
      f.get(destination).get(row);
      vector();
      f.get(vectorTerms).call(calls.dot);
      f.increment(destination, stride).increment(row, rowBytes);
    });
  };
  const powers = (): void => void f.i32(POWERS);
  const threeFullRounds = (): void => {
    f.i32(3).set(rounds);
    f.countDown(rounds, () => {
      sboxLayer();
      f.get(mds).set(row).get(t).set(count).i32(STATE).set(destination);
      mixRows(powers, t, elementBytes);
    });
    sboxLayer();
  };

  f.get(t).i32(1).op(0x6b).set(d);
  f.get(t).i32(CONSTANT_BYTES).op(0x6c).set(rowBytes);
  f.i32(INPUT).set(source);
  for (let lane = 0; lane < lanes.count; lane++) {
    f.i32(STATE + 4 * lane)
      .set(destination)
      .get(t)
      .set(count);
    f.countDown(count, () => {
      f.get(destination).get(source).i32(R_SQUARED).call(calls.importElement);
      f.increment(destination, elementBytes).increment(source, ELEMENT_BYTES);
    });
  }
  threeFullRounds();

  // y_0 stays in the state; the history starts as 0, y_{1-d}, 0, ..., 0, y_0 with the entry's virtual values.
  f.i32(STATE).get(entry).i32(POWERS).get(t).call(calls.dot);
  f.get(d)
    .i32(2 * elementBytes)
    .op(0x6c)
    .i32(HISTORY)
    .op(0x6a)
    .set(window);
  f.i32(HISTORY).i32(0).get(window).i32(HISTORY).op(0x6b).op(0xfc, 0x0b, 0);
  f.get(window).i32(elementBytes).op(0x6b).set(destination);
  f.get(entry).get(rowBytes).op(0x6a).set(row).get(d).set(count);
  mixRows(powers, t, -2 * elementBytes);

  f.get(window).set(destination).i32(HISTORY).set(window).i32(STATE).set(source);
  f.get(t).get(d).op(0x6a).set(terms).get(partialRounds).set(count);
  f.countDown(count, () => {
    f.get(destination).get(source).get(constants).call(calls.sbox);
    f.get(destination).i32(elementBytes).op(0x6a).tee(source);
    f.get(recurrence).get(window).get(terms).call(calls.dot);
    f.increment(constants, CONSTANT_BYTES).increment(destination, 2 * elementBytes);
    f.increment(window, 2 * elementBytes);
  });

  f.i32(STATE).get(source).i32(elementBytes).op(0xfc, 0x0a, 0, 0);
  f.increment(terms, -1).get(terms).i32(CONSTANT_BYTES).op(0x6c).set(rowBytes);
  f.get(exit)
    .set(row)
    .i32(STATE + elementBytes)
    .set(destination)
    .get(d)
    .set(count);
  mixRows(() => void f.get(window), terms, elementBytes);
  f.get(t).i32(CONSTANT_BYTES).op(0x6c).set(rowBytes);

  threeFullRounds();
  f.i32(STATE).get(outputRow).i32(POWERS).get(t).call(calls.dot);
  for (let lane = 0; lane < lanes.count; lane++) {
    f.i32(OUTPUT + ELEMENT_BYTES * lane)
      .i32(STATE + 4 * lane)
      .call(calls.exportElement);
  }
  return f;
}
