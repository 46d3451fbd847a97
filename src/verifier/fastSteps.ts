import { type BundleParts, parseSteps, proofOf } from "./bundle.js";
import { checkProofs } from "./checks/proofs.js";
import type { FastBatch } from "./groth16/fastBatch.js";
import { verifyManyFast } from "./groth16/verifyManyFast.js";
import { stepList } from "./stepList.js";
import type { StepSource } from "./stepSource.js";

/** `stepList` with `bestFastBatch`: what that does not take is read, and refused, in the words of the ordinary way. */
export const fastSteps = (bundle: BundleParts, fast: FastBatch): StepSource =>
  stepList(
    bundle,
    (lines) => parseSteps(lines, fast.parseAll(lines.map(proofOf))),
    (steps, batches) => checkProofs(steps, batches, (items) => verifyManyFast(fast, items), fast.size),
  );
