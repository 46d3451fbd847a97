import { fromSigned } from "../field/element.js";
import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import { spongeMany } from "../field/sponge.js";
import type { AccountRecord, GroupResult, PartResult, Slot } from "./accountRecord.js";
import { BANDS, bandGaps } from "./bands.js";
import {
  BRACKET_BITS,
  CELL_BITS,
  DEEP_BRACKET_BITS,
  DEEP_KEYS,
  FACTOR_BITS,
  FIRST_GAP_BITS,
  GROUP_BITS,
  KEY_BITS,
  NULL_GROUP_TOP,
  NULL_LANES,
  NULL_PART_TOP,
  PART_BITS,
  QUANTITY_BITS,
  SECOND_GAP_BITS,
  VALUE_BITS,
  WORD_BITS,
} from "./constants.js";
import { leafRole } from "./roles.js";
import type { AccountShape } from "./shapes.js";

const WORD_MASK = (1n << BigInt(WORD_BITS)) - 1n;

/** A signed value as the circuits carry it: `negative ? -magnitude - 1 : magnitude`. */
export function signedParts(value: bigint): { negative: 0n | 1n; magnitude: bigint } {
  return value < 0n ? { negative: 1n, magnitude: -value - 1n } : { negative: 0n, magnitude: value };
}

/** Whether the lanes of the bracketed slots rise, after the empty ones: cheaper than pairs where there are many. */
export const sortsLanes = ({ bracketed }: Pick<AccountShape, "bracketed">): boolean => bracketed > NULL_LANES;

/** The lane that a key belongs to, as circuits/lib/slots.circom numbers it: one number a lane. */
export function laneOfKey(key: number): number {
  if (key < DEEP_KEYS) return key >> BRACKET_BITS;
  return (key >> DEEP_BRACKET_BITS) << (DEEP_BRACKET_BITS - BRACKET_BITS);
}

/** The empty slot number i. */
function nullBracketedSlot(shape: AccountShape, i: number): Slot {
  return { key: sortsLanes(shape) ? 0 : i << BRACKET_BITS, offset: 0n, complement: 0n };
}

const NULL_FLAT_SLOT: Slot = { key: 0, offset: 0n, complement: 0n };

/** The group number that marks group place n as unused. */
export const nullGroup = (n: number): number => NULL_GROUP_TOP - n;

/** A group's part slots from number `from` on, unused; undefined in a shape without parts. */
export function nullParts({ parts, scenarios }: AccountShape, from = 0): PartResult[] | undefined {
  if (!parts) return undefined;
  return Array.from({ length: parts - from }, (_, i) => ({
    part: NULL_PART_TOP - from - i,
    gains: Array.from({ length: scenarios }, () => 0n),
  }));
}

/** The padding account of a shape: not counted, nothing held, under a secret tag like any other account. */
export function emptyAccount(shape: AccountShape, tag: bigint): AccountRecord {
  return {
    tag,
    counted: false,
    bracketed: Array.from({ length: shape.bracketed }, (_, i) => nullBracketedSlot(shape, i)),
    flat: Array.from({ length: shape.flat }, () => NULL_FLAT_SLOT),
    groups: Array.from({ length: shape.groups }, (_, n) => ({
      group: nullGroup(n),
      worst: 0n,
      slack: Array.from({ length: shape.scenarios }, () => 0n),
      ...(shape.parts ? { factorBp: 0n, parts: nullParts(shape)! } : {}),
    })),
    equity: 0n,
    maintenance: 0n,
    initial: 0n,
    band: "free",
    stressed: Array.from({ length: shape.stress }, () => 0n),
  };
}

/**
 * The account's bit string, lowest bits first, cut into 253-bit field elements, in the circuit's order:
 * counted, bracketed slots (key, in a shape for deep lanes a bit more, offset, complement), flat slots (key, offset), band
 * and its gaps, groups (number, worst, slacks, and in a shape with parts the own initial factor and each part's number and
 * gains), stress.
 * Every part is range-checked in the circuit, so the words determine it.
 */
function packWords(shape: AccountShape, account: AccountRecord, marginCallBp: bigint): bigint[] {
  let bits = 0n;
  let length = 0n;
  const put = (value: bigint, width: number): void => {
    if (value < 0n || value >> BigInt(width) !== 0n) {
      throw new RangeError(`leaf value ${value} does not fit in ${width} bits`);
    }
    bits |= value << length;
    length += BigInt(width);
  };
  const putSigned = (value: bigint, width: number): void => {
    const { negative, magnitude } = signedParts(value);
    put(negative, 1);
    put(magnitude, width);
  };
  put(account.counted ? 1n : 0n, 1);
  for (const slot of account.bracketed) {
    put(BigInt(slot.key), KEY_BITS + (shape.deep ?? 0));
    put(slot.offset, QUANTITY_BITS);
    put(slot.complement, QUANTITY_BITS);
  }
  for (const slot of account.flat) {
    put(BigInt(slot.key), KEY_BITS);
    put(slot.offset, QUANTITY_BITS);
  }
  const { first, second } = bandGaps(account, marginCallBp);
  put(1n << BigInt(BANDS.indexOf(account.band)), BANDS.length);
  put(first, FIRST_GAP_BITS);
  put(second, SECOND_GAP_BITS);
  for (const group of account.groups) {
    put(BigInt(group.group), GROUP_BITS);
    put(group.worst, VALUE_BITS);
    for (const slack of group.slack) put(slack, VALUE_BITS);
    if (group.parts === undefined) continue;
    put(group.factorBp ?? 0n, FACTOR_BITS);
    for (const { part, gains } of group.parts) {
      put(BigInt(part), PART_BITS);
      for (const gain of gains) putSigned(gain, CELL_BITS);
    }
  }
  for (const value of account.stressed) putSigned(value, VALUE_BITS);

  const words: bigint[] = [];
  for (let done = 0n; done < length; done += BigInt(WORD_BITS)) {
    words.push(bits & WORD_MASK);
    bits >>= BigInt(WORD_BITS);
  }
  if (
    account.bracketed.length !== shape.bracketed ||
    account.flat.length !== shape.flat ||
    account.groups.length !== shape.groups ||
    account.stressed.length !== shape.stress ||
    account.groups.some((group) => !hasForm(group, shape))
  ) {
    throw new RangeError(`account does not have the form of shape ${shape.id}`);
  }
  return words;
}

function hasForm({ slack, parts = [] }: GroupResult, shape: AccountShape): boolean {
  const { scenarios } = shape;
  return (
    slack.length === scenarios &&
    parts.length === (shape.parts ?? 0) &&
    parts.every(({ gains }) => gains.length === scenarios)
  );
}

/**
 * The leaf of an account: Poseidon sponge over (tag, MMR + IMR, words), started from the shape's constant. With the sum,
 * the words determine equity and both requirements: circuits/lib/band.circom.
 */
export function leafHash(
  hasher: PoseidonHasher,
  shape: AccountShape,
  account: AccountRecord,
  marginCallBp: bigint,
): bigint {
  return leafHashes(hasher, shape, [account], marginCallBp)[0]!;
}

/** The leaves of a batch, in order. */
export function leafHashes(
  hasher: PoseidonHasher,
  shape: AccountShape,
  accounts: readonly AccountRecord[],
  marginCallBp: bigint,
): bigint[] {
  const contents = accounts.map((account) => [
    account.tag,
    fromSigned(account.maintenance + account.initial),
    ...packWords(shape, account, marginCallBp),
  ]);
  return spongeMany(hasher, leafRole(shape), contents);
}
