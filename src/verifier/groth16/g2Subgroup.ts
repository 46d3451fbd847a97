import { Fp, Fp2, type Fp2Element, G2, type G2Point } from "./curve.js";

/** The BN parameter x of the curve: p, r and the trace 6x^2 + 1 are polynomials in it. */
export const BN_X = 4965661367192848881n;

let twistConstants: { readonly x: Fp2Element; readonly y: Fp2Element } | undefined;

/** psi = twist^-1 . Frobenius . twist, an endomorphism of the whole twist, in projective coordinates. */
export function psi(point: G2Point): G2Point {
  twistConstants ??= {
    x: Fp2.pow(Fp2.NONRESIDUE, (Fp.ORDER - 1n) / 3n),
    y: Fp2.pow(Fp2.NONRESIDUE, (Fp.ORDER - 1n) / 2n),
  };
  return new G2(
    Fp2.mul(Fp2.frobeniusMap(point.X, 1), twistConstants.x),
    Fp2.mul(Fp2.frobeniusMap(point.Y, 1), twistConstants.y),
    Fp2.frobeniusMap(point.Z, 1),
  );
}

/**
 * Is this point of the twist in G2, the subgroup of prime order r?
 *
 * The test is [x+1]P + psi([x]P) + psi^2([x]P) = psi^3([2x]P) (ePrint 2022/348, also used by gnark-crypto): one
 * multiplication by the 63-bit x in place of one by the 254-bit r.
 *
 * Why it is exact. On all of E'(Fp2), psi satisfies psi^2 - [t]psi + [p] = 0. Write f(z) for the polynomial
 * above and f mod (z^2 - tz + p) = a + bz; then f(psi)P = O gives [N]P = O for the resultant
 * N = a^2 + abt + b^2 p. The group has h r points and gcd(N, h r) = r, so [r]P = O. The other way: on G2 psi is
 * multiplication by p, and f(p) = 0 mod r. `test/verifier/groth16/g2Subgroup.test.ts` computes both facts.
 * @param point any point of the twist (on the curve)
 */
export function isInG2(point: G2Point): boolean {
  const xP = point.multiplyUnsafe(BN_X);
  const psiXP = psi(xP);
  const psi2XP = psi(psiXP);
  const psi3XP = psi(psi2XP);
  return xP.add(point).add(psiXP).add(psi2XP).equals(psi3XP.double());
}
