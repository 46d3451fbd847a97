import { parseAst } from "rolldown/parseAst";

/** A node of the syntax tree (ESTree with types), as far as mutation needs it: offsets are UTF-16 units of the source. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

export const nodeAt = (node: Node, field: string): Node | undefined => {
  const value = node[field];
  return isNode(value) ? value : undefined;
};

export const nodesAt = (node: Node, field: string): Node[] => {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
};

/** @throws Error when it is not TypeScript */
export const parseTypeScript = (source: string): Node =>
  parseAst(source, { lang: "ts", sourceType: "module" }) as unknown as Node;

/** Fields of a node that hold no value of the running program. */
const NO_CODE = new Set([
  "typeAnnotation",
  "typeParameters",
  "typeArguments",
  "returnType",
  "superTypeArguments",
  "implements",
]);

/** Direct children that are code; types are left out, and an expression under a cast is kept. */
export function children(node: Node): { readonly field: string; readonly child: Node }[] {
  const found: { field: string; child: Node }[] = [];
  for (const [field, value] of Object.entries(node)) {
    if (NO_CODE.has(field)) continue;
    for (const child of Array.isArray(value) ? value : [value]) {
      if (!isNode(child)) continue;
      if (child.type.startsWith("TS") && !CASTS.has(child.type)) continue;
      found.push({ field, child });
    }
  }
  return found;
}

const CASTS = new Set(["TSAsExpression", "TSNonNullExpression", "TSSatisfiesExpression"]);

/** The expression under casts. */
export function uncast(node: Node): Node {
  return CASTS.has(node.type) ? uncast(nodeAt(node, "expression")!) : node;
}

/** Name of a called function or method: `push` of `parts.push(a)`. */
export function calleeName(call: Node): string | undefined {
  const callee = nodeAt(call, "callee");
  if (callee?.type === "Identifier") return String(callee.name);
  if (callee?.type !== "MemberExpression" || callee.computed === true) return undefined;
  return String(nodeAt(callee, "property")?.name);
}
