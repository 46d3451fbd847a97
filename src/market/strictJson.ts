import { MarginproofError } from "../errors.js";

/** Longest market file that is read, in characters. */
export const MAX_MARKET_TEXT = 256 * 1024 * 1024;

/**
 * JSON.parse that refuses a key given twice in one object, and the key `__proto__`: two readers of one file
 * must never see two different values. Throws MARKET_TOO_LARGE, MARKET_NOT_JSON, MARKET_DUPLICATE_KEY.
 */
export function parseStrictJson(text: string): unknown {
  if (text.length > MAX_MARKET_TEXT) {
    throw new MarginproofError("MARKET_TOO_LARGE", `market file: longer than ${MAX_MARKET_TEXT} characters`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MarginproofError(
      "MARKET_NOT_JSON",
      `market file: not JSON (${(cause as Error).message.slice(0, 200)})`,
      { cause },
    );
  }
  assertNoDuplicateKeys(text);
  return value;
}

const STRING = /"(?:[^"\\]|\\.)*"/y;

/** Walks text that is known to be valid JSON, keeping the set of keys of every open object. */
function assertNoDuplicateKeys(text: string): void {
  /** One entry per open bracket: the keys of an object, or null for an array. */
  const open: (Set<string> | null)[] = [];
  let keyNext = false;
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!;
    if (c === "{") {
      open.push(new Set());
      keyNext = true;
    } else if (c === "[") {
      open.push(null);
      keyNext = false;
    } else if (c === "}" || c === "]") {
      open.pop();
      keyNext = false;
    } else if (c === ",") {
      keyNext = open[open.length - 1] !== null;
    } else if (c === '"') {
      STRING.lastIndex = at;
      const token = STRING.exec(text)![0];
      at += token.length - 1;
      const keys = open[open.length - 1];
      if (keyNext && keys) {
        const key = JSON.parse(token) as string;
        if (keys.has(key) || key === "__proto__") {
          const what = key === "__proto__" ? "is not allowed" : "appears twice in one object";
          throw new MarginproofError(
            "MARKET_DUPLICATE_KEY",
            `market file: the key "${key.slice(0, 80)}" ${what}`,
          );
        }
        keys.add(key);
      }
      keyNext = false;
    }
  }
}
