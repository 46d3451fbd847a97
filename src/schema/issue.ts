/** What is wrong with a value, and where: codes and words are zod's. */
export type Issue = {
  readonly path: readonly (string | number)[];
  readonly message: string;
} & (
  | { readonly code: "invalid_type"; readonly expected: string }
  | { readonly code: "invalid_value"; readonly values: readonly Literal[] }
  | { readonly code: "unrecognized_keys"; readonly keys: readonly string[] }
  | { readonly code: "invalid_key"; readonly issues: readonly Issue[] }
  | { readonly code: "invalid_format" | "too_small" | "too_big" | "invalid_union" | "custom" }
);

export type Literal = string | number | boolean;

type WithoutPlace<T> = T extends unknown ? Omit<T, "path"> : never;
/** An issue of the value itself, before its place is known. */
export type Problem = WithoutPlace<Issue>;

/** Collects the issues of one value, and of what is in it. */
export class Findings {
  readonly issues: Issue[] = [];
  /** The value, or what is in it, is not of its type: no condition may look at it. */
  aborted = false;
  /** The value was not put into its other form: no condition of that form may look at it. */
  stopped = false;

  add(problem: Problem, abort = false): void {
    this.issues.push({ ...problem, path: [] } as Issue);
    this.aborted ||= abort;
  }

  /** Takes over what was found in the part at `key`. */
  addPart(key: string | number, part: Findings): void {
    for (const issue of part.issues) this.issues.push({ ...issue, path: [key, ...issue.path] });
    this.aborted ||= part.aborted;
  }
}

/** What a value is, in words. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return typeof value;
}

/** That a value is of another type. Custom words stand in for the usual ones. */
export const wrongType = (expected: string, value: unknown, words?: string): Problem => ({
  code: "invalid_type",
  expected,
  message: words ?? `Invalid input: expected ${expected}, received ${kindOf(value)}`,
});
