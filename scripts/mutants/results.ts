import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";

export const FOLDER = join(PACKAGE_ROOT, "build", "mutants");

/** What became of a mutant, and what that rests on. */
export interface Result {
  readonly status: "killed" | "survived";
  /** Test file and test, or how the process ended. */
  readonly by?: string;
  readonly test?: string;
  /** Digest of the mutated file's text. */
  readonly file: string;
  /** Killed: digest of the killing test with all it runs. Survived: of every test that reached it. */
  readonly tests: string;
}

/** Results by mutant, kept between runs. */
export class Results {
  private readonly path: string;
  private readonly known: Map<string, Result>;
  private readonly found = new Map<string, Result>();
  private saved = Date.now();

  constructor(name: string) {
    this.path = join(FOLDER, `${name}.json`);
    this.known = new Map(this.read());
  }

  private read(): [string, Result][] {
    return existsSync(this.path) ? (JSON.parse(readFileSync(this.path, "utf8")) as [string, Result][]) : [];
  }

  get(key: string): Result | undefined {
    return this.known.get(key);
  }

  set(key: string, result: Result): void {
    this.known.set(key, result);
    this.found.set(key, result);
    if (Date.now() - this.saved > 5000) this.save();
  }

  /** Adds what was found to what stands there, perhaps since another run has ended. */
  save(): void {
    mkdirSync(dirname(this.path), { recursive: true });
    const part = `${this.path}.${process.pid}`;
    writeFileSync(part, JSON.stringify([...new Map([...this.read(), ...this.found])]));
    renameSync(part, this.path);
    this.saved = Date.now();
  }
}

export const digestOf = (...texts: readonly string[]): string => {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest("hex").slice(0, 16);
};

/** Says how far a list is, and how long the rest will take. */
export class Progress {
  private readonly start = Date.now();
  private shown = 0;

  constructor(
    private readonly what: string,
    private readonly total: number,
  ) {}

  show(done: number, more: string): void {
    const now = Date.now();
    if (done < this.total && now - this.shown < 10_000) return;
    this.shown = now;
    const left =
      done === 0 ? "?" : `${Math.ceil((((now - this.start) / done) * (this.total - done)) / 60_000)} min`;
    console.log(`${this.what}: ${done} of ${this.total}, ${left} left${more}`);
  }
}
