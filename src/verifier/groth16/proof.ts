import type { G1Json, G2Json } from "./coordinate.js";
import type { G1Point, G2Point } from "./curve.js";
import { parseG1, parseG2 } from "./points.js";
import { exactObject } from "./shape.js";

/** The canonical form of a Groth16 proof. */
export interface ProofJson {
  readonly a: G1Json;
  readonly b: G2Json;
  readonly c: G1Json;
}

/**
 * A proof whose points are all known to be finite, on the curve and in the right subgroup. Only `parseProof`
 * makes one.
 *
 * A proof is malleable: from a valid one anybody makes others for the same statement, such as (-a, -b, c). So
 * its bytes are never an identity; compare statements (public signals), not proofs.
 */
export class Proof {
  readonly #parsed = true;
  readonly a: G1Point;
  readonly b: G2Point;
  readonly c: G1Point;

  private constructor(json: unknown, inSubgroup?: (point: G2Point) => boolean) {
    const fields = exactObject(json, ["a", "b", "c"], "the proof", "PROOF_SHAPE");
    this.a = parseG1(fields.a, "proof.a", "PROOF_SHAPE");
    this.b = parseG2(fields.b, "proof.b", "PROOF_SHAPE", inSubgroup);
    this.c = parseG1(fields.c, "proof.c", "PROOF_SHAPE");
    Object.freeze(this);
  }

  /**
   * See {@link parseProof}.
   * @param inSubgroup whoever gives another than `isInG2` answers for b
   */
  static fromJson(json: unknown, inSubgroup?: (point: G2Point) => boolean): Proof {
    return new Proof(json, inSubgroup);
  }

  /** Was this value made by `parseProof`? A look-alike object was never checked. */
  static is(value: unknown): value is Proof {
    return typeof value === "object" && value !== null && #parsed in value;
  }
}

/**
 * Reads a proof in its canonical form, strictly.
 * @throws MarginproofError PROOF_SHAPE (unknown or missing field, wrong array length), COORDINATE_NOT_CANONICAL,
 *   POINT_AT_INFINITY, POINT_NOT_ON_CURVE, POINT_NOT_IN_SUBGROUP
 */
export function parseProof(json: unknown): Proof {
  return Proof.fromJson(json);
}
