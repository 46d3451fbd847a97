import { readdirSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { isNode, type Node, parseTypeScript } from "./mutants/syntax.js";

/**
 * How long a file and a function may be: a reader holds one file in mind, and sees one function on a screen. Lines are counted
 * as they stand, comments and blank ones too, from a function's first line to its last.
 */
export const MAX_FILE_LINES = 300;
export const MAX_FUNCTION_LINES = 60;
/** Of a Circom file: a template is mostly its signals, said one by one, so the file is what a reader holds in mind. */
export const MAX_CIRCUIT_LINES = 175;

/** Folders of sources that are held to it, and the endings of their files. */
const FOLDERS = ["src", "scripts", "circuits"];
const SOURCE = /(?<!\.d)\.(ts|circom)$/;

interface FunctionLines {
  readonly name: string;
  /** First line, counted from 1. */
  readonly line: number;
  readonly lines: number;
}

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

/** Every function, method and arrow of a TypeScript source. */
function functionsOf(text: string): FunctionLines[] {
  const starts = lineStarts(text);
  const found: FunctionLines[] = [];
  const visit = (node: Node, name: string): void => {
    const own = nameOf(node) ?? name;
    if (FUNCTIONS.has(node.type)) found.push(spanOf(own, starts, node.start, node.end));
    for (const value of Object.values(node))
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, own);
  };
  visit(parseTypeScript(text), "the file");
  return found;
}

/** What a function inside this node is best called by. */
function nameOf(node: Node): string | undefined {
  const named = node.id ?? node.key;
  return isNode(named) && typeof named.name === "string" ? named.name : undefined;
}

const lineStarts = (text: string): number[] => [0, ...Array.from(text.matchAll(/\n/g), (m) => m.index + 1)];

function spanOf(name: string, starts: readonly number[], start: number, end: number): FunctionLines {
  const lineOf = (offset: number): number => starts.findLastIndex((at) => at <= offset) + 1;
  const line = lineOf(start);
  return { name, line, lines: lineOf(end - 1) - line + 1 };
}

/** What of a source file is too long, a line each. `path` says by its ending what language it is. */
export function tooLong(path: string, text: string): string[] {
  const circuit = path.endsWith(".circom");
  const most = circuit ? MAX_CIRCUIT_LINES : MAX_FILE_LINES;
  const lines = text.trimEnd().split("\n").length;
  const long = circuit ? [] : functionsOf(text).filter((each) => each.lines > MAX_FUNCTION_LINES);
  return [
    ...(lines > most ? [`${path}: ${lines} lines, ${most} at most`] : []),
    ...long.map(
      (each) => `${path}:${each.line}: ${each.name} has ${each.lines} lines, ${MAX_FUNCTION_LINES} at most`,
    ),
  ];
}

/** Paths of every source that is held to it, below the package. */
export function sizedFiles(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(PACKAGE_ROOT, folder), { recursive: true, encoding: "utf8" })
      .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
      .filter((path) => SOURCE.test(path))
      .sort(),
  );
}
