import { MarginproofError } from "../errors.js";
import { address, sourceName } from "../prices/fields.js";
import { AUDITORS_LIMIT } from "../protocol/fileLimits.js";
import { hex32 } from "../protocol/hexSchema.js";
import { firstIssue } from "../protocol/schemaWords.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import * as z from "../schema/index.js";

/** Format of a list of auditors. */
const AUDITORS_FORMAT = "marginproof/auditors/1";

/** Most auditors of a list. */
export const MAX_AUDITORS = 64;

const schema = z.strictObject({
  format: z.literal(AUDITORS_FORMAT),
  auditors: z
    .array(z.strictObject({ address, name: sourceName }))
    .min(1)
    .max(MAX_AUDITORS),
  /** Fewest of them whose word is taken. */
  quorum: z.number().int().min(1).max(MAX_AUDITORS),
  /** Attestations signed longer ago are not counted. */
  maxAgeSeconds: z.number().int().min(0).max(1e9).optional(),
  /** Digests of the verifying keys that proofs may be under: of the ceremony that you trust. */
  keys: z.array(hex32).min(1).max(10_000).optional(),
  /** Programs and versions whose verdict is taken, as in "marginproof 0.1.0". */
  verifiers: z.array(sourceName).min(1).max(64).optional(),
});

/** Whose word a holder takes for the proofs, and how many of them it takes. Never the exchange's choice. */
export type Auditors = z.output<typeof schema>;
export type AuditorsJson = z.input<typeof schema>;

/** @throws MarginproofError AUDITORS_POLICY naming the field */
export function parseAuditors(json: unknown): Auditors {
  const wrong = (problem: string) =>
    new MarginproofError("AUDITORS_POLICY", `list of auditors: ${problem}`, {
      kind: "usage",
      hint: "Correct it there; docs/security.md shows one.",
    });
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw wrong(firstIssue(parsed.error));
  const { auditors, quorum } = parsed.data;
  for (const field of ["address", "name"] as const) {
    const seen = new Set<string>();
    for (const auditor of auditors) {
      // Two of one auditor would be a quorum of one.
      if (seen.has(auditor[field])) throw wrong(`the ${field} ${auditor[field]} stands twice`);
      seen.add(auditor[field]);
    }
  }
  if (quorum > auditors.length)
    throw wrong(`a quorum of ${quorum} can't be reached by ${auditors.length} auditors`);
  return parsed.data;
}

/** Reads the text of the holder's own list. @throws MarginproofError AUDITORS_POLICY, JSON_* */
export function parseAuditorsText(text: string): Auditors {
  return parseAuditors(
    parseStrictJson(text, "list of auditors", { maxLength: AUDITORS_LIMIT, kind: "usage" }),
  );
}
