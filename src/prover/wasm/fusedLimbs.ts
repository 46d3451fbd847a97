/** Numbers of the fused field: five signed limbs of 51 bits, Montgomery form with factor 2^255. */

export const FUSED_LIMBS = 5;
export const FUSED_ELEMENT_BYTES = 8 * FUSED_LIMBS;
export const LIMB_MASK = (1n << 51n) - 1n;

/** x as limbs from -2^50 to below 2^50, the last with the rest. */
function signedLimbs(x: bigint): number[] {
  let rest = x;
  return Array.from({ length: FUSED_LIMBS }, (_, i) => {
    const limb = i === FUSED_LIMBS - 1 ? rest : BigInt.asIntN(51, rest);
    rest = (rest - limb) >> 51n;
    return Number(limb);
  });
}

/** The limbs of the residue of x nearest to 0. */
export function centredLimbs(x: bigint, order: bigint): number[] {
  const residue = ((x % order) + order) % order;
  return signedLimbs(2n * residue > order ? residue - order : residue);
}

/** The value of limbs. */
export function fromFusedLimbs(limbs: ArrayLike<number>): bigint {
  let value = 0n;
  for (let i = FUSED_LIMBS - 1; i >= 0; i--) value = (value << 51n) + BigInt(limbs[i]!);
  return value;
}

/** What reduction multiplies by: limbs of the order and of 2^-51, both centred, and -1 / order modulo 2^51. */
export interface ReductionConstants {
  readonly order: readonly number[];
  readonly shifted: readonly number[];
  readonly negatedInverse: number;
}

export function reductionConstants(order: bigint): ReductionConstants {
  let inverse = 1n;
  for (let i = 0; i < 6; i++) inverse = BigInt.asUintN(51, inverse * (2n - order * inverse));
  let shifted = 1n;
  for (let i = 0; i < 51; i++) shifted = (shifted & 1n ? shifted + order : shifted) >> 1n;
  return {
    order: signedLimbs(order),
    shifted: centredLimbs(shifted, order),
    negatedInverse: Number(BigInt.asIntN(51, -inverse)),
  };
}
