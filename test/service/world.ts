import { existsSync } from "node:fs";
import { expect } from "vitest";
import { openService, type Service } from "../../src/service/open.js";
import { writeKey } from "../../src/service/store/serviceKeyFile.js";
import { TEST_KEYS } from "../support/circuit.js";
import type { Postgres } from "../support/postgres.js";
import { Gate } from "./gate.js";
import { ServiceProcess } from "./process.js";
import { assertWithout, fresh, PRIVATE, reached, stepsOf, verdictOn, withoutChance } from "./support.js";

/** The shortest lease that the queue allows: tests wait for it to run out. */
const LEASE_SECONDS = 10;
const keyFile = fresh(".key");
let databases = 0;
/** A statement in the midst of each stage: lays out accounts, hands out steps, keeps a proof, keeps the bundle. */
export const STAGES = [
  "insert on marginproof.kept",
  "insert on marginproof.step",
  "update of proved on marginproof.step",
  "insert on marginproof.bundle_piece",
] as const;

/** So that a test has not long to wait for one to run out. */
export async function shortenLeases({ queue }: Service): Promise<void> {
  for (const name of ["commit", "step", "finish", "doctor"]) {
    // On a busy machine such a lease may run out while its worker is well: then it is tried again, and again.
    await queue.updateQueue(name, { heartbeatSeconds: LEASE_SECONDS, retryLimit: 50 });
  }
}

/** A service on a database of its own: this process queues and looks, others work. */
export class World {
  readonly processes: ServiceProcess[] = [];

  private constructor(
    readonly own: Service,
    readonly database: string,
    readonly url: string,
  ) {}

  static async begin(postgres: Postgres): Promise<World> {
    return World.on(postgres, await postgres.create(`world${++databases}`));
  }

  /** On a database that is there. */
  static async on(postgres: Postgres, database: string): Promise<World> {
    if (!existsSync(keyFile)) await writeKey(keyFile);
    const url = postgres.urlOf(database);
    const places = { data: fresh(), databaseUrl: url, keyFile, keysDir: TEST_KEYS };
    const own = await openService(places, 0, { info() {}, warn() {} });
    await shortenLeases(own);
    return new World(own, database, url);
  }

  gate(at: string): Promise<Gate> {
    return Gate.shut(this.url, at);
  }

  /** A worker with a scratch folder of its own, which reaches the database on its own way. */
  work(
    url = this.url,
    data = fresh(),
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): ServiceProcess {
    return this.#start("worker", ["--workers", "1", "--data", data, ...args], url, env);
  }

  serve(args: readonly string[], data = fresh()): ServiceProcess {
    return this.#start("serve", ["--port", "0", "--data", data, ...args], this.url);
  }

  #start(command: "serve" | "worker", args: readonly string[], url: string, env = {}): ServiceProcess {
    const own = { ...env, MARGINPROOF_DATABASE_URL: url };
    const started = new ServiceProcess(command, [...args, "--key", keyFile], own);
    this.processes.push(started);
    return started;
  }

  /** No step lost, none counted twice, and the bundle verifies. */
  async whole(id: string): Promise<void> {
    const { database } = this.own;
    const { state, steps, digest } = await reached(database, id, "proved", "published", "held");
    expect(state, this.text()).toMatch(/proved|published/);
    expect(steps).toBeGreaterThan(1);
    expect(await stepsOf(database, id)).toEqual({ steps, proofs: steps });
    const counted = this.processes.flatMap(({ lines }) =>
      lines.filter((line) => line.event === "step proved" && line.epoch === id && line.counted === true),
    );
    expect(new Set(counted.map(({ step }) => step)).size, "a step was counted twice").toBe(counted.length);
    expect(await verdictOn(database, id)).toMatchObject({ proved: true, statementDigest: digest });
  }

  /** All that its processes wrote: what became of a test that failed. */
  text(): string {
    return this.processes.map(({ text }) => text).join("\n");
  }

  /** No name of an account and no quantity is in any log. */
  assertPrivate(): void {
    assertWithout(withoutChance(this.text()), PRIVATE, "a log");
  }

  async end(): Promise<void> {
    for (const each of this.processes) await each.end("SIGKILL");
    await this.own.close();
  }
}

/** Runs a test in a world, and ends the world whatever becomes of it. */
export async function inWorld(postgres: Postgres, test: (world: World) => Promise<void>): Promise<void> {
  const world = await World.begin(postgres);
  try {
    await test(world);
    world.assertPrivate();
  } finally {
    await world.end();
  }
}
