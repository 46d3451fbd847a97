import { G1, type G1Point, G2, type G2Point } from "./curve.js";

/** The points that make a verifying key. */
export interface KeyPoints {
  readonly alpha1: G1Point;
  readonly beta2: G2Point;
  readonly gamma2: G2Point;
  readonly delta2: G2Point;
  readonly ic: readonly G1Point[];
}

interface Comparable<P> {
  equals(other: P): boolean;
  negate(): P;
}

/** p = q or p = -q. */
function sameUpToSign<P extends Comparable<P>>(p: P, q: P): boolean {
  return p.equals(q) || p.equals(q.negate());
}

/**
 * Why this key lets anybody forge, or undefined when none of the known reasons holds.
 *
 * A proof satisfies A (x) B = alpha (x) beta + X (x) gamma + C (x) delta with C free, X = ic[0] + sum s_j ic[j].
 * So modulo delta the right side must not become a single product, which needs no witness at all:
 * - a known linear relation among beta, gamma and delta does that. Examples: gamma = delta: A = alpha,
 *   B = beta, C = -X. gamma = beta: A = alpha + X, B = beta + delta, C = alpha + X. delta = beta: A = X,
 *   B = beta + gamma, C = X - alpha. Relations with coefficients -1, 0 and 1 are refused.
 * - X known as a multiple of alpha does it too (X = k alpha: A = alpha, B = beta + k gamma + delta, C = alpha).
 *   ic[j] = +-alpha is refused.
 * - delta = +-generator: a setup without any phase 2 contribution. With the public powers of tau the terms that
 *   delta should keep apart can be mixed, and every statement is provable. alpha or beta = +-generator: a powers
 *   of tau file without any contribution. gamma = generator is what snarkjs always has, and harmless: delta is
 *   what keeps X and C apart.
 * - two ic points equal up to sign: the signals (s, t) and (s + d, t -+ d) are then one statement, or the
 *   constant 1 of ic[0] can be cancelled.
 *
 * This finds keys that are broken in the open. Nothing in a key shows whether its maker kept the toxic waste:
 * that is what the ceremony, and the digest the verifier pins, are for.
 */
export function degenerateKey({ alpha1, beta2, gamma2, delta2, ic }: KeyPoints): string | undefined {
  if (sameUpToSign(gamma2, delta2)) return "gamma2 and delta2 are equal up to sign";
  if (sameUpToSign(beta2, gamma2)) return "beta2 and gamma2 are equal up to sign";
  if (sameUpToSign(beta2, delta2)) return "beta2 and delta2 are equal up to sign";
  if (sameUpToSign(beta2, gamma2.add(delta2)) || sameUpToSign(beta2, gamma2.subtract(delta2))) {
    return "beta2, gamma2 and delta2 are linearly related";
  }
  if (sameUpToSign(delta2, G2.BASE)) return "delta2 is the generator: nobody contributed to the key";
  if (sameUpToSign(beta2, G2.BASE)) return "beta2 is the generator: nobody contributed to the powers of tau";
  if (sameUpToSign(alpha1, G1.BASE))
    return "alpha1 is the generator: nobody contributed to the powers of tau";
  // Every ic point is finite and affine here, and points are equal up to sign exactly if their x is equal.
  const seen = new Map<bigint, number>();
  for (const [index, point] of ic.entries()) {
    if (point.x === alpha1.x) return `ic[${index}] and alpha1 are equal up to sign`;
    const earlier = seen.get(point.x);
    if (earlier !== undefined) return `ic[${earlier}] and ic[${index}] are equal up to sign`;
    seen.set(point.x, index);
  }
  return undefined;
}
