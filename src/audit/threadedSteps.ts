import type { Established } from "../verifier/checks/established.js";
import { failure } from "../verifier/checks/failure.js";
import { pairs } from "../verifier/pairs.js";
import { slices } from "../verifier/slices.js";
import type { Progress, ProofStatement, StepSource } from "../verifier/stepSource.js";
import type { ProofThreads } from "./proofThreads.js";
import type { StepFile } from "./stepFile.js";

/** Steps of a file, whose proofs threads check. Whoever drives it must wait for what `check` yields. */
export class ThreadedSteps implements StepSource {
  private count: number | undefined;

  constructor(
    private readonly file: StepFile,
    /** Started when the first proof is to be checked, and closed by whoever gave it. */
    private readonly start: () => ProofThreads,
    /** How many proofs a thread is handed at once, and how many such questions may be open. */
    private readonly hand: { readonly proofs: number; readonly questions: number },
  ) {}

  get length(): number {
    return (this.count ??= this.file.count());
  }

  states(): readonly bigint[] {
    return this.file.states();
  }

  *check(statements: Iterable<ProofStatement>): Generator<Progress, Established<number>, void> {
    const threads = this.start();
    const total = this.length;
    for (const part of slices(pairs(this.file.lines(), statements), this.hand.proofs)) {
      threads.ask(part);
      yield { done: threads.held, total, wait: threads.fewer(this.hand.questions) };
    }
    yield { done: threads.held, total, wait: threads.fewer(0) };
    yield { done: threads.held, total };
    if (threads.held !== total) throw failure("PROOF_FALSE", "not all proofs were found to hold");
    return { value: total, detail: `${total} Groth16 proofs` };
  }
}
