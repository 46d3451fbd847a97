import type { PgBoss } from "pg-boss";
import { loadProfile, type Profile } from "../../keys/instances.js";
import { type InstanceKeys, loadKeySet } from "../../keys/keyFolder.js";
import type { ProverBackend } from "../../prover/backend.js";
import type { Log } from "../log.js";
import type { Scratch } from "../scratch.js";
import type { ServiceSecrets } from "../store/secrets.js";
import type { ServiceDatabase } from "../store/sql.js";
import type { StepInputs } from "../store/stepInputs.js";

/** What a process that works has. */
export interface WorkerContext {
  readonly database: ServiceDatabase;
  readonly secrets: ServiceSecrets;
  readonly inputs: StepInputs;
  readonly queue: PgBoss;
  readonly backend: ProverBackend;
  readonly keysDir: string;
  readonly scratch: Scratch;
  readonly log: Log;
  /** Names this process in logs and beside its proofs. */
  readonly name: string;
  /** Aborts what can be begun again elsewhere. */
  readonly stopping: AbortSignal;
  readonly keys: KeyShelf;
  /** Seconds that its jobs wait on the queue; 0 for all but `PromptLane`. */
  readonly delay: number;
  /** Steps that this process proves at a time. */
  readonly workers: number;
}

/** Keys of profiles, read and compared with setup's notes once a process. */
export class KeyShelf {
  readonly #sets = new Map<string, Promise<ReadonlyMap<string, InstanceKeys>>>();

  constructor(private readonly keysDir: string) {}

  /** By shape id. @throws MarginproofError PROFILE_UNKNOWN, KEYS_MISSING, KEYS_DAMAGED */
  of(name: string): Promise<ReadonlyMap<string, InstanceKeys>> {
    const found = this.#sets.get(name) ?? this.#load(loadProfile(name));
    this.#sets.set(name, found);
    // What failed is tried again: somebody may put the keys there.
    found.catch(() => this.#sets.delete(name));
    return found;
  }

  #load({ accounts, table, privateTable, name }: Profile) {
    const secret = privateTable === undefined ? [] : [privateTable];
    return loadKeySet(this.keysDir, [...accounts, table, ...secret], name);
  }
}
