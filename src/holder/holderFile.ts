import { MarginproofError } from "../errors.js";
import { firstIssue } from "../protocol/schemaWords.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import * as z from "../schema/index.js";
import { MAX_OPENING_BYTES } from "./opening.js";

/** Format of a holder's file that carries what a light check needs. */
export const CARRYING_FORMAT = "marginproof/opening-with-epoch/1";

const schema = z.strictObject({
  format: z.literal(CARRYING_FORMAT),
  opening: z.unknown(),
  statement: z.unknown(),
  market: z.unknown(),
  attestations: z.array(z.unknown()).max(64),
});

/** A holder's file taken apart; nothing of it is believed yet. */
export interface HolderFile {
  /** JSON of the holder's own opening. */
  readonly opening: unknown;
  /** What it carries for a light check, if anything: JSON of statement or summary, market and attestations. */
  readonly carried?: {
    readonly statement: unknown;
    readonly market: unknown;
    readonly attestations: readonly unknown[];
  };
}

/**
 * Reads a holder's file, with or without what a light check needs.
 * @throws MarginproofError OPENING_INVALID, JSON_*
 */
export function parseHolderFile(text: string): HolderFile {
  const json = parseStrictJson(text, "your file", { maxLength: MAX_OPENING_BYTES });
  if ((json as { format?: unknown } | null)?.format !== CARRYING_FORMAT) return { opening: json };
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    throw new MarginproofError("OPENING_INVALID", `your file: ${firstIssue(parsed.error)}`, {
      kind: "invalid",
      hint: "Ask the exchange for your file again; it is written by marginproof disclose.",
    });
  }
  const { opening, statement, market, attestations } = parsed.data;
  return { opening, carried: { statement, market, attestations } };
}
