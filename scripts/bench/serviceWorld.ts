import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { generateSample, writeSample } from "../../src/sample/index.js";
import { newToken } from "../../src/service/http/tokens.js";
import { writeKey } from "../../src/service/store/serviceKeyFile.js";

const MAIN = join(PACKAGE_ROOT, "build", "dist", "cli", "main.js");

export interface Place {
  readonly databaseUrl: string;
  readonly keysDir: string;
  readonly profile: string;
  /** Of the workers: 0 to 19. */
  readonly niceness: string;
}

/** An epoch that was brought in. */
export interface BenchEpoch {
  readonly id: string;
  readonly exchange: string;
  /** Names of its accounts. */
  readonly names: readonly string[];
}

/** A server and its workers, each a process of its own, and an exchange's people and holders who have tokens for it. */
export class ServiceWorld {
  readonly #started: ChildProcess[] = [];
  readonly #roles = { operator: newToken("operator", "bench"), publisher: newToken("publisher", "bench-2") };
  readonly #issuer = generateKeyPairSync("ed25519");
  url = "";
  /** Process id of the server. */
  server = 0;

  private constructor(
    private readonly folder: string,
    private readonly place: Place,
  ) {}

  static async start(place: Place, workers: number): Promise<ServiceWorld> {
    const own = new ServiceWorld(await mkdtemp(join(tmpdir(), "marginproof-bench-")), place);
    await writeKey(own.#at("key"));
    const tokens = Object.values(own.#roles).map(({ entry }) => entry);
    await writeFile(own.#at("tokens.json"), JSON.stringify({ format: "marginproof/tokens/1", tokens }));
    await writeFile(own.#at("holders.pem"), own.#issuer.publicKey.export({ type: "spki", format: "pem" }));
    const flags = ["--tokens", own.#at("tokens.json"), "--holder-key", own.#at("holders.pem"), "--port", "0"];
    const served = await own.#start("serving", "serve", ...flags, "--workers", "0", "--rate", "100000000");
    own.url = String(served.url);
    own.server = own.#started[0]!.pid!;
    for (let k = 0; k < workers; k++) await own.#start("working", "worker", "--workers", "1");
    return own;
  }

  #at(name: string): string {
    return join(this.folder, name);
  }

  /** Starts a process of the service. @returns the first log line of an event */
  #start(event: string, command: string, ...flags: string[]): Promise<{ readonly url?: string }> {
    const { keysDir, databaseUrl } = this.place;
    const data = this.#at(`data-${this.#started.length}`);
    const own = ["--keys", keysDir, "--key", this.#at("key"), "--data", data];
    const nice = command === "worker" ? this.place.niceness : "0";
    const program = ["-n", nice, process.execPath, MAIN, command, ...own, ...flags];
    const child = spawn("nice", program, {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, MARGINPROOF_DATABASE_URL: databaseUrl },
    });
    this.#started.push(child);
    return new Promise((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`${command} ended with ${code}`)));
      createInterface({ input: child.stdout! }).on("line", (line) => {
        const told = JSON.parse(line) as { event: string; url?: string };
        if (told.event === event) resolve(told);
        if (told.event === "work failed") console.log(line);
      });
    });
  }

  /** Brings an invented exchange in: from then on it is proved. */
  async bringIn(accounts: number, epoch: string): Promise<BenchEpoch> {
    const out = this.#at(epoch);
    await writeSample(generateSample({ accounts, seed: epoch }), out);
    const sample = JSON.parse(await readFile(join(out, "market.json"), "utf8")) as { exchange: string };
    const market = JSON.stringify({ ...sample, epoch });
    const { id } = (await this.#call("operator", "POST", "/v1/epochs", {
      body: JSON.stringify({ market, profile: this.place.profile }),
      headers: { "content-type": "application/json" },
    })) as { id: string };
    const file = join(out, "accounts.csv");
    await this.#call("operator", "PUT", `/v1/epochs/${id}/accounts`, {
      body: createReadStream(file) as unknown as ReadableStream,
      headers: { "content-type": "text/csv" },
    });
    const rows = (await readFile(file, "utf8")).trimEnd().split("\n").slice(1);
    return { id, exchange: sample.exchange, names: [...new Set(rows.map((row) => row.split(",")[0]!))] };
  }

  /** Waits until an epoch is proved. @returns how many proofs it took */
  async proved({ id }: BenchEpoch): Promise<number> {
    for (;;) {
      const { state, steps } = (await this.#call("operator", "GET", `/v1/epochs/${id}`)) as {
        state: string;
        steps: number;
      };
      if (state === "proved") return steps;
      if (state === "failed" || state === "held") throw new Error(`the epoch is ${state}`);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  async publish({ id }: BenchEpoch): Promise<void> {
    await this.#call("publisher", "POST", `/v1/epochs/${id}/publish`);
  }

  async #call(role: "operator" | "publisher", method: string, path: string, own: RequestInit = {}) {
    const authorization = `Bearer ${this.#roles[role].token}`;
    const headers = { authorization, ...(own.headers as Record<string, string>) };
    const init = { method, duplex: "half", ...own, headers } as RequestInit;
    const answer = await fetch(`${this.url}${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as object;
  }

  /** A holder's token, just issued. */
  tokenOf(account: string, { exchange }: BenchEpoch): string {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const iat = Math.floor(Date.now() / 1000);
    const claim = { sub: account, aud: exchange, iat, exp: iat + 900 };
    const signed = `${part({ alg: "EdDSA", typ: "JWT" })}.${part(claim)}`;
    return `${signed}.${sign(null, Buffer.from(signed), this.#issuer.privateKey).toString("base64url")}`;
  }

  async end(): Promise<void> {
    for (const child of this.#started) {
      child.removeAllListeners("exit");
      if (child.exitCode !== null) continue;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
