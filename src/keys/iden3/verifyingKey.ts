import { MarginproofError } from "../../errors.js";
import { Bn254Wasm } from "../bn254Wasm.js";
import { BinaryFile, formatError } from "./binaryFile.js";

/** A coordinate: `0x` and 64 lower-case hex digits, big-endian. */
export type HexCoordinate = string;
export type HexG1 = [x: HexCoordinate, y: HexCoordinate];
/** Each coordinate is [c0, c1]: real, then imaginary part. */
export type HexG2 = [x: [HexCoordinate, HexCoordinate], y: [HexCoordinate, HexCoordinate]];

/** The canonical JSON of a verifying key; the same form as the verifier's `VerifyingKeyJson`. */
export interface VerifyingKeyFile {
  protocol: "groth16";
  curve: "bn254";
  alpha1: HexG1;
  beta2: HexG2;
  gamma2: HexG2;
  delta2: HexG2;
  /** One point for the constant and one per public signal. */
  ic: HexG1[];
}

/** What a Groth16 zkey says of itself, before its large sections. */
export interface ZkeyHeader {
  readonly wireCount: number;
  readonly publicCount: number;
  readonly domainSize: number;
  /** alpha1, beta1, beta2, gamma2, delta1, delta2: affine, Montgomery form, little-endian. */
  readonly points: Uint8Array;
}

const HEADER_BYTES = 84;
const POINTS = { alpha1: 0, beta2: 128, gamma2: 256, delta2: 448, end: 576 } as const;

/**
 * Reads the header of a Groth16 zkey over BN254.
 *
 * @throws MarginproofError `KEY_GAMMA_EQUALS_DELTA` for a key without a phase-2 contribution, under which
 * anyone forges; `FILE_FORMAT` for another file.
 */
export async function readZkeyHeader(file: BinaryFile): Promise<ZkeyHeader> {
  const protocol = await file.read(1);
  const bytes = await file.read(2);
  if (protocol.length !== 4 || protocol.readUInt32LE(0) !== 1 || bytes.length !== HEADER_BYTES + POINTS.end)
    throw formatError(file.path, "is not a Groth16 key over BN254");
  const points = bytes.subarray(HEADER_BYTES);
  if (points.subarray(POINTS.gamma2, POINTS.gamma2 + 128).equals(points.subarray(POINTS.delta2, POINTS.end)))
    throw new MarginproofError(
      "KEY_GAMMA_EQUALS_DELTA",
      `${file.path} has no phase-2 contribution: gamma = delta`,
      {
        hint: "Anyone can forge proofs under this key. Add a contribution (`snarkjs zkey contribute`) and use its output.",
        kind: "invalid",
      },
    );
  return {
    wireCount: bytes.readUInt32LE(72),
    publicCount: bytes.readUInt32LE(76),
    domainSize: bytes.readUInt32LE(80),
    points,
  };
}

/** Extracts the verifying key of a `.zkey` file. @throws MarginproofError those of `readZkeyHeader` */
export async function readVerifyingKey(zkeyPath: string): Promise<VerifyingKeyFile> {
  const file = await BinaryFile.open(zkeyPath, "zkey");
  try {
    const { points, publicCount } = await readZkeyHeader(file);
    const ic = await file.read(3);
    if (ic.length !== 64 * (publicCount + 1))
      throw formatError(zkeyPath, "has another number of public signals");
    return {
      protocol: "groth16",
      curve: "bn254",
      alpha1: g1ToHex(points, POINTS.alpha1),
      beta2: g2ToHex(points, POINTS.beta2),
      gamma2: g2ToHex(points, POINTS.gamma2),
      delta2: g2ToHex(points, POINTS.delta2),
      ic: Array.from({ length: publicCount + 1 }, (_, i) => g1ToHex(ic, 64 * i)),
    };
  } finally {
    await file.close();
  }
}

/** An affine G1 point in Montgomery form as canonical hex. */
export function g1ToHex(bytes: Uint8Array, offset: number): HexG1 {
  return [toHex(bytes, offset), toHex(bytes, offset + 32)];
}

/** An affine G2 point in Montgomery form as canonical hex. */
export function g2ToHex(bytes: Uint8Array, offset: number): HexG2 {
  return [
    [toHex(bytes, offset), toHex(bytes, offset + 32)],
    [toHex(bytes, offset + 64), toHex(bytes, offset + 96)],
  ];
}

let converter: { readonly wasm: Bn254Wasm; readonly at: number } | undefined;

function toHex(bytes: Uint8Array, offset: number): HexCoordinate {
  if (converter === undefined) {
    const wasm = new Bn254Wasm();
    converter = { wasm, at: wasm.reserve(32) };
  }
  const { wasm, at } = converter;
  wasm.bytes(at, 32).set(bytes.subarray(offset, offset + 32));
  wasm.op.f1m_fromMontgomery!(at, at);
  return `0x${Buffer.from(wasm.bytes(at, 32)).reverse().toString("hex")}`;
}
