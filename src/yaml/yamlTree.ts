import { isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, parseDocument } from "yaml";
import type { MarginproofError } from "../errors.js";

/** Bounds on a file: far above any real one, far below what would stall a reader. */
const MAX_NODES = 400_000;
const MAX_DEPTH = 12;

/** What kind of file is read, and how its faults are told. */
export interface YamlKind {
  /** Characters. */
  readonly maxLength: number;
  /** What to write in place of an anchor or alias. */
  readonly inPlaceOfAnchors: string;
  /** @param fault `size`: beyond the bounds; `yaml`: anything else */
  readonly refuse: (
    fault: "size" | "yaml",
    line: number | undefined,
    problem: string,
    hint?: string,
  ) => MarginproofError;
}

/** A value of a file and the line it stands on (from 1). A scalar is its text, exactly as written. */
export type YamlNode =
  | { readonly kind: "text"; readonly line: number; readonly text: string }
  | { readonly kind: "list"; readonly line: number; readonly items: readonly YamlNode[] }
  | {
      readonly kind: "map";
      readonly line: number;
      readonly entries: ReadonlyMap<string, { readonly line: number; readonly value: YamlNode }>;
    };

/**
 * Reads one YAML 1.2 document (JSON is one too) with the failsafe schema: every scalar stays text, so no figure ever
 * becomes a float. Refused with their line: anchors, aliases, tags, directives, a key given twice, more than one
 * document, keys that are not plain text, and anything beyond the bounds above.
 * @throws MarginproofError of the kind's `refuse`
 */
export function parseYamlTree(text: string, kind: YamlKind): YamlNode {
  const { maxLength, refuse } = kind;
  if (text.length > maxLength) throw refuse("size", undefined, `longer than ${maxLength} characters`);
  assertNesting(text, refuse);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: "failsafe",
    version: "1.2",
    strict: true,
    uniqueKeys: false,
    merge: false,
    prettyErrors: false,
    lineCounter: lines,
  });
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) {
    const reason = problem.code === "TAG_RESOLVE_FAILED" ? NO_TAGS : firstLine(problem.message);
    throw refuse("yaml", lineAt(problem.pos[0]), reason);
  }
  if (document.directives?.yaml.explicit === true || /^\uFEFF?%/m.test(text))
    throw refuse("yaml", 1, "directives (%YAML, %TAG) are not allowed");
  if (document.contents === null) throw refuse("yaml", 1, "the file is empty");
  const reader = new TreeReader(lineAt, kind);
  return reader.read(document.contents, 1, 1);
}

class TreeReader {
  private nodes = 0;

  constructor(
    private readonly lineAt: (offset: number) => number,
    private readonly kind: YamlKind,
  ) {}

  read(node: Node | null, depth: number, fallbackLine: number): YamlNode {
    const { refuse, inPlaceOfAnchors } = this.kind;
    const line = node?.range ? this.lineAt(node.range[0]) : fallbackLine;
    if (++this.nodes > MAX_NODES) throw refuse("size", line, `more than ${MAX_NODES} values`);
    if (depth > MAX_DEPTH) throw refuse("size", line, `nested more than ${MAX_DEPTH} deep`);
    if (node === null) return { kind: "text", line, text: "" };
    if (isAlias(node)) throw refuse("yaml", line, "aliases (*name) are not allowed", inPlaceOfAnchors);
    if (node.tag !== undefined) throw refuse("yaml", line, NO_TAGS);
    if ("anchor" in node && node.anchor !== undefined)
      throw refuse("yaml", line, "anchors (&name) are not allowed", inPlaceOfAnchors);
    if (isScalar(node)) return { kind: "text", line, text: String(node.value) };
    if (isSeq(node))
      return {
        kind: "list",
        line,
        items: node.items.map((item) => this.read(item as Node, depth + 1, line)),
      };
    if (!isMap(node)) throw refuse("yaml", line, "not a text, a list or a map");
    const entries = new Map<string, { line: number; value: YamlNode }>();
    for (const { key, value } of node.items) {
      const read = this.read(key as Node | null, depth + 1, line);
      if (read.kind !== "text") throw refuse("yaml", read.line, "a key must be plain text");
      const name = read.text;
      if (name === "__proto__") throw refuse("yaml", read.line, 'the key "__proto__" is not allowed');
      const before = entries.get(name);
      if (before !== undefined) {
        const shown = JSON.stringify(name.slice(0, 80));
        throw refuse("yaml", read.line, `the key ${shown} was given on line ${before.line} already`);
      }
      entries.set(name, { line: read.line, value: this.read(value as Node | null, depth + 1, read.line) });
    }
    return { kind: "map", line, entries };
  }
}

const NO_TAGS = "tags (!name) are not allowed";

function firstLine(message: string): string {
  return message.split("\n", 1)[0]!.slice(0, 200);
}

/**
 * Bounds nesting before the parser, which recurses: deep nesting would end the process. The lexer does not recurse.
 * Depth comes from flow brackets, from indentation and from indicators ("- - - x") in one line.
 */
function assertNesting(text: string, refuse: YamlKind["refuse"]): void {
  let [line, flow] = [1, 0];
  /** Indicators of the line outside flow collections, and within them since the last comma. */
  let [outer, inner] = [0, 0];
  const tooDeep = () => refuse("size", line, `nested more than ${MAX_DEPTH} deep`);
  let scalar = false;
  for (const token of new Lexer().lex(text)) {
    if (scalar) scalar = false;
    else if (token === SCALAR) scalar = true;
    else if (token === "[" || token === "{") flow++;
    else if (token === "]" || token === "}") flow--;
    else if (token === "," && flow > 0) inner = 0;
    else if (flow > 0 && (token === "?" || token === ":")) inner++;
    else if (flow <= 0 && (token === "?" || token === ":" || token === "-")) outer++;
    else if (flow <= 0 && /^[ \t]{65}/.test(token)) throw tooDeep();
    if (flow > MAX_DEPTH || outer > MAX_DEPTH || inner > MAX_DEPTH) throw tooDeep();
    if (!token.includes("\n")) continue;
    line += token.split("\n").length - 1;
    if (flow <= 0) outer = inner = 0;
  }
}

/** The lexer's mark before a plain or quoted scalar's source. */
const SCALAR = "\x1f";
