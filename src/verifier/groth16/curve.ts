import { bn254 } from "@noble/curves/bn254.js";

/** A point of E(Fp): y^2 = x^3 + 3. The group has prime order, so every finite curve point is in G1. */
export type G1Point = typeof bn254.G1.Point.BASE;
/** A point of the sextic twist E'(Fp2): y^2 = x^3 + 3 / (9 + i). Only a subgroup of it is G2. */
export type G2Point = typeof bn254.G2.Point.BASE;
/** An element of Fp2 = Fp[i] / (i^2 + 1): `c0 + c1 i`. */
export type Fp2Element = G2Point["X"];
/** An element of Fp12; after the final exponentiation, of the target group GT. */
export type Fp12Element = ReturnType<typeof bn254.millerLoopBatch>;
/** Coefficients of the Miller loop's lines for one G2 point: they depend on that point only. */
export type PairingLines = ReturnType<typeof bn254.utils.calcPairingPrecomputes>;

export const G1 = bn254.G1.Point;
export const G2 = bn254.G2.Point;
export const { Fp, Fp2, Fp12 } = bn254.fields;

/** Order p of the base field: the bound of every coordinate. */
export const BASE_FIELD_ORDER = Fp.ORDER;
/** Order r of G1, G2 and GT: the bound of every public signal. */
export const GROUP_ORDER = bn254.fields.Fr.ORDER;
