import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ObjectPlace } from "../../src/service/store/objectStore.js";

/** An object store of its own kind, as `go install github.com/versity/versitygw/cmd/versitygw@v1.8.0` makes it, or where VERSITYGW says. */
const PROGRAM = process.env.VERSITYGW || "versitygw";
/** One that was asked for by name must be there; without one the tests with it are skipped. */
export const OBJECTS_FOUND =
  Boolean(process.env.VERSITYGW) || spawnSync(PROGRAM, ["--version"]).error === undefined;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** A real server with an S3 interface, over a folder: an object is a file in it. */
export class ObjectServer {
  private constructor(
    private readonly folder: string,
    private readonly child: ChildProcess,
    readonly place: ObjectPlace,
  ) {}

  static async start(): Promise<ObjectServer> {
    const folder = mkdtempSync(join(tmpdir(), "marginproof-objects-"));
    mkdirSync(join(folder, "steps"));
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const place = {
      endpoint,
      region: "us-east-1",
      bucket: "steps",
      accessKeyId: "us",
      secretAccessKey: "ours",
    };
    const child = spawn(PROGRAM, ["--port", new URL(endpoint).host, "--quiet", "posix", folder], {
      stdio: "ignore",
      env: { ...process.env, ROOT_ACCESS_KEY: place.accessKeyId, ROOT_SECRET_KEY: place.secretAccessKey },
    });
    for (;;) {
      if (child.exitCode !== null) throw new Error(`${PROGRAM} ended with ${child.exitCode}`);
      // Any answer is one: without a signature it refuses.
      if (await fetch(endpoint).catch(() => undefined)) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return new ObjectServer(folder, child, place);
  }

  /** Keys of what it holds; not what is just being written. */
  keys(): string[] {
    const root = join(this.folder, "steps");
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
      .filter((key) => !key.startsWith("."));
  }

  /** What it holds, by key. */
  objects(): Map<string, Buffer> {
    return new Map(this.keys().map((key) => [key, readFileSync(join(this.folder, "steps", key))]));
  }

  async stop(): Promise<void> {
    const gone = once(this.child, "exit");
    this.child.kill();
    await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
