import { calleeName, type Node, nodeAt, nodesAt, uncast } from "./syntax.js";

/**
 * One change of one place: an expression with another in its stead, a statement that isn't there, or one more statement at
 * the end of a block.
 */
export interface Change {
  readonly operator: string;
  readonly node: Node;
  readonly kind: "expression" | "gone" | "added";
  /** The expression or the added statement. */
  readonly replacement: string;
  /** What is said of the change, where the replacement would not show it. */
  readonly label?: string;
}

/** What an operator sees besides the node: the source, and how the node is used. */
export interface Place {
  readonly source: string;
  readonly parent: Node | undefined;
  readonly field: string;
}

type Operator = (node: Node, place: Place) => readonly (readonly [replacement: string, label?: string])[];

/** With its own parentheses, which are no part of the node. */
function text({ start, end }: Node, { source }: Place): string {
  const own = source.slice(start, end);
  const enclosed = /\(\s*$/.test(source.slice(0, start)) && /^\s*\)/.test(source.slice(end));
  return enclosed && /[^\w.]/.test(own) ? `(${own})` : own;
}
const BOUNDARY: Readonly<Record<string, string>> = { "<": "<=", "<=": "<", ">": ">=", ">=": ">" };
const EQUALITY = new Set(["===", "!==", "==", "!="]);
const ARITHMETIC: Readonly<Record<string, string>> = {
  "+": "-",
  "-": "+",
  "*": "+",
  "/": "*",
  "<<": ">>",
  ">>": "<<",
  "&": "|",
  "|": "&",
  "+=": "-=",
  "-=": "+=",
  "*=": "+=",
};
const isText = (node: Node | undefined): boolean =>
  node?.type === "TemplateLiteral" || (node?.type === "Literal" && typeof node.value === "string");

/** An expression that is a truth value whatever it is made of. */
function isTruth(node: Node | undefined): boolean {
  if (node === undefined) return false;
  const bare = uncast(node);
  if (bare.type === "BinaryExpression") {
    const operator = String(bare.operator);
    return operator in BOUNDARY || EQUALITY.has(operator) || operator === "in" || operator === "instanceof";
  }
  if (bare.type === "UnaryExpression") return bare.operator === "!";
  if (bare.type === "LogicalExpression") return bare.operator !== "??" && isTruth(nodeAt(bare, "left"));
  return (
    bare.type === "CallExpression" &&
    /^(is[A-Z]|has|test|every|some|includes|startsWith|endsWith)/.test(calleeName(bare) ?? "")
  );
}

/** A condition always or never holds: a check is skipped, or refuses everything. */
const condition: Operator = (node, { parent, field }) => {
  if (field === "test" && parent !== undefined) {
    if (parent.type === "IfStatement" || parent.type === "ConditionalExpression")
      return [["false"], ["true"]];
    return parent.type === "SwitchCase" ? [] : [["false"]];
  }
  // Its operands are dropped one by one.
  if (parent?.type === "LogicalExpression" || parent?.type === "UnaryExpression") return [];
  return isTruth(node) ? [["false"], ["true"]] : [];
};

const operand: Operator = (node, place) => {
  if (node.type !== "LogicalExpression") return [];
  return [[text(nodeAt(node, "left")!, place)], [text(nodeAt(node, "right")!, place)]];
};

const boundary: Operator = (node, place) => {
  const other = node.type === "BinaryExpression" ? BOUNDARY[String(node.operator)] : undefined;
  return other === undefined
    ? []
    : [[`${text(nodeAt(node, "left")!, place)} ${other} ${text(nodeAt(node, "right")!, place)}`]];
};

const arithmetic: Operator = (node, place) => {
  if (
    node.type === "UnaryExpression" &&
    node.operator === "-" &&
    nodeAt(node, "argument")?.type !== "Literal"
  )
    return [[text(nodeAt(node, "argument")!, place)]];
  if (node.type !== "BinaryExpression" && node.type !== "AssignmentExpression") return [];
  const [left, right] = [nodeAt(node, "left")!, nodeAt(node, "right")!];
  if (isText(uncast(left)) || isText(uncast(right))) return [];
  if (node.operator === "%") return [[text(left, place)]];
  const other = ARITHMETIC[String(node.operator)];
  return other === undefined ? [] : [[`${text(left, place)} ${other} ${text(right, place)}`]];
};

const constant: Operator = (node, { parent, field }) => {
  if (node.type !== "Literal" || (field === "key" && parent?.type === "Property")) return [];
  if (typeof node.bigint === "string") {
    const value = BigInt(node.bigint);
    return value < 2n ? [[`${value + 1n}n`]] : [[`${value + 1n}n`], [`${value - 1n}n`]];
  }
  if (typeof node.value !== "number" || !Number.isSafeInteger(node.value)) return [];
  return node.value < 2 ? [[`${node.value + 1}`]] : [[`${node.value + 1}`], [`${node.value - 1}`]];
};

/** Calls whose every argument counts: a list that is hashed, or grows. */
const LISTS = new Set(["push", "encodeParts", "concat", "hash", "max", "min", "Map", "Set"]);
/** A literal of more elements is data, such as a table of numbers. */
const MAX_ELEMENTS = 24;

const element: Operator = (node, place) => {
  const list =
    node.type === "ArrayExpression"
      ? nodesAt(node, "elements")
      : node.type === "CallExpression" && LISTS.has(calleeName(node) ?? "")
        ? nodesAt(node, "arguments")
        : [];
  if (list.length > MAX_ELEMENTS || (node.type === "CallExpression" && list.length < 2)) return [];
  return list.map((left, at) => {
    const kept = list.filter((_, other) => other !== at).map((each) => text(each, place));
    const label = `without ${text(left, place)}`;
    if (node.type === "ArrayExpression") return [`[${kept.join(", ")}]`, label];
    return [`${text(nodeAt(node, "callee")!, place)}(${kept.join(", ")})`, label];
  });
};

/** Methods without which a value stays one of the same kind. */
const DROPPED = new Set(
  "sort toSorted reverse toReversed filter slice trim toLowerCase normalize min max regex length int gte lte gt lt positive nonnegative refine superRefine strict readonly map".split(
    " ",
  ),
);
const SWAPPED: Readonly<Record<string, string>> = { every: "some", some: "every", min: "max", max: "min" };

const method: Operator = (node, place) => {
  const callee = nodeAt(node, "callee");
  if (node.type !== "CallExpression" || callee?.type !== "MemberExpression" || callee.optional === true)
    return [];
  const name = calleeName(node) ?? "";
  const object = nodeAt(callee, "object")!;
  const given = place.source.slice(callee.end, node.end);
  const math = object.type === "Identifier" && object.name === "Math";
  if (name === "every" || name === "some" || math)
    return name in SWAPPED ? [[`${text(object, place)}.${SWAPPED[name]}${given}`]] : [];
  return DROPPED.has(name) && nodesAt(node, "arguments").every((each) => each.type !== "SpreadElement")
    ? [[text(object, place)]]
    : [];
};

const anchor: Operator = (node) => {
  const regex =
    node.type === "Literal" ? (node.regex as { pattern: string; flags: string } | undefined) : undefined;
  if (regex === undefined) return [];
  const { pattern, flags } = regex;
  return [
    ...(pattern.startsWith("^") ? [[`/${pattern.slice(1)}/${flags}`] as const] : []),
    ...(/[^\\]\$$/.test(pattern) ? [[`/${pattern.slice(0, -1)}/${flags}`] as const] : []),
  ];
};

/** A call, an assignment, a jump or a throw that doesn't happen. */
const statement: Operator = (node, { parent }) => {
  if (node.type === "BreakStatement") return parent?.type === "SwitchCase" ? [] : [[""]];
  if (node.type === "ContinueStatement") return [[""]];
  if (node.type === "ThrowStatement") {
    // Alone in an "if", it is taken away by the condition.
    const alone =
      parent?.type === "IfStatement" ||
      (parent?.type === "BlockStatement" && nodesAt(parent, "body").length === 1);
    return alone ? [] : [[""]];
  }
  if (node.type !== "ExpressionStatement" || typeof node.directive === "string") return [];
  const expression = nodeAt(node, "expression")!;
  return nodeAt(expression, "callee")?.type === "Super" ? [] : [[""]];
};

/** The block of a loop: what it should do for all, it may do for the first alone. */
function isLoopBody(node: Node, { parent, field }: Place): boolean {
  return field === "body" && node.type === "BlockStatement" && /^(For|While)/.test(parent?.type ?? "");
}

const EXPRESSIONS: Readonly<Record<string, Operator>> = {
  condition,
  operand,
  boundary,
  arithmetic,
  constant,
  element,
  method,
  anchor,
};
const STATEMENTS = new Set(["ExpressionStatement", "ThrowStatement", "BreakStatement", "ContinueStatement"]);

/** Every change of one node, in a fixed order. */
export function changesOf(node: Node, place: Place): Change[] {
  if (STATEMENTS.has(node.type))
    return statement(node, place).map(([replacement]) => ({
      operator: "statement",
      node,
      kind: "gone",
      replacement,
      label: "gone",
    }));
  if (isLoopBody(node, place))
    return [{ operator: "loop", node, kind: "added", replacement: "break;", label: "the first turn only" }];
  const own = place.source.slice(node.start, node.end);
  return Object.entries(EXPRESSIONS).flatMap(([operator, change]) =>
    change(node, place)
      .filter(([replacement]) => replacement !== own)
      .map(([replacement, label]) => ({
        operator,
        node,
        kind: "expression" as const,
        replacement,
        ...(label === undefined ? {} : { label }),
      })),
  );
}
