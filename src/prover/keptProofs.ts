import { toFieldHex } from "../field/encoding.js";
import type { ProofJson } from "../verifier/groth16/proof.js";
import type { Step } from "./epochInputs.js";
import { readText } from "./store/readText.js";
import type { AttemptStore } from "./store/store.js";

/** A finished step as it is kept: its proof, and the signals it was made for. */
interface KeptProof {
  readonly signals: readonly string[];
  readonly proof: ProofJson;
}

type Named = Pick<Step, "index" | "signals">;

const proofName = (index: number): string => `proofs/${String(index).padStart(6, "0")}.json`;
const signalTexts = ({ signals }: Named): string[] => signals.map(toFieldHex);

/** Whether a step's proof is kept, whole, and made for these very signals; what is damaged is told. */
export async function hasProof(
  attempt: AttemptStore,
  step: Named,
  note: (text: string) => void,
): Promise<boolean> {
  const kept = await attempt.read(proofName(step.index));
  if (kept.state === "damaged") note(`${kept.path} is damaged: proving its step again`);
  if (kept.state !== "whole") return false;
  const { signals } = JSON.parse(kept.text) as KeptProof;
  return JSON.stringify(signals) === JSON.stringify(signalTexts(step));
}

export async function keepProof(attempt: AttemptStore, step: Named, proof: ProofJson): Promise<void> {
  const kept: KeptProof = { signals: signalTexts(step), proof };
  await attempt.put(proofName(step.index), JSON.stringify(kept));
}

/** The proof of a step that was proved. @throws MarginproofError PRIVATE_FILE_DAMAGED */
export async function keptProof(attempt: AttemptStore, index: number): Promise<ProofJson> {
  return (JSON.parse(await readText(attempt, proofName(index))) as KeptProof).proof;
}

/** The step is to be proved anew. */
export async function forgetProof(attempt: AttemptStore, index: number): Promise<void> {
  await attempt.forget(proofName(index));
}
