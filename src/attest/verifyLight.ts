import { withJudgedBy } from "../verifier/withJudgedBy.js";
import { type LightEpoch, type LightEpochParts, type LightOptions, vouchedEpoch } from "./lightCheck.js";

/** `vouchedEpoch`, and what the market file judged the book by. Never throws for bad files. */
export function verifyLight(parts: LightEpochParts, options: LightOptions): LightEpoch {
  return withJudgedBy(vouchedEpoch(parts, options));
}
