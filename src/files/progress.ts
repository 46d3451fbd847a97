/** Receives progress of long work. `stage` begins one; `update` says how much of it is done. */
export interface Progress {
  stage(name: string, detail?: string): void;
  update(done: number, total: number): void;
  note(text: string): void;
}

export const silentProgress: Progress = { stage() {}, update() {}, note() {} };
