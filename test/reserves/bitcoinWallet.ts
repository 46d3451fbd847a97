import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { ripemd160 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64, bech32, bech32m, createBase58check } from "@scure/base";
import { bitcoinScript } from "../../src/reserves/bitcoin/address.js";
import { legacyDigest } from "../../src/reserves/bitcoin/legacy.js";
import {
  taprootDigest,
  toSpendId,
  withLength,
  witnessDigest,
} from "../../src/reserves/bitcoin/messageTransaction.js";

/** A key's address and what it signs: as a wallet does. */
export interface BitcoinKey {
  readonly address: string;
  readonly sign: (message: string) => string;
}

const hash160 = (bytes: Uint8Array): Uint8Array => ripemd160(sha256(bytes));
const witness = (...items: readonly Uint8Array[]): string =>
  base64.encode(Uint8Array.of(items.length, ...items.flatMap((item) => [...withLength(item)])));

/** P2WPKH on mainnet. */
export function bitcoinKey(secret: Uint8Array): BitcoinKey {
  const key = secp256k1.getPublicKey(secret, true);
  const program = hash160(key);
  const address = bech32.encode("bc", [0, ...bech32.toWords(program)]);
  const scriptCode = Uint8Array.of(0x76, 0xa9, 20, ...program, 0x88, 0xac);
  const sign = (message: string): string => {
    const digest = witnessDigest(toSpendId(message, bitcoinScript(address, "mainnet")!.script), scriptCode);
    const signature = secp256k1.sign(digest, secret, { prehash: false, format: "der" });
    return witness(Uint8Array.of(...signature, 1), key);
  };
  return { address, sign };
}

/** P2TR whose output key is the key itself. */
export function taprootKey(secret: Uint8Array): BitcoinKey {
  const address = bech32m.encode("bc", [1, ...bech32m.toWords(schnorr.getPublicKey(secret))]);
  const sign = (message: string): string => {
    const { script } = bitcoinScript(address, "mainnet")!;
    return witness(schnorr.sign(taprootDigest(toSpendId(message, script), script, 0), secret));
  };
  return { address, sign };
}

/** P2PKH of a compressed key, signing as signmessage. */
export function legacyKey(secret: Uint8Array): BitcoinKey {
  const program = hash160(secp256k1.getPublicKey(secret, true));
  const address = createBase58check(sha256).encode(Uint8Array.of(0, ...program));
  const sign = (message: string): string => {
    const bytes = secp256k1.sign(legacyDigest(message), secret, { prehash: false, format: "recovered" });
    return base64.encode(Uint8Array.of(31 + bytes[0]!, ...bytes.subarray(1)));
  };
  return { address, sign };
}
