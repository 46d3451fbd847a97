import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { ripemd160 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64 } from "@scure/base";
import { bytesToHex } from "../../field/encoding.js";
import type { BitcoinScript } from "./address.js";
import { legacyProblem } from "./legacy.js";
import { taprootDigest, toSpendId, witnessDigest } from "./messageTransaction.js";
import { keysOfMultisig } from "./multisig.js";

/** Longest signature that is read, in characters: 15 keys sign in some 1,600 bytes. */
export const MAX_BITCOIN_SIGNATURE = 4096;
const MAX_STACK = 32;
const SIGHASH_ALL = 1;

/**
 * What is wrong with a signature of a message by an address, in words; undefined when it is right. P2WPKH, P2TR by its key
 * and P2WSH with a plain multi-signature script sign as BIP-322 "simple" says; P2PKH as wallets did before ("legacy").
 */
export function bitcoinProblem(message: string, to: BitcoinScript, signature: string): string | undefined {
  let bytes: Uint8Array;
  try {
    // One text alone: no space, no padding but the right one, no bit beside the bytes.
    bytes = base64.decode(signature);
  } catch {
    return "the signature is not base64";
  }
  if (to.kind === "p2pkh") return legacyProblem(message, to.program, bytes);
  if (to.kind === "p2sh" || to.kind === "other")
    return `a signature of such an address can't be checked here`;
  const stack = witnessStack(bytes);
  if (stack === undefined) return "the signature is no witness of BIP-322 (simple)";
  const spent = toSpendId(message, to.script);
  if (to.kind === "p2tr") return taprootProblem(spent, to, stack);
  return to.kind === "p2wpkh" ? keyHashProblem(spent, to, stack) : multisigProblem(spent, to, stack);
}

/** The items of a serialized witness; undefined when it is none, or longer or otherwise written than need be. */
function witnessStack(bytes: Uint8Array): Uint8Array[] | undefined {
  let at = 0;
  const size = (): number | undefined => {
    const first = bytes[at++];
    if (first === undefined || first < 0xfd) return first;
    if (first !== 0xfd || at + 2 > bytes.length) return undefined;
    const value = bytes[at]! + 256 * bytes[at + 1]!;
    at += 2;
    return value < 0xfd ? undefined : value;
  };
  const count = size();
  if (count === undefined || count > MAX_STACK) return undefined;
  const stack: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const length = size();
    if (length === undefined || at + length > bytes.length) return undefined;
    stack.push(bytes.slice(at, at + length));
    at += length;
  }
  return at === bytes.length ? stack : undefined;
}

const WRONG_KEY = "the signature is not of this address, exchange and epoch";

function keyHashProblem(spent: Uint8Array, to: BitcoinScript, stack: Uint8Array[]): string | undefined {
  const [signature, key] = stack;
  if (stack.length !== 2 || key!.length !== 33) return "the witness is not a signature and a compressed key";
  if (bytesToHex(ripemd160(sha256(key!))) !== bytesToHex(to.program)) return "the key is not the address's";
  const scriptCode = Uint8Array.of(0x76, 0xa9, 20, ...to.program, 0x88, 0xac);
  const digest = witnessDigest(spent, scriptCode);
  return signedBy(digest, signature!, key!) ? undefined : WRONG_KEY;
}

function taprootProblem(spent: Uint8Array, to: BitcoinScript, stack: Uint8Array[]): string | undefined {
  const [signature] = stack;
  if (stack.length !== 1) return "the witness is not one signature by the taproot key";
  const { length } = signature!;
  // SIGHASH_DEFAULT has no byte of its own: 64 and a 0 would be a second text of one signature.
  if (length !== 64 && (length !== 65 || signature![64] !== SIGHASH_ALL))
    return "the signature does not sign all (SIGHASH_DEFAULT or SIGHASH_ALL)";
  const digest = taprootDigest(spent, to.script, length === 64 ? 0 : 1);
  try {
    return schnorr.verify(signature!.subarray(0, 64), digest, to.program) ? undefined : WRONG_KEY;
  } catch {
    return WRONG_KEY;
  }
}

function multisigProblem(spent: Uint8Array, to: BitcoinScript, stack: Uint8Array[]): string | undefined {
  const script = stack.at(-1);
  if (script === undefined || bytesToHex(sha256(script)) !== bytesToHex(to.program))
    return "the witness does not hold the address's script";
  const multisig = keysOfMultisig(script);
  if (multisig === undefined)
    return "the address's script is not a plain multi-signature: it can't be checked here";
  const signatures = stack.slice(1, -1);
  if (stack[0]!.length !== 0 || signatures.length !== multisig.needed)
    return `the witness does not hold ${multisig.needed} signatures`;
  const digest = witnessDigest(spent, script);
  let next = 0;
  // As the script runs it: signatures stand in the order of their keys.
  for (const signature of signatures) {
    while (next < multisig.keys.length && !signedBy(digest, signature, multisig.keys[next]!)) next++;
    if (next++ >= multisig.keys.length) return WRONG_KEY;
  }
  return undefined;
}

/** Strict DER, low s, and SIGHASH_ALL after it. */
function signedBy(digest: Uint8Array, signature: Uint8Array, key: Uint8Array): boolean {
  if (signature.at(-1) !== SIGHASH_ALL) return false;
  try {
    return secp256k1.verify(signature.slice(0, -1), digest, key, {
      format: "der",
      prehash: false,
      lowS: true,
    });
  } catch {
    return false;
  }
}
