import { toBytes32 } from "../field/encoding.js";
import { encodeList, keccak256, keccakToField } from "../field/keccak.js";
import { BANDS } from "./bands.js";
import type { Totals } from "./state.js";
import { TOTAL_NAMES } from "./state.js";

/** Everything fixed before the first challenges. Digests and salts are 32 bytes, field elements bigint. */
export interface Commitments {
  readonly exchange: string;
  readonly epoch: string;
  readonly time: string;
  readonly marketDigest: Uint8Array;
  readonly tableDigest: Uint8Array;
  /** Per batch, in order: shape id, verifying-key digest, leaf root. */
  readonly batches: readonly {
    readonly shape: string;
    readonly keyDigest: Uint8Array;
    readonly leafRoot: bigint;
  }[];
  /** Per table step, in order: shape id, verifying-key digest, commitment to the rows' totals. */
  readonly tableSteps: readonly {
    readonly shape: string;
    readonly keyDigest: Uint8Array;
    readonly totals: bigint;
  }[];
  readonly totals: Totals;
  /** Per instrument in table order, total long and short quantity in steps. */
  readonly quantities: readonly { readonly long: bigint; readonly short: bigint }[];
}

/**
 * Fiat-Shamir challenges (docs/protocol.md, section 8: FS): each is a hash of everything that it must not have been known
 * to, in two rounds, `firstChallenges` and `secondChallenges`.
 */
export interface Challenges {
  /** Of the random linear combination over accounts: account i has weight rho^i. */
  readonly rho: bigint;
  /** Tells the parts of one account's equation apart: `foldTable`. */
  readonly beta: bigint;
  /** Tells risk groups apart. */
  readonly gamma: bigint;
  /** Of the random linear combination over lanes: lane l has weight tau^l. */
  readonly tau: bigint;
  /** Where the LogUp fractions are taken: 1 / (r - lookup value). */
  readonly r: bigint;
  /** Tells the four sums in a LogUp numerator apart. */
  readonly x: bigint;
}

/**
 * Batches that are hashed one by one. Of more than these every block of so many is hashed apart, and its hash stands in their place:
 * no contract could hold all at once.
 */
export const BATCHES_A_BLOCK = 2048;

const utf8 = new TextEncoder();
const number = (n: number): Uint8Array => toBytes32(BigInt(n));

/** Fiat-Shamir, first round: a hash of the canonical, length-prefixed encoding of all commitments and published totals. */
export function firstSeed(commitments: Commitments): Uint8Array {
  const parts: Uint8Array[] = [
    utf8.encode("marginproof/v1/statement"),
    utf8.encode(commitments.exchange),
    utf8.encode(commitments.epoch),
    utf8.encode(commitments.time),
    commitments.marketDigest,
    commitments.tableDigest,
    number(commitments.batches.length),
    number(commitments.tableSteps.length),
    number(commitments.quantities.length),
    number(commitments.totals.stressBadDebt.length),
  ];
  parts.push(
    ...batchParts(commitments.batches),
    ...commitments.tableSteps.flatMap((step, index) => stepParts(step, index, step.totals)),
  );
  for (const band of BANDS) parts.push(toBytes32(commitments.totals.bands[band]));
  for (const name of TOTAL_NAMES) parts.push(toBytes32(commitments.totals[name]));
  for (const units of commitments.totals.stressBadDebt) parts.push(toBytes32(units));
  for (const { long, short } of commitments.quantities) parts.push(toBytes32(long), toBytes32(short));
  return keccak256(encodeList(parts));
}

const stepParts = (
  { shape, keyDigest }: Commitments["batches" | "tableSteps"][number],
  index: number,
  commitment: bigint,
): Uint8Array[] => [number(index), utf8.encode(shape), keyDigest, toBytes32(commitment)];

/** Which of the two it is follows from how many batches there are, and that is hashed before. */
function batchParts(batches: Commitments["batches"]): Uint8Array[] {
  const block = (first: number): Uint8Array[] =>
    batches
      .slice(first, first + BATCHES_A_BLOCK)
      .flatMap((batch, index) => stepParts(batch, first + index, batch.leafRoot));
  const count = Math.ceil(batches.length / BATCHES_A_BLOCK);
  return count === 1
    ? block(0)
    : Array.from({ length: count }, (_, k) =>
        keccak256(encodeList([utf8.encode("marginproof/v1/batches"), ...block(k * BATCHES_A_BLOCK)])),
      );
}

/** The first round's challenges: drawn after all leaves and totals are committed. */
export function firstChallenges(seed1: Uint8Array): Pick<Challenges, "rho" | "beta" | "gamma" | "tau"> {
  return {
    rho: keccakToField(seed1, "rho"),
    beta: keccakToField(seed1, "beta"),
    gamma: keccakToField(seed1, "gamma"),
    tau: keccakToField(seed1, "tau"),
  };
}

/**
 * Fiat-Shamir, second round: a hash of the first seed and the commitments to the weighted row sums. It is the epoch's
 * statement digest.
 */
export function secondSeed(seed1: Uint8Array, weights: readonly bigint[]): Uint8Array {
  return keccak256(
    encodeList([utf8.encode("marginproof/v1/weights"), seed1, ...weights.map((value) => toBytes32(value))]),
  );
}

/** The second round's challenges, those of the LogUp argument: drawn after the weighted row sums too. */
export function secondChallenges(seed2: Uint8Array): Pick<Challenges, "r" | "x"> {
  return { r: keccakToField(seed2, "r"), x: keccakToField(seed2, "x") };
}
