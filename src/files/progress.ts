/** What long work is at. A program goes by these; the titles beside them are for people. */
export type StageId =
  | "compile"
  | "makeKeys"
  | "readAccounts"
  | "layOut"
  | "commit"
  | "prove"
  | "publish"
  /** Verifies what it finds published already. */
  | "verifyPublished"
  | "verify"
  | "index"
  | "disclose";

/** Receives progress of long work. `stage` begins one; `update` says how much of it is done. */
export interface Progress {
  stage(id: StageId, title: string, detail?: string): void;
  update(done: number, total: number): void;
  note(text: string): void;
}

export const silentProgress: Progress = { stage() {}, update() {}, note() {} };
