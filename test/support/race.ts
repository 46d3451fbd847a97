import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MarginproofError } from "../../src/errors.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { readBundle } from "../../src/files/bundleFolder.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { silentProgress } from "../../src/files/progress.js";
import { checkOpening } from "../../src/holder/checkOpening.js";
import type { OpeningJson } from "../../src/holder/opening.js";
import { loadProfile } from "../../src/keys/instances.js";
import { loadKeyList } from "../../src/keys/keyFolder.js";
import { disclose } from "../../src/prover/disclose.js";
import { proveEpoch } from "../../src/prover/prove.js";
import { FolderStore } from "../../src/prover/store/folderStore.js";
import { createWasmBackend } from "../../src/prover/wasm/wasmBackend.js";
import type { PinnedKey } from "../../src/verifier/pins.js";
import { type VerifiedEpoch, verifyEpoch } from "../../src/verifier/verifyEpoch.js";
import { TEST_KEYS } from "./circuit.js";
import { toOldLayout } from "./oldLayout.js";
import { TINY_ACCOUNTS } from "./tinyBundle.js";
import { TINY_MARKET } from "./tinyMarket.js";

/** What a process does: the command, the same with other accounts or to another place, or a holder's file. */
export const COMMANDS = ["same", "other accounts", "other place", "disclose"] as const;
export type CommandName = (typeof COMMANDS)[number];

/** What is there before: each a folder with inputs, and perhaps a private folder and a bundle. */
export const STARTS = ["empty", "laid out", "proved", "ready", "named", "published", "old layout"] as const;
export type Start = (typeof STARTS)[number];

/** One process of a race. */
export interface Racer {
  readonly command: CommandName;
  /** Milliseconds after the others. */
  readonly delay?: number;
  /** For faultHook.mjs, such as `kill 12`. */
  readonly fault?: string;
  /** Kills it from outside, milliseconds after its start: anywhere, also within SQLite. */
  readonly killAfter?: number;
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** What the processes of a race that were not killed may say beside success. */
const REFUSALS: Readonly<Record<CommandName, readonly string[]>> = {
  same: ["PROVER_RUNNING", "EPOCH_PUBLISHED"],
  "other accounts": ["PROVER_RUNNING", "EPOCH_PUBLISHED"],
  "other place": ["PROVER_RUNNING", "EPOCH_PUBLISHED"],
  disclose: ["DISCLOSE_NO_EPOCH", "DISCLOSE_NO_ACCOUNT"],
};
const HOLDERS = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"];
const HOOK = join(PACKAGE_ROOT, "test", "support", "faultHook.mjs");
const MAIN = join(PACKAGE_ROOT, "build", "dist", "cli", "main.js");

/** A place where races are run, one after the other. Paths are the same in all of them, since records hold paths. */
export class RaceTrack {
  private readonly work: string;
  private readonly backend = createWasmBackend({ workers: 1 });
  private readonly verdicts = new Map<string, VerifiedEpoch>();
  private runs = 0;

  constructor(private readonly folder: string) {
    this.work = join(folder, "work");
  }

  at(name: string): string {
    return join(this.work, name);
  }

  /** Runs one command to its end, or to the end of it. */
  run({ command, delay = 0, fault, killAfter }: Racer): Promise<Ended> {
    const common = ["--keys", TEST_KEYS, "--profile", "test", "--workers", "1", "--quiet"];
    const accounts = this.at(command === "other accounts" ? "other.csv" : "accounts.csv");
    const out = this.at(command === "other place" ? "elsewhere" : "bundle");
    const args =
      command === "disclose"
        ? ["disclose", "--account", "carol", "--out", this.at(`carol-${this.runs++}.json`)]
        : ["prove", "--market", this.at("market.json"), "--accounts", accounts, "--out", out, ...common];
    const hook = fault === undefined ? [] : ["--import", HOOK];
    return new Promise((done) => {
      setTimeout(() => {
        const child = spawn(process.execPath, [...hook, MAIN, ...args, "--private", this.at("private")], {
          env: { ...process.env, ...(fault === undefined ? {} : { MARGINPROOF_FAULT: fault }) },
        });
        const timer =
          killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter);
        const [out, err]: [Buffer[], Buffer[]] = [[], []];
        child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
        child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
        child.on("close", (code) => {
          clearTimeout(timer);
          done({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() });
        });
      }, delay);
    });
  }

  /** Puts the work folder into a state, made once and then copied. */
  async begin(start: Start): Promise<void> {
    const kept = join(this.folder, start);
    if (!existsSync(kept)) {
      await this.make(start);
      rmSync(kept, { recursive: true, force: true });
      cpSync(this.work, kept, { recursive: true });
    }
    rmSync(this.work, { recursive: true, force: true });
    cpSync(kept, this.work, { recursive: true });
  }

  private async make(start: Start): Promise<void> {
    if (start === "empty") {
      rmSync(this.work, { recursive: true, force: true });
      mkdirSync(this.work, { recursive: true });
      writeFileSync(this.at("market.json"), JSON.stringify(TINY_MARKET));
      writeFileSync(this.at("accounts.csv"), TINY_ACCOUNTS.covered);
      const other = TINY_ACCOUNTS.covered.replace("grace,USDT,10,", "grace,USDT,11,");
      writeFileSync(this.at("other.csv"), other);
      return;
    }
    const from = { "laid out": "empty", proved: "laid out" } as Readonly<Record<string, Start>>;
    await this.begin(from[start] ?? "proved");
    if (start === "laid out") await this.killBefore("same", (calls) => nth(calls, "sql commit", 5));
    // Both accounts files have all their proofs, and no bundle.
    const unnamed = (calls: readonly string[]): number => calls.lastIndexOf("mkdir") + 1;
    if (start === "proved") {
      await this.killBefore("same", unnamed);
      await this.killBefore("other accounts", unnamed);
    }
    if (start === "ready") await this.killBefore("same", (calls) => calls.lastIndexOf("rename") + 1);
    if (start === "named") await this.killBefore("same", (calls) => calls.lastIndexOf("rename") + 2);
    if (start === "published") await this.run({ command: "same" });
    if (start === "old layout") toOldLayout(this.at("private"));
  }

  /** Names of the calls that change something on disk, of a command from this state; the state is as it was after. */
  async calls(command: CommandName): Promise<string[]> {
    const saved = join(this.folder, "saved");
    cpSync(this.work, saved, { recursive: true });
    const file = join(this.folder, "calls");
    await this.run({ command, fault: `count ${file}` });
    rmSync(this.work, { recursive: true, force: true });
    cpSync(saved, this.work, { recursive: true });
    rmSync(saved, { recursive: true });
    return readFileSync(file, "utf8").split(/\n(?! )/);
  }

  private async killBefore(command: CommandName, find: (calls: readonly string[]) => number): Promise<void> {
    const ended = await this.run({ command, fault: `kill ${find(await this.calls(command))}` });
    if (ended.code !== null) throw new Error(`${command} was not killed: ${ended.code} ${ended.err}`);
  }

  /**
   * Lets processes race, then follows what they say, and looks at what came of it.
   * @returns what is wrong; nothing, if all is well
   */
  async race(racers: readonly Racer[]): Promise<string[]> {
    const ended = await Promise.all(racers.map((racer) => this.run(racer)));
    const wrong = ended.flatMap(({ code, err }, at) => {
      const { command } = racers[at]!;
      const said = /error (\w+):/.exec(err)?.[1] ?? "";
      const fine = code === 0 || code === null || (code === 2 && REFUSALS[command].includes(said));
      return fine ? [] : [`${command} ended with ${code}: ${err.slice(0, 300)}`];
    });
    const proved = new Set(
      ended.flatMap(({ code }, at) =>
        code === 0 && racers[at]!.command !== "disclose" ? [inputsOf(racers[at]!.command)] : [],
      ),
    );
    if (proved.size > 1) wrong.push("two accounts files were published");
    return [...wrong, ...(await this.settle())];
  }

  /** The same command once more, or, where it is told that the other accounts are public, theirs; then a look at all. */
  async settle(): Promise<string[]> {
    const failure = await this.prove("same")
      .catch((error: MarginproofError) =>
        error.code === "EPOCH_PUBLISHED" ? this.prove("other accounts") : Promise.reject(error),
      )
      .then(
        () => [],
        (error: Error) => [`the same command once more: ${error.message}`],
      );
    return [...failure, ...(await this.look())];
  }

  /** The command within this process. */
  private prove(command: "same" | "other accounts"): Promise<unknown> {
    return proveEpoch({
      marketPath: this.at("market.json"),
      accountsPath: this.at(command === "same" ? "accounts.csv" : "other.csv"),
      out: this.at("bundle"),
      privateDir: this.at("private"),
      keysDir: TEST_KEYS,
      profile: loadProfile("test"),
      backend: this.backend,
      inFlight: 1,
      progress: silentProgress,
    });
  }

  /** Ends what the track keeps. */
  close(): Promise<void> {
    return this.backend.close();
  }

  private async look(): Promise<string[]> {
    const wrong: string[] = [];
    const store = await FolderStore.open(this.at("private"));
    const statements = await store.statements();
    store.close();
    if (statements.length !== 1 || !statements[0]!.published) {
      return [`the private folder holds ${statements.length} statements`];
    }
    const { digest } = statements[0]!;
    const litter = readdirSync(this.work).filter((name) => name.startsWith("."));
    if (litter.length > 0) wrong.push(`left behind: ${litter.join()}`);
    if (!existsSync(this.at("bundle"))) wrong.push("there is no bundle");
    const pins = await loadKeyList(join(TEST_KEYS, "keys.json"));
    const openings = new Map<string, OpeningJson>();
    for (const holder of HOLDERS) {
      const opening = await disclose(this.at("private"), holder).catch((error: Error) => error);
      if (opening instanceof Error) wrong.push(`${holder}: ${opening.message}`);
      else openings.set(holder, opening);
    }
    for (const name of ["bundle", "elsewhere"].filter((name) => existsSync(this.at(name)))) {
      const found = await this.verified(name, pins);
      if (!found.verdict.valid || found.verdict.statementDigest !== digest) {
        wrong.push(`${name} is not valid, or not of statement ${digest}`);
      }
      for (const [holder, opening] of openings) {
        const { status } = checkOpening(JSON.stringify(opening), { ...found, pins }, { account: holder });
        if (status !== "counted") wrong.push(`${holder} in ${name}: ${status}`);
      }
    }
    return wrong;
  }

  /** The verdict on a bundle; one of the very same bytes is looked at once. */
  private async verified(name: string, pins: readonly PinnedKey[]): Promise<VerifiedEpoch> {
    const parts = await readBundle(this.at(name));
    const key = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
    const known = this.verdicts.get(key);
    const found = known ?? verifyEpoch(parts, { hasher: bestPoseidon(), pins, allowDevKeys: true });
    this.verdicts.set(key, found);
    return found;
  }
}

const inputsOf = (command: CommandName): string => (command === "other accounts" ? "other" : "accounts");

/** Place, from 1, of the n-th call of a name. */
function nth(calls: readonly string[], name: string, n: number): number {
  const places = calls.flatMap((call, at) => (call === name ? [at + 1] : []));
  return places[n - 1]!;
}
