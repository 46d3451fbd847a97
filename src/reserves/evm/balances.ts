import { hexToBytes } from "../../field/encoding.js";
import { decodeRlp, decodeStrings, integerOfBytes } from "./rlp.js";
import { type BalanceLayout, balanceSlot } from "./slots.js";
import { provenValue } from "./trie.js";

/** An account as the state holds it. */
interface Account {
  /** Of the native coin, in its smallest unit. */
  readonly balance: bigint;
  readonly storageRoot: Uint8Array;
}

/**
 * An account under a state root.
 * @param address `0x` and 40 hex digits
 * @returns undefined when the proof shows that there is none
 * @throws RangeError with what is wrong with the proof, in words
 */
export function provenAccount(
  stateRoot: Uint8Array,
  address: string,
  proof: readonly Uint8Array[],
): Account | undefined {
  const value = provenValue(stateRoot, hexToBytes(address.slice(2).toLowerCase()), proof);
  if (value === undefined) return undefined;
  const fields = decodeStrings(value);
  const [nonce, balance, storageRoot, codeHash] = fields;
  if (fields.length !== 4 || storageRoot!.length !== 32 || codeHash!.length !== 32)
    throw new RangeError("what it leads to is no account");
  integerOfBytes(nonce!, 8);
  return { balance: integerOfBytes(balance!), storageRoot: storageRoot! };
}

/**
 * A holder's balance under a token's storage root, in the token's smallest unit: 0 when the proof shows that there is none.
 * @throws RangeError with what is wrong with the proof, in words
 */
export function provenTokenBalance(
  storageRoot: Uint8Array,
  layout: BalanceLayout,
  holder: string,
  proof: readonly Uint8Array[],
): bigint {
  const value = provenValue(storageRoot, balanceSlot(layout, holder), proof);
  if (value === undefined) return 0n;
  const item = decodeRlp(value);
  if (!(item instanceof Uint8Array) || item.length === 0)
    throw new RangeError("what it leads to is no number");
  const word = integerOfBytes(item);
  if (word >> BigInt(layout.bits) !== 0n)
    throw new RangeError("a flag stands beside the balance, as of an address that is frozen");
  return word;
}
