import type { MarginproofError } from "../../errors.js";
import type { ProofJob, ProofResult, Witness } from "../backend.js";

/** What a worker is asked for. */
export type WorkerTask =
  | { readonly task: "witness"; readonly job: ProofJob }
  | { readonly task: "prove"; readonly witness: Witness };

/** An error in a form that survives the message channel; one without a code is a crash. */
export interface RefusedTask {
  readonly code: string | undefined;
  readonly message: string;
  readonly hint?: string;
  readonly kind?: NonNullable<MarginproofError["options"]["kind"]>;
}

/** What a worker answers. */
export type WorkerAnswer = { readonly result: Witness | ProofResult } | RefusedTask;
