import { MarginproofError } from "../errors.js";
import { BUNDLE_FILE_LIMIT } from "./fileLimits.js";

/** Longest text that is read unless the caller says otherwise, in characters. */
const MAX_JSON_LENGTH = BUNDLE_FILE_LIMIT;
/**
 * Most values that are read unless the caller says otherwise. The largest market (32,768 instruments with a hundred
 * figures each) has fewer; a file of 256 MiB could hold 80 million, on which a reader would run out of memory, or work
 * for many minutes.
 */
export const MAX_JSON_VALUES = 4_000_000;

/** Most objects and lists that stand in each other: no file of ours has ten, and what walks a value must come back. */
export const MAX_JSON_DEPTH = 100;

export const BYTE_ORDER_MARK = "\uFEFF";

/**
 * JSON.parse for files that more than one program reads: two readers must never see two different values. Refuses
 * a key given twice in one object, the key `__proto__`, strings that are not Unicode (half a surrogate pair), and what is
 * nested deeper than any file of ours.
 * A byte order mark before the text is how some programs save UTF-8, here as in CSV and YAML: no part of the data.
 *
 * @param what what is read, for people: every message begins with it
 * @param options.line of a file that has JSON in every line: only before the first may a byte order mark stand
 * @throws MarginproofError JSON_TOO_LARGE, JSON_INVALID, JSON_DUPLICATE_KEY; of the given kind: `invalid` for what
 *   somebody else published (the default), `usage` for the reader's own file
 */
export function parseStrictJson(
  text: string,
  what: string,
  {
    maxLength = MAX_JSON_LENGTH,
    maxValues = MAX_JSON_VALUES,
    kind = "invalid",
    line = 1,
  }: {
    readonly maxLength?: number;
    readonly maxValues?: number;
    readonly kind?: "invalid" | "usage";
    readonly line?: number;
  } = {},
): unknown {
  const refusal = (code: string, message: string, cause?: unknown): MarginproofError =>
    new MarginproofError(code, message, {
      kind,
      hint:
        kind === "invalid"
          ? "The file is damaged or was altered: get it again from whoever published it."
          : code === "JSON_TOO_LARGE"
            ? "Check that it is the right file."
            : "Correct the file there.",
      ...(cause === undefined ? {} : { cause }),
    });
  if (text.length > maxLength)
    throw refusal("JSON_TOO_LARGE", `${what}: longer than ${maxLength} characters`);
  if (hasMoreValues(text, maxValues))
    throw refusal("JSON_TOO_LARGE", `${what}: more than ${maxValues} values`);
  const json = line === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw refusal("JSON_INVALID", `${what}: not JSON: ${problemOf(json, cause as Error)}`, cause);
  }
  assertStrict(json, what, refusal);
  return value;
}

/** The parser's words, with line and column where it gives only an offset. */
function problemOf(text: string, error: Error): string {
  if (text.startsWith(BYTE_ORDER_MARK))
    return "a byte order mark stands where only a file's first character may be one; save it as UTF-8 without";
  if (text.trim() === "") return "it is empty";
  const message = error.message.slice(0, 200);
  const offset = /at position (\d+)/.exec(message);
  if (offset === null || message.includes("line ")) return message;
  const at = Number(offset[1]);
  let line = 1;
  let start = 0;
  for (let end = text.indexOf("\n"); end >= 0 && end < at; end = text.indexOf("\n", start)) {
    line++;
    start = end + 1;
  }
  return `${message} (line ${line}, column ${at - start + 1})`;
}

/**
 * A list or object of k values has one opening bracket and k - 1 commas: outside strings there are as many of both as
 * there are values in lists and objects, an empty one of which counts as if it held one.
 */
function hasMoreValues(text: string, most: number): boolean {
  if (text.length <= most) return false;
  let values = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!;
    if (inString) {
      if (c === "\\") at++;
      else if (c === '"') inString = false;
    } else if (c === '"') inString = true;
    else if ((c === "," || c === "[" || c === "{") && ++values > most) return true;
  }
  return false;
}

type Refusal = (code: string, message: string) => MarginproofError;

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Walks text that is known to be valid JSON, keeping the set of keys of every open object. */
function assertStrict(text: string, what: string, refusal: Refusal): void {
  /** One entry per open bracket: the keys of an object, or null for an array. */
  const open: (Set<string> | null)[] = [];
  /** Whether the next string is a key, if it stands in an object. */
  let keyNext = false;
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!;
    if (open.length > MAX_JSON_DEPTH)
      throw refusal("JSON_INVALID", `${what}: more than ${MAX_JSON_DEPTH} objects and lists in each other`);
    if (c === "{") {
      open.push(new Set());
      keyNext = true;
    } else if (c === "[") {
      open.push(null);
    } else if (c === "}" || c === "]") {
      open.pop();
    } else if (c === ",") {
      keyNext = true;
    } else if (c === '"') {
      const end = stringEnd(text, at);
      const token = text.slice(at, end);
      at = end - 1;
      const string = token.includes("\\") ? (JSON.parse(token) as string) : token.slice(1, -1);
      if (LONE_SURROGATE.test(string))
        throw refusal("JSON_INVALID", `${what}: a string holds half a surrogate pair, which is no character`);
      const keys = open[open.length - 1];
      if (keyNext && keys) {
        assertKey(keys, string, what, refusal);
        keys.add(string);
      }
      keyNext = false;
    }
  }
}

/** Position after the closing quote of the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function assertKey(keys: ReadonlySet<string>, key: string, what: string, refusal: Refusal): void {
  if (key === "__proto__") throw refusal("JSON_INVALID", `${what}: the key "__proto__" is not allowed`);
  if (!keys.has(key)) return;
  const shown = JSON.stringify(key.slice(0, 80));
  throw refusal("JSON_DUPLICATE_KEY", `${what}: the key ${shown} appears twice in one object`);
}
