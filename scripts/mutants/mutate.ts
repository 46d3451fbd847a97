import { type Change, changesOf } from "./operators.js";
import { children, type Node, nodeAt, parseTypeScript } from "./syntax.js";

/** A changed program, named by what it changes and not by where: `file | function | operator | text -> other text`. */
export interface Mutant {
  readonly key: string;
  readonly file: string;
  readonly line: number;
  readonly change: Change;
}

/** What people read is not mutated: a thrown error's words (tests look at codes), and text with values in it. */
function isWords(node: Node): boolean {
  if (node.type === "TemplateLiteral" || node.type === "TaggedTemplateExpression") return true;
  return node.type === "NewExpression" && /Error$/.test(String(nodeAt(node, "callee")?.name));
}

const FUNCTIONS = new Set([
  "FunctionDeclaration",
  "ClassDeclaration",
  "MethodDefinition",
  "VariableDeclarator",
  "PropertyDefinition",
]);
const LONGEST = 100;

function nameOf(node: Node): string | undefined {
  if (!FUNCTIONS.has(node.type)) return undefined;
  const name = nodeAt(node, "id") ?? nodeAt(node, "key");
  return typeof name?.name === "string" ? name.name : undefined;
}

/** Every mutant of a file, in the order of its text. */
export function mutantsOf(file: string, source: string): Mutant[] {
  const found: Mutant[] = [];
  const seen = new Map<string, number>();
  const add = (change: Change, path: readonly string[]): void => {
    const { start, end } = change.node;
    const was = oneLine(source.slice(start, end));
    const becomes = oneLine(change.label ?? change.replacement);
    const base = `${file} | ${path.join(".") || "top"} | ${change.operator} | ${shorten(was, becomes)}`;
    const count = (seen.get(base) ?? 0) + 1;
    seen.set(base, count);
    const line = source.slice(0, start).split("\n").length;
    found.push({ key: count === 1 ? base : `${base} | ${count}`, file, line, change });
  };
  const walk = (node: Node, parent: Node | undefined, field: string, path: readonly string[]): void => {
    if (node.type === "ImportDeclaration" || node.type === "ExportAllDeclaration" || isWords(node)) return;
    for (const change of changesOf(node, { source, parent, field })) add(change, path);
    const name = nameOf(node);
    const inside = name === undefined ? path : [...path, name];
    for (const { field: part, child } of children(node)) {
      if (isFixed(node, part)) continue;
      walk(child, node, part, inside);
    }
  };
  walk(parseTypeScript(source), undefined, "", []);
  return found;
}

/** Parts that can't be written otherwise where they stand: targets, names, links of an optional chain, words. */
function isFixed(node: Node, part: string): boolean {
  if (node.type === "ThrowStatement") return true;
  if (part === "left") return node.type === "AssignmentExpression" || node.type.startsWith("For");
  if (node.type === "UpdateExpression" || node.type === "ChainExpression") return true;
  if (part === "key") return node.computed !== true;
  return part === "callee" && node.type === "NewExpression";
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Both texts without what they share, if that makes them short enough to read. */
function shorten(was: string, becomes: string): string {
  const cut = (text: string): string =>
    text.length <= LONGEST ? text : `${text.slice(0, LONGEST / 2)} ... ${text.slice(-LONGEST / 2)}`;
  return `${cut(was)} -> ${cut(becomes)}`;
}

/**
 * The source with all its mutants in it, each behind a switch: `__mutant(id)` says whether it is the one that runs.
 * @param ids number of each mutant, in the order of `mutants`
 */
export function instrument(source: string, mutants: readonly Mutant[], ids: readonly number[]): string {
  const places = new Map<
    string,
    { start: number; end: number; kind: Change["kind"]; branches: [number, string][] }
  >();
  mutants.forEach(({ change: { node, kind, replacement } }, n) => {
    // What is added to a block stands before its closing brace.
    const start = kind === "added" ? node.end - 1 : node.start;
    const end = kind === "added" ? start : node.end;
    const name = `${start}-${end}-${kind}`;
    const place = places.get(name) ?? { start, end, kind, branches: [] };
    places.set(name, place);
    place.branches.push([ids[n]!, replacement]);
  });
  const ordered = [...places.values()].sort(
    (a, b) => a.start - b.start || b.end - a.end || Number(b.kind === "gone") - Number(a.kind === "gone"),
  );
  let next = 0;
  const render = (start: number, end: number): string => {
    let out = "";
    let at = start;
    while (next < ordered.length && ordered[next]!.start < end) {
      const place = ordered[next++]!;
      out +=
        source.slice(at, place.start) + switched(place.kind, place.branches, render(place.start, place.end));
      at = place.end;
    }
    return out + source.slice(at, end);
  };
  return render(0, source.length);
}

function switched(
  kind: Change["kind"],
  branches: readonly [id: number, text: string][],
  own: string,
): string {
  const [id, text] = branches[0]!;
  if (kind === "gone") return `{if(!__mutant(${id})){${own}}}`;
  if (kind === "added") return `if(__mutant(${id})){${text}}`;
  return `(${branches.map(([each, other]) => `__mutant(${each})?(${other}):`).join("")}(${own}))`;
}
