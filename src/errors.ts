/**
 * An error a user can act on: a stable code (listed in docs/errors.md), what is wrong and what to do next.
 * `kind` decides the exit code: `invalid` ends with 1 (the thing checked is not valid), `usage` and `io` with 2.
 */
export class MarginproofError extends Error {
  override readonly name = "MarginproofError";
  constructor(
    readonly code: string,
    message: string,
    readonly options: {
      readonly hint?: string;
      readonly kind?: "invalid" | "usage" | "io";
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
  }

  get exitCode(): 1 | 2 {
    return this.options.kind === "invalid" ? 1 : 2;
  }
}
