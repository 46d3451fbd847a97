import type * as z from "zod";
import { allOf, MarginproofError } from "../errors.js";
import { type Rules, rulesFile } from "./rulesFile.js";
import { parseYamlTree, type RuleNode, rulesError } from "./yamlTree.js";

export type RulePath = readonly (string | number)[];

/** A rules file of the right structure, and where each of its fields stands. */
export class RuleBook {
  constructor(
    readonly rules: Rules,
    private readonly tree: RuleNode,
  ) {}

  /** Line of a field, or of the nearest thing around it that the file states. */
  line(path: RulePath): number {
    return lineOf(this.tree, path);
  }

  /** True when the file states the field. */
  states(path: RulePath): boolean {
    return find(this.tree, path).missing === 0;
  }

  /** The same file with other figures: errors still name its lines. */
  withRules(rules: Rules): RuleBook {
    return new RuleBook(rules, this.tree);
  }

  error(code: string, path: RulePath, problem: string, hint?: string): MarginproofError {
    return rulesError(code, this.line(path), problem, hint);
  }

  /** The same error with the line of the rule it comes from; anything else as it is. */
  locate<E>(error: E, path: RulePath): E | MarginproofError {
    if (!(error instanceof MarginproofError) || error.options.line !== undefined) return error;
    return this.error(error.code, path, error.options.problem ?? error.message, error.options.hint);
  }
}

/** Reads a rules file. @throws MarginproofError RULES_YAML, RULES_TOO_LARGE, RULES_SCHEMA, each with its line */
export function readRules(text: string): RuleBook {
  const tree = parseYamlTree(text);
  const result = rulesFile.safeParse(dataOf(tree));
  if (result.success) return new RuleBook(result.data, tree);
  throw schemaError(tree, result.error.issues);
}

function dataOf(node: RuleNode): unknown {
  if (node.kind === "text") return node.text;
  if (node.kind === "list") return node.items.map(dataOf);
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, dataOf(value)]));
}

/** All bad fields, in file order. */
function schemaError(tree: RuleNode, issues: readonly z.core.$ZodIssue[]): MarginproofError {
  const located = issues.map((issue) => {
    const path = [...(issue.path as (string | number)[])];
    if (issue.code === "unrecognized_keys") {
      path.push(issue.keys[0]!);
      return { line: lineOf(tree, path), path, problem: "no such field" };
    }
    return { line: lineOf(tree, path), path, problem: reason(issue, find(tree, path).missing > 0) };
  });
  const hint = "see docs/rules.md for the format marginproof/rules/1";
  const errors = located
    .sort((one, other) => one.line - other.line)
    .map(({ line, path, problem }) =>
      rulesError("RULES_SCHEMA", line, `${pathText(path)}: ${problem}`, hint),
    );
  return allOf(errors)!;
}

function reason(issue: z.core.$ZodIssue, missing: boolean): string {
  if (missing) return "is missing";
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? "is not a name";
  if (issue.code === "invalid_type") return `must be ${KINDS[issue.expected] ?? issue.expected}`;
  return issue.message;
}

const KINDS: Readonly<Record<string, string>> = {
  array: "a list",
  object: "a map",
  record: "a map",
  string: "text",
};

function pathText(path: RulePath): string {
  if (path.length === 0) return "the whole file";
  return path
    .map((part, k) => (typeof part === "number" ? `[${part}]` : `${k ? "." : ""}${part.slice(0, 80)}`))
    .join("");
}

function find(tree: RuleNode, path: RulePath): { readonly line: number; readonly missing: number } {
  let node = tree;
  let line = tree.line;
  for (const [k, part] of path.entries()) {
    if (node.kind === "list" && typeof part === "number" && node.items[part] !== undefined) {
      node = node.items[part];
      line = node.line;
    } else if (node.kind === "map" && node.entries.has(String(part))) {
      const entry = node.entries.get(String(part))!;
      node = entry.value;
      line = entry.line;
    } else return { line, missing: path.length - k };
  }
  return { line, missing: 0 };
}

const lineOf = (tree: RuleNode, path: RulePath): number => find(tree, path).line;
