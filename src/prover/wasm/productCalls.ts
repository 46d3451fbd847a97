import type { Pair } from "../../field/kernel/fieldCode.js";
import { FunctionBuilder, V128, type ValueType } from "../../wasm/wasmModule.js";
import type { VectorConstants } from "./fusedConstants.js";
import { FUSED_LIMBS, reductionConstants } from "./fusedLimbs.js";
import { FusedProduct } from "./fusedProduct.js";

const SIGNATURES = [
  [0, 0],
  [1, 0],
  [2, 0],
  [1, 1],
] as const;

/** Functions of a module that make products, to be called with limbs: sums of so many products less others, or a square if both are 0. */
export class ProductCalls {
  /** They stand first in the module. */
  readonly functions: readonly FunctionBuilder[];

  constructor(order: bigint, constants: VectorConstants) {
    this.functions = SIGNATURES.map(([plus, minus]) => productFunction(order, constants, plus, minus));
  }

  index(plus: number, minus: number): number {
    const index = SIGNATURES.findIndex(([p, m]) => p === plus && m === minus);
    if (index < 0) throw new RangeError(`no function of ${plus} products less ${minus}`);
    return index;
  }
}

function productFunction(order: bigint, constants: VectorConstants, plus: number, minus: number) {
  const count = Math.max(1, 2 * (plus + minus));
  const element = new Array<ValueType>(FUSED_LIMBS).fill(V128);
  const f = new FunctionBuilder(new Array<typeof element>(count).fill(element).flat(), element);
  const operand = (i: number) => f.all().slice(FUSED_LIMBS * i, FUSED_LIMBS * (i + 1));
  const product = new FusedProduct(f, reductionConstants(order), constants);
  const out = f.locals(V128, FUSED_LIMBS);
  const pairs = Array.from({ length: plus + minus }, (_, i): Pair => [operand(2 * i), operand(2 * i + 1)]);
  if (pairs.length === 0) product.square(out, operand(0));
  else product.multiply(out, pairs.slice(0, plus), pairs.slice(plus));
  for (const limb of out) f.get(limb);
  return f;
}
