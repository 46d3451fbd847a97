import { sha256 } from "@noble/hashes/sha2.js";
import { joined } from "../evm/rlp.js";

/**
 * The two transactions of BIP-322, which nobody ever sends: the first pays 0 to the address and commits to the message, the
 * second spends that; whoever can sign the second can spend from the address.
 */

const utf8 = new TextEncoder();

const doubleSha256 = (bytes: Uint8Array): Uint8Array => sha256(sha256(bytes));

/** BIP-340: sha256(sha256(tag) || sha256(tag) || data). */
function taggedHash(tag: string, ...data: readonly Uint8Array[]): Uint8Array {
  const prefix = sha256(utf8.encode(tag));
  return sha256(joined([prefix, prefix, ...data]));
}

const integer32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
};
const NOTHING = new Uint8Array(8);
const ZERO = integer32(0);

/** Length and bytes, as transactions write them. Nothing here is longer than 65,535 bytes. */
export const withLength = (bytes: Uint8Array): Uint8Array =>
  joined([
    bytes.length < 0xfd
      ? Uint8Array.of(bytes.length)
      : Uint8Array.of(0xfd, bytes.length & 0xff, bytes.length >> 8),
    bytes,
  ]);

/** Id of the transaction that commits to the message, in the order of bytes that inputs write. */
export function toSpendId(message: string, script: Uint8Array): Uint8Array {
  const hash = taggedHash("BIP0322-signed-message", utf8.encode(message));
  const input = joined([
    new Uint8Array(32),
    integer32(0xffffffff),
    withLength(Uint8Array.of(0x00, 0x20, ...hash)),
    ZERO,
  ]);
  const output = joined([NOTHING, withLength(script)]);
  return doubleSha256(joined([ZERO, Uint8Array.of(1), input, Uint8Array.of(1), output, ZERO]));
}

/** The output of the second transaction: 0 to OP_RETURN. */
const OUTPUT = joined([NOTHING, withLength(Uint8Array.of(0x6a))]);

/** Digest that the second transaction's input is signed by for witness version 0 (BIP-143), SIGHASH_ALL. */
export function witnessDigest(spent: Uint8Array, scriptCode: Uint8Array): Uint8Array {
  const outpoint = joined([spent, ZERO]);
  return doubleSha256(
    joined([
      ZERO,
      doubleSha256(outpoint),
      doubleSha256(ZERO),
      outpoint,
      withLength(scriptCode),
      NOTHING,
      ZERO,
      doubleSha256(OUTPUT),
      ZERO,
      integer32(1),
    ]),
  );
}

/** The same for a key of taproot (BIP-341), with SIGHASH_DEFAULT (0) or SIGHASH_ALL (1). */
export function taprootDigest(spent: Uint8Array, script: Uint8Array, hashType: 0 | 1): Uint8Array {
  return taggedHash(
    "TapSighash",
    Uint8Array.of(0, hashType),
    ZERO,
    ZERO,
    sha256(joined([spent, ZERO])),
    sha256(NOTHING),
    sha256(withLength(script)),
    sha256(ZERO),
    sha256(OUTPUT),
    Uint8Array.of(0),
    ZERO,
  );
}
