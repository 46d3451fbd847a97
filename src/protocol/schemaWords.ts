import type { Issue } from "../schema/index.js";
import { shortList } from "./shortList.js";

const KINDS: Readonly<Record<string, string>> = {
  string: "text in quotes",
  array: "a list",
  object: "an object",
  record: "an object",
  int: "a whole number",
};

/** What is wrong with a field, in words for whoever wrote the file. */
export function issueWords(issue: Issue): string {
  // A schema's own words say more than what would have fitted.
  const own = !issue.message.startsWith("Invalid ");
  if (!own && issue.message.endsWith("received undefined")) return "is missing";
  if (!own && issue.code === "invalid_type")
    return `must be ${KINDS[issue.expected] ?? `a ${issue.expected}`}`;
  if (issue.code === "unrecognized_keys")
    return `no such field: ${shortList(issue.keys.map((key) => JSON.stringify(key.slice(0, 80))))}`;
  if (!own && issue.code === "invalid_value")
    return `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
  if (issue.code === "invalid_key") return issue.issues[0]!.message;
  return issue.message;
}

/** The first thing wrong with a file: its field by name, and what is wrong with it. */
export function firstIssue({ issues }: { readonly issues: readonly Issue[] }): string {
  const [issue] = issues;
  const path = issue!.path.map((part) =>
    typeof part === "number" ? `[${part}]` : `.${String(part).slice(0, 80)}`,
  );
  return `${path.join("").replace(/^\./, "") || "the whole file"}: ${issueWords(issue!)}`;
}
