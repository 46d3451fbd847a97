import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FOLDER } from "../results.js";
import type { CircuitMutant } from "./parse.js";

/** A copy of all circuits in which one is changed for a while, with what was compiled from it (see supportCircuit.ts). */
export class CircuitCopy {
  readonly folder: string;
  private readonly compiled: string;
  private readonly kept: ReadonlySet<string>;

  /** @param like a copy whose compiled circuits are of use here too: those that a change doesn't touch */
  constructor(
    name: string,
    private readonly sources: ReadonlyMap<string, string>,
    like?: CircuitCopy,
  ) {
    this.folder = join(FOLDER, "circuits", name);
    this.compiled = join(this.folder, "compiled");
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(join(this.folder, "lib"), { recursive: true });
    mkdirSync(this.compiled);
    for (const [file, text] of sources) writeFileSync(join(this.folder, file), text);
    if (like !== undefined && existsSync(like.compiled))
      cpSync(like.compiled, this.compiled, { recursive: true });
    this.kept = new Set(readdirSync(this.compiled));
  }

  apply({ file, text }: CircuitMutant): void {
    writeFileSync(join(this.folder, file), text);
  }

  restore({ file }: CircuitMutant): void {
    writeFileSync(join(this.folder, file), this.sources.get(file)!);
    for (const name of readdirSync(this.compiled))
      if (!this.kept.has(name)) rmSync(join(this.compiled, name), { recursive: true, force: true });
  }
}
