import { interleavedMSMUnsafe } from "@noble/curves/abstract/curve.js";
import { bn254 } from "@noble/curves/bn254.js";
import { numberToBytesBE } from "@noble/curves/utils.js";
import { bytesToHex } from "../../field/encoding.js";
import { Keccak256 } from "../../field/keccak.js";
import { type G1Json, type G2Json, g1Coordinates, g2Coordinates } from "./coordinate.js";
import { type Fp12Element, G1, type G1Point, type G2Point, type PairingLines } from "./curve.js";
import { degenerateKey } from "./degenerateKey.js";
import { invalid } from "./invalid.js";
import { parseG1, parseG2 } from "./points.js";
import { exactArray, exactObject } from "./shape.js";

/** The canonical form of a Groth16 verifying key. */
export interface VerifyingKeyJson {
  readonly protocol: "groth16";
  readonly curve: "bn254";
  readonly alpha1: G1Json;
  readonly beta2: G2Json;
  readonly gamma2: G2Json;
  readonly delta2: G2Json;
  /** One point for the constant 1, then one for each public signal. */
  readonly ic: readonly G1Json[];
}

const SHAPE = "VERIFYING_KEY_SHAPE";
const FIELDS = ["protocol", "curve", "alpha1", "beta2", "gamma2", "delta2", "ic"] as const;
const DIGEST_DOMAIN = new TextEncoder().encode("marginproof/groth16-bn254/verifying-key/1\0");

function fieldsOf(
  json: unknown,
): Record<(typeof FIELDS)[number], unknown> & { readonly icPoints: unknown[] } {
  const fields = exactObject(json, FIELDS, "the verifying key", SHAPE);
  if (fields.protocol !== "groth16") throw invalid(SHAPE, `the verifying key's protocol must be "groth16"`);
  if (fields.curve !== "bn254") throw invalid(SHAPE, `the verifying key's curve must be "bn254"`);
  return { ...fields, icPoints: exactArray(fields.ic, undefined, "vk.ic", SHAPE) };
}

function digestOf(icCount: number, coordinates: readonly bigint[]): Uint8Array {
  const hash = new Keccak256().update(DIGEST_DOMAIN);
  hash.update(numberToBytesBE(icCount, 4));
  for (const coordinate of coordinates) hash.update(numberToBytesBE(coordinate, 32));
  return hash.digest();
}

/**
 * Identity of a verifying key: keccak256 over the domain "marginproof/groth16-bn254/verifying-key/1" and a zero
 * byte, the number of ic points (4 bytes, big endian), then the coordinates, 32 bytes big endian each: alpha1
 * (x, y), beta2, gamma2, delta2 (x.c0, x.c1, y.c0, y.c1), and the ic points in order. The canonical form has one
 * text per key, so keys are equal exactly if their digests are. The points are not checked here.
 * @returns 32 bytes
 * @throws MarginproofError VERIFYING_KEY_SHAPE, COORDINATE_NOT_CANONICAL
 */
export function verifyingKeyDigest(json: VerifyingKeyJson): Uint8Array {
  const fields = fieldsOf(json);
  const coordinates = [
    ...g1Coordinates(fields.alpha1, "vk.alpha1", SHAPE),
    ...g2Coordinates(fields.beta2, "vk.beta2", SHAPE),
    ...g2Coordinates(fields.gamma2, "vk.gamma2", SHAPE),
    ...g2Coordinates(fields.delta2, "vk.delta2", SHAPE),
    ...fields.icPoints.flatMap((point, index) => g1Coordinates(point, `vk.ic[${index}]`, SHAPE)),
  ];
  return digestOf(fields.icPoints.length, coordinates);
}

/** What verification needs of a key again and again, computed once per key. */
export interface PreparedKey {
  /** e(alpha, beta), an element of GT. */
  readonly alphaBeta: Fp12Element;
  readonly betaLines: PairingLines;
  readonly gammaLines: PairingLines;
  readonly deltaLines: PairingLines;
  /** scalars[0] ic[0] + scalars[1] ic[1] + ...; every scalar in [0, r). */
  readonly combineIc: (scalars: bigint[]) => G1Point;
}

/** Window of the fixed tables of the ic points: 2^(W-2) points each. */
const IC_WINDOW = 5;

/**
 * A verifying key whose points are all known to be finite, on the curve and in the right subgroup, and which is
 * not degenerate. Only `parseVerifyingKey` makes one.
 */
export class VerifyingKey {
  readonly #parsed = true;
  #prepared: PreparedKey | undefined;
  readonly alpha1: G1Point;
  readonly beta2: G2Point;
  readonly gamma2: G2Point;
  readonly delta2: G2Point;
  readonly ic: readonly G1Point[];
  /** `verifyingKeyDigest` as 64 lower case hex digits. */
  readonly digestHex: string;

  private constructor(json: unknown, expectedPublicCount: number) {
    const fields = fieldsOf(json);
    const icCount = fields.icPoints.length;
    if (!(expectedPublicCount >= 0) || icCount !== expectedPublicCount + 1) {
      throw invalid(
        "VERIFYING_KEY_IC_COUNT",
        `the verifying key has ${icCount} ic points; ${expectedPublicCount} public signals need ${expectedPublicCount + 1}`,
        "the key belongs to another circuit",
      );
    }
    this.alpha1 = parseG1(fields.alpha1, "vk.alpha1", SHAPE);
    this.beta2 = parseG2(fields.beta2, "vk.beta2", SHAPE);
    this.gamma2 = parseG2(fields.gamma2, "vk.gamma2", SHAPE);
    this.delta2 = parseG2(fields.delta2, "vk.delta2", SHAPE);
    this.ic = Object.freeze(fields.icPoints.map((point, index) => parseG1(point, `vk.ic[${index}]`, SHAPE)));
    const reason = degenerateKey(this);
    if (reason !== undefined) {
      throw invalid("VERIFYING_KEY_DEGENERATE", `this verifying key lets anybody forge proofs: ${reason}`);
    }
    const g1 = ({ x, y }: G1Point) => [x, y];
    const g2 = ({ x, y }: G2Point) => [x.c0, x.c1, y.c0, y.c1];
    const coordinates = [this.alpha1].flatMap(g1);
    coordinates.push(...[this.beta2, this.gamma2, this.delta2].flatMap(g2), ...this.ic.flatMap(g1));
    this.digestHex = bytesToHex(digestOf(icCount, coordinates));
    Object.freeze(this);
  }

  /** See {@link parseVerifyingKey}. */
  static fromJson(json: unknown, expectedPublicCount: number): VerifyingKey {
    return new VerifyingKey(json, expectedPublicCount);
  }

  /** Was this value made by `parseVerifyingKey`? A look-alike object was never checked. */
  static is(value: unknown): value is VerifyingKey {
    return typeof value === "object" && value !== null && #parsed in value;
  }

  /** The fixed part of the verification, computed at first use. */
  get prepared(): PreparedKey {
    const { calcPairingPrecomputes } = bn254.utils;
    return (this.#prepared ??= {
      alphaBeta: bn254.pairing(this.alpha1, this.beta2),
      betaLines: calcPairingPrecomputes(this.beta2),
      gammaLines: calcPairingPrecomputes(this.gamma2),
      deltaLines: calcPairingPrecomputes(this.delta2),
      combineIc: interleavedMSMUnsafe(G1, [...this.ic], IC_WINDOW),
    });
  }
}

/**
 * Reads a verifying key in its canonical form, strictly.
 * @param expectedPublicCount the number of public signals of the circuit it is meant for
 * @throws MarginproofError VERIFYING_KEY_SHAPE (unknown or missing field, wrong structure),
 *   VERIFYING_KEY_IC_COUNT, COORDINATE_NOT_CANONICAL, POINT_AT_INFINITY, POINT_NOT_ON_CURVE,
 *   POINT_NOT_IN_SUBGROUP, VERIFYING_KEY_DEGENERATE (see `degenerateKey`)
 */
export function parseVerifyingKey(json: unknown, expectedPublicCount: number): VerifyingKey {
  return VerifyingKey.fromJson(json, expectedPublicCount);
}
