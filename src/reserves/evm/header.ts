import { keccak256 } from "../../field/keccak.js";
import { hexText } from "../../signing/typedData.js";
import { decodeStrings, integerOfBytes } from "./rlp.js";

/** What of a block's header the balances hang from. */
export interface BlockHeader {
  /** keccak256 of the header's RLP: the block's hash, `0x` and 64 lower-case hex digits. */
  readonly hash: string;
  readonly number: bigint;
  /** Root of all accounts after the block. */
  readonly stateRoot: Uint8Array;
  /** Seconds since 1970. */
  readonly timestamp: bigint;
}

/** Places in the header, which only ever grew at its end (London, Shanghai, Cancun, Prague). */
const STATE_ROOT = 3;
const NUMBER = 8;
const TIMESTAMP = 11;
const FEWEST_FIELDS = 15;
const MOST_FIELDS = 32;

/**
 * Reads a block's header. Its fields are to be believed only where the hash is one that the reader has from elsewhere.
 * @throws RangeError when it is no header, in words
 */
export function readHeader(bytes: Uint8Array): BlockHeader {
  const fields = decodeStrings(bytes);
  if (fields.length < FEWEST_FIELDS || fields.length > MOST_FIELDS)
    throw new RangeError(`a header has not ${fields.length} fields`);
  const stateRoot = fields[STATE_ROOT]!;
  if (stateRoot.length !== 32) throw new RangeError("a header's state root has not 32 bytes");
  return {
    hash: hexText(keccak256(bytes)),
    number: integerOfBytes(fields[NUMBER]!, 8),
    stateRoot,
    timestamp: integerOfBytes(fields[TIMESTAMP]!, 8),
  };
}
