import type { MarginproofError } from "../../errors.js";

/**
 * What doctor found: `refused`, by `prove` itself; `fails`, a check of the open book, so that `verify` would say that the
 * book is not covered; `look`, allowed and perhaps not meant.
 */
export type FindingLevel = "refused" | "fails" | "look";

export interface Finding {
  readonly level: FindingLevel;
  /** An error code of docs/errors.md, the name of a check, or what is looked at. */
  readonly code: string;
  /** Contract, asset, scenario, file or column that it is about. */
  readonly about?: string;
  readonly text: string;
  /** Cases of it, one a line, the first or largest few. */
  readonly lines?: readonly string[];
  readonly next?: string;
}

/** What `prove` would refuse with this error. */
export function refusedBy({ code, message, options }: MarginproofError): Finding {
  const [text, ...lines] = message.split("\n");
  return {
    level: "refused",
    code,
    text: text!,
    ...(lines.length === 0 ? {} : { lines: lines.map((line) => line.trim()) }),
    ...(options.hint === undefined ? {} : { next: options.hint }),
  };
}
