import type { Statement } from "../../protocol/statement.js";

/**
 * What proving asks of its storage. The private folder (folderStore.ts) is one; a service may keep the same in its own
 * database. Every promise that resolves has made what it says durable.
 */
export interface ProverStore {
  /** Where it is, for messages. */
  readonly place: string;
  /**
   * The secret that all others are derived from, made once in the store's life.
   * @throws MarginproofError MASTER_SECRET_MISSING, MASTER_SECRET_INVALID
   */
  masterSecret(): Promise<Uint8Array>;
  /** Every statement, or those of epochs of one name, the last published one last; one an epoch of an exchange. */
  statements(epoch?: string): Promise<readonly StoredStatement[]>;
  /** The same without reading what they say: as fast however large they are. */
  statementNames(epoch?: string): Promise<readonly StatementName[]>;
  /** Whether a bundle stands, or may stand, at this place by this store's doing. */
  ownsPlace(out: string): Promise<boolean>;
  /** What one attempt at an epoch keeps. */
  attempt(name: string): AttemptStore;
  /**
   * Takes an epoch for this run, until `release` or the death of this process, whatever way it dies.
   * @throws MarginproofError PROVER_RUNNING
   */
  takeEpoch(epoch: EpochName): Promise<EpochRun>;
  close(): void;
}

export interface EpochName {
  readonly exchange: string;
  readonly epoch: string;
}

/** What a statement is called. */
export interface StatementName extends EpochName {
  readonly attempt: string;
  /** `0x` and 64 hex digits. */
  readonly digest: string;
  readonly published: boolean;
}

/** A statement that is, or is about to be, public. */
export interface StoredStatement {
  readonly attempt: string;
  readonly statement: Statement;
  /** `0x` and 64 hex digits. */
  readonly digest: string;
  /** False: recorded before its bundle got its name, and not known to have got it. */
  readonly published: boolean;
}

/** A place that an epoch's bundle was or is being published at. */
export interface Publication {
  readonly out: string;
  /** The folder in which the bundle is made, until it gets its name. */
  readonly aside: string;
  /** `writing`: not public. `ready`: may be public. `done`: was public. */
  readonly state: "writing" | "ready" | "done";
}

/** What only the run that has taken an epoch may do. */
export interface EpochRun {
  /** The epoch's statement, if there is one. */
  statement(): Promise<StoredStatement | undefined>;
  publications(): Promise<readonly Publication[]>;
  /** Recorded before anything is made aside, so that the next run knows what to remove. */
  beginPublication(out: string, aside: string): Promise<void>;
  /**
   * Recorded before the bundle gets its name.
   * @throws MarginproofError EPOCH_PUBLISHED when the epoch has another statement
   */
  intend(out: string, statement: Omit<StoredStatement, "published">): Promise<void>;
  /** Recorded once the bundle has its name. */
  finishPublication(out: string): Promise<void>;
  /**
   * Forgets a place at which nothing became public, and with the last one a statement that is not known to be
   * public.
   */
  dropPublication(out: string): Promise<void>;
  /** Forgets the epoch's statement, on its owner's word that it never became public. */
  withdraw(): Promise<void>;
  release(): void;
}

/** A text with its SHA-256, written but not yet vouched for. */
export interface WrittenText {
  readonly name: string;
  readonly sha256: string;
}

/** What is found under a name: damaged is what has another digest than was recorded. */
export type FoundText =
  | { readonly state: "whole"; readonly text: string }
  | { readonly state: "missing" | "damaged"; readonly path: string };

/** Texts by name, each vouched for by the SHA-256 that was recorded with it. */
export interface AttemptStore {
  /** Made for this run by `begin`: holds nothing that outlives it. */
  readonly scratch: string;
  /** Makes the places, and removes what an earlier run left in `scratch`. For the run that has taken the epoch. */
  begin(): Promise<void>;
  /** Makes those of its places that are missing, and touches nothing else: for any process, at any time. */
  provide(): Promise<void>;
  read(name: string): Promise<FoundText>;
  /** Writes one text and vouches for it. */
  put(name: string, text: string): Promise<void>;
  /** Writes one of many texts; `record` vouches for them all at once. */
  write(name: string, text: string): Promise<WrittenText>;
  record(written: readonly WrittenText[]): Promise<void>;
  /** Relies on a text no more. */
  forget(name: string): Promise<void>;
}
