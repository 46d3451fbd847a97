import { DECIMAL_PATTERN, decimal, decimalText } from "../decimal/decimal.js";
import { EPOCH_PATTERN, EPOCH_RULE, NAME_PATTERN, NAME_RULE } from "../market/namePatterns.js";
import * as z from "../schema/index.js";
import { MAX_BITCOIN_SIGNATURE } from "./bitcoin/bip322.js";
import { MAX_PROOF_NODES } from "./evm/trie.js";

/** Fields that reserves files, address lists and policies share. */

export const exchangeName = z.string().regex(NAME_PATTERN, NAME_RULE);
export const epochName = z.string().regex(EPOCH_PATTERN, EPOCH_RULE);

/** Of coins: more than 0. An address that holds nothing is left out. */
export const amount = z
  .string()
  .max(40)
  .regex(DECIMAL_PATTERN, 'must be a plain decimal in quotes, for example "12.5"')
  .refine((text) => !text.startsWith("-") && /[1-9]/.test(text), "must be more than 0")
  .transform((text) => decimalText(decimal(text)));

const bitcoinAmount = amount.refine(
  (text) => (text.split(".")[1] ?? "").length <= 8,
  "must have at most 8 digits after the point",
);

/** Bytes as files write them. */
const bytesOf = (most: number) =>
  z
    .string()
    .max(2 + 2 * most)
    .regex(/^0x([0-9a-f]{2})+$/, "must be 0x and an even number of lower-case hex digits");

/** A branch has 17 items of at most 33 bytes. */
const MAX_NODE_BYTES = 600;
export const proofNodes = z.array(bytesOf(MAX_NODE_BYTES)).min(1).max(MAX_PROOF_NODES);
export const headerBytes = bytesOf(4096);

const signature = bytesOf(65);
/** A contract wallet's: as long as it has owners. */
const contractSignature = bytesOf(8192);

/** Whose signature, in which form, over the claim of `ownership.ts`. */
export const evmOwnership = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("eip191"), signature }),
  z.strictObject({ kind: z.literal("eip712"), signature }),
  z.strictObject({ kind: z.literal("erc1271"), signature: contractSignature }),
]);

export const bitcoinOwnership = z.strictObject({
  kind: z.literal("bip322"),
  /** Base64. The prefix that says "simple" may stand before it, and is left out. */
  signature: z
    .string()
    .max(MAX_BITCOIN_SIGNATURE)
    .regex(/^[A-Za-z0-9+/]+={0,2}$/, "must be base64")
    .transform((text) => text.replace(/^smp/, "")),
});

/** Bech32 is the same in capitals; base58 is not. */
export const bitcoinAddress = z
  .string()
  .regex(/^[0-9A-Za-z]{14,90}$/, "must be a Bitcoin address")
  .transform((text) => (/^[A-Z]{2,4}1[0-9A-Z]+$/.test(text) ? text.toLowerCase() : text));

export const bitcoinHolding = {
  /** What is on the address, as declared; with `utxos` their sum. */
  amount: bitcoinAmount,
  utxos: z
    .array(
      z.strictObject({
        txid: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hex digits"),
        vout: z.number().int().min(0).max(0xffff_ffff),
        amount: bitcoinAmount,
      }),
    )
    .min(1)
    .max(65_536)
    .optional(),
};

/** Chains that are neither Bitcoin nor of the EVM: what is on them is declared, no more. */
export const otherChain = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, "must be a short name in lower case");
export const otherAddress = z.string().regex(/^[!#-~]{1,128}$/, "must be 1 to 128 visible ASCII characters");
