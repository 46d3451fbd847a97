import { MAX_INSTRUMENTS } from "../market/marketFile.js";
import { EVIDENCE_LIMIT } from "../protocol/fileLimits.js";
import * as z from "../schema/index.js";
import { instant, instrumentName, signedDecimal } from "./fields.js";
import { MAX_SIGNERS, pricePolicy } from "./policy.js";
import { priceFile } from "./priceFile.js";

/** Format of what a bundle holds so that a verifier repeats the prices without the network. */
export const EVIDENCE_FORMAT = "marginproof/price-evidence/1";

/** Most price files, and observations in all of them together, that are used for one market. */
export const MAX_EVIDENCE_FILES = MAX_SIGNERS;
export const MAX_OBSERVATIONS = 262_144;

/** Longest evidence text that is read, in characters: more than the largest that `medianPrices` makes. */
export const MAX_EVIDENCE_LENGTH = EVIDENCE_LIMIT;

export const evidenceFile = z.strictObject({
  format: z.literal(EVIDENCE_FORMAT),
  /** The epoch: no observation is later. */
  time: instant,
  /** The exchange's own. A verifier holds the files to another, or says that they didn't. */
  policy: pricePolicy,
  /** Every file the medians were taken from, sorted by signer. */
  files: z.array(priceFile).max(MAX_EVIDENCE_FILES),
  /** Sorted by instrument. */
  medians: z
    .array(
      z.strictObject({
        instrument: instrumentName,
        price: signedDecimal,
        index: signedDecimal.optional(),
        observations: z.number().int().min(1).max(MAX_SIGNERS),
      }),
    )
    .max(MAX_INSTRUMENTS),
});

/** Price evidence as data. What `medianPrices` returns is in canonical form. */
export type EvidenceJson = z.input<typeof evidenceFile>;
export type Evidence = z.output<typeof evidenceFile>;
