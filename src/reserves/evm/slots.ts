import { hexToBytes } from "../../field/encoding.js";
import { keccak256 } from "../../field/keccak.js";

/** Where a token keeps its mapping from holder to balance. */
export interface BalanceLayout {
  /** `solidity` hashes holder then slot, `vyper` slot then holder. */
  readonly order: "solidity" | "vyper";
  /** The mapping's slot, a decimal integer; or `erc7201:` and the namespace whose first field it is. */
  readonly slot: string;
  /** Low bits of the word that are the balance: the rest are flags, and must be 0. */
  readonly bits: number;
}

const utf8 = new TextEncoder();
const WORD = 1n << 256n;

const word = (value: bigint): Uint8Array => hexToBytes(value.toString(16).padStart(64, "0"));
const integerOf = (bytes: Uint8Array): bigint =>
  bytes.reduce((total, byte) => (total << 8n) | BigInt(byte), 0n);

const NAMESPACE = /^erc7201:([!-~]{1,100})$/;

/** Whether a text names a slot. */
export const isSlot = (text: string): boolean =>
  NAMESPACE.test(text) || (/^(0|[1-9]\d{0,77})$/.test(text) && BigInt(text) < WORD);

/** The slot of a namespace's first field (ERC-7201): keccak256(keccak256(id) - 1), its last byte 0. */
function slotWord(slot: string): Uint8Array {
  const namespace = NAMESPACE.exec(slot)?.[1];
  if (namespace === undefined) return word(BigInt(slot));
  const inner = integerOf(keccak256(utf8.encode(namespace))) - 1n;
  const root = keccak256(word(inner));
  root[31] = 0;
  return root;
}

/** The storage slot of one holder's balance: 32 bytes. The address is `0x` and 40 hex digits. */
export function balanceSlot(
  { order, slot }: Pick<BalanceLayout, "order" | "slot">,
  holder: string,
): Uint8Array {
  const [base, key] = [slotWord(slot), word(BigInt(holder))];
  return order === "solidity" ? keccak256(key, base) : keccak256(base, key);
}

/** Slots that a token's balances are looked for in, in this order: OpenZeppelin 5's namespace, then 0 to 20 in both orders. */
export const USUAL_LAYOUTS: readonly Pick<BalanceLayout, "order" | "slot">[] = [
  { order: "solidity", slot: "erc7201:openzeppelin.storage.ERC20" },
  ...Array.from({ length: 21 }, (_, slot) => ({ order: "solidity", slot: String(slot) }) as const),
  ...Array.from({ length: 21 }, (_, slot) => ({ order: "vyper", slot: String(slot) }) as const),
];
