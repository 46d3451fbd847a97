import { parentPort, workerData } from "node:worker_threads";
import { parseSteps, proofOf } from "../verifier/bundle.js";
import { parseStepLine } from "../verifier/bundleTexts.js";
import { bestFastBatch } from "../verifier/groth16/batch/kernelBatch.js";
import { parseVerifyingKey, type VerifyingKey } from "../verifier/groth16/verifyingKey.js";
import { verifyManyFast } from "../verifier/groth16/verifyManyFast.js";
import type { ProofsAsked } from "./proofThreads.js";

/** Thread that checks proofs; how many of a question's proofs hold: all, or it says none. */
const given = workerData as Readonly<Record<string, unknown>>;
const keys = new Map<string, VerifyingKey>();
const fast = bestFastBatch();

function keyOf(digest: string, signals: number): VerifyingKey {
  const key = keys.get(digest) ?? parseVerifyingKey(given[`0x${digest}`], signals);
  if (key.digestHex !== digest) throw new Error("another key than was asked for");
  keys.set(digest, key);
  return key;
}

function held({ first, lines, statements }: ProofsAsked): number {
  try {
    const parsed = lines.map((line, index) => parseStepLine(line, first + index));
    const steps = parseSteps(parsed, fast?.parseAll(parsed.map(proofOf)));
    const items = steps.map(({ proof }, index) => {
      const { key, signals } = statements[index]!;
      return { vk: keyOf(key, signals.length), signals, proof };
    });
    return verifyManyFast(fast, items).ok ? items.length : 0;
  } catch {
    return 0;
  }
}

parentPort?.on("message", (asked: ProofsAsked) => parentPort?.postMessage(held(asked)));
