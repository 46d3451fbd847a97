import { type BundleParts, type PublishedStep, parseSteps, stepLines } from "./bundle.js";
import { checkProofs } from "./checks/proofs.js";
import type { BatchItem } from "./groth16/fastBatch.js";
import { pairs } from "./pairs.js";
import type { StepSource } from "./stepSource.js";

/** A bundle's steps, all in memory. */
export function stepList(
  bundle: BundleParts,
  parse: (lines: readonly unknown[]) => readonly PublishedStep[] = parseSteps,
  check: (items: readonly BatchItem[], batches: number) => ReturnType<typeof checkProofs> = checkProofs,
): StepSource {
  let steps: readonly PublishedStep[];
  return {
    get length() {
      return stepLines(bundle).length;
    },
    states() {
      steps = parse(stepLines(bundle));
      return steps.map(({ stateOut }) => stateOut);
    },
    check(statements, batches) {
      const items = Array.from(pairs(steps, statements), ([{ proof }, statement]) => ({
        ...statement,
        proof,
      }));
      return check(items, batches);
    },
  };
}
