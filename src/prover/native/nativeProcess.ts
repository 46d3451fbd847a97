import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { MarginproofError } from "../../errors.js";
import { formatError } from "../../keys/iden3/binaryFile.js";
import {
  type Answer,
  Answers,
  encodeRequest,
  GREETING,
  type NativeProof,
  type NativeTask,
  REFUSED_KEY,
  readable,
} from "./frames.js";

interface Pending {
  readonly task: NativeTask;
  readonly done: (proof: NativeProof) => void;
  readonly fail: (error: MarginproofError) => void;
}

/**
 * The native prover as a child process: it gets no environment and no files but the keys it is told of, and ends with this
 * process, whose end it notices on its input. It keeps this process alive only while it proves.
 */
export class NativeProcess {
  private readonly pending = new Map<number, Pending>();
  private readonly child: ChildProcess;
  private readonly answers = new Answers();
  private lastId = 0;
  private greeted = false;
  private lastWords = "";
  private ended: MarginproofError | undefined;

  constructor(path: string, workers: number) {
    // Windows starts nothing without SystemRoot.
    const { SystemRoot } = process.env;
    const env = SystemRoot === undefined ? {} : { SystemRoot };
    this.child = spawn(path, ["-workers", String(workers)], {
      ...{ env, stdio: "pipe", windowsHide: true },
    });
    this.child.stdout!.on("data", (bytes: Buffer) => this.take(bytes));
    this.child.stderr!.on("data", (bytes: Buffer) => {
      if (this.lastWords === "") this.lastWords = readable(bytes.toString().split("\n", 1)[0]!);
    });
    // What can't be written to a process that ended is said by its end.
    this.child.stdin!.on("error", () => {});
    this.child.on("error", (error) => this.end(String(error)));
    this.child.on("close", (code, signal) => this.end(`it ended with ${signal ?? `code ${code}`}`));
    this.keepAlive(false);
  }

  /** Has it ended, so that another must be started? */
  get gone(): boolean {
    return this.ended !== undefined;
  }

  /** @throws MarginproofError `PROVER_CRASHED` when it ends first, `FILE_FORMAT` for a key it can't read */
  prove(task: NativeTask): Promise<NativeProof> {
    return new Promise((done, fail) => {
      if (this.ended !== undefined) {
        fail(this.ended);
        return;
      }
      const id = ++this.lastId;
      this.pending.set(id, { task, done, fail });
      this.keepAlive(true);
      for (const part of encodeRequest(id, task)) this.child.stdin!.write(part);
    });
  }

  /** Ends it; what it has not proved is rejected with `error`. */
  async close(error: MarginproofError): Promise<void> {
    const running = this.ended === undefined;
    this.fail(error);
    if (!running) return;
    this.keepAlive(true);
    const closed = once(this.child, "close");
    this.child.kill("SIGKILL");
    await closed;
  }

  private take(bytes: Buffer): void {
    for (const answer of this.answers.add(bytes)) {
      if (answer === undefined || !this.accept(answer)) {
        this.end("it answered what nobody asked");
        this.child.kill("SIGKILL");
        return;
      }
    }
  }

  private accept(answer: Answer): boolean {
    if (!this.greeted) {
      this.greeted = answer.id === 0 && answer.text() === GREETING;
      return this.greeted;
    }
    const pending = this.pending.get(answer.id);
    if (pending === undefined) return false;
    const proved = answer.proof();
    this.pending.delete(answer.id);
    if (this.pending.size === 0) this.keepAlive(false);
    if (proved !== undefined) pending.done(proved);
    else if (answer.status === REFUSED_KEY) pending.fail(formatError(pending.task.zkeyPath, answer.text()));
    else pending.fail(crash(answer.text()));
    return true;
  }

  private end(reason: string): void {
    this.fail(crash(this.lastWords === "" ? reason : `${reason}: ${this.lastWords}`));
  }

  private fail(error: MarginproofError): void {
    this.ended ??= error;
    const unproved = [...this.pending.values()];
    this.pending.clear();
    for (const { fail } of unproved) fail(this.ended);
    this.keepAlive(false);
  }

  private keepAlive(yes: boolean): void {
    const { child } = this;
    for (const handle of [child, ...(child.stdio as (Socket | null | undefined)[])]) {
      if (yes) handle?.ref();
      else handle?.unref();
    }
  }
}

function crash(reason: string): MarginproofError {
  return new MarginproofError("PROVER_CRASHED", `the native prover failed: ${reason}`, {
    hint: "Free memory or use fewer workers, then resume; finished proofs are kept. If it comes again, use --backend wasm.",
    kind: "io",
  });
}
