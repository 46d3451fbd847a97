/** A script that asks for some of several keys. */
interface Multisig {
  readonly needed: number;
  /** Compressed, in the script's order. */
  readonly keys: readonly Uint8Array[];
}

const OP_1 = 0x51;
const OP_CHECKMULTISIG = 0xae;
const KEY_BYTES = 33;
const MOST_KEYS = 15;

/** `m <key> ... <key> n OP_CHECKMULTISIG` and nothing else; undefined for any other script. */
export function keysOfMultisig(script: Uint8Array): Multisig | undefined {
  const needed = script[0]! - OP_1 + 1;
  const total = script.at(-2)! - OP_1 + 1;
  if (script.length !== 3 + total * (KEY_BYTES + 1) || script.at(-1) !== OP_CHECKMULTISIG) return undefined;
  if (!(needed >= 1 && needed <= total && total <= MOST_KEYS)) return undefined;
  const keys: Uint8Array[] = [];
  for (let i = 0, at = 1; i < total; i++, at += KEY_BYTES + 1) {
    if (script[at] !== KEY_BYTES) return undefined;
    keys.push(script.slice(at + 1, at + 1 + KEY_BYTES));
  }
  return { needed, keys };
}
