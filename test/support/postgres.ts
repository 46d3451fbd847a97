import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Debian's `nobody`, in whose name the server runs where the tests run as root: Postgres refuses to be root. */
const NOBODY = 65534;
const DEBIAN = "/usr/lib/postgresql";

/** Folder of Postgres' programs: where POSTGRES_BIN says, or of the newest that Debian has. @throws where there is none */
function programs(): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    process.env.POSTGRES_BIN ?? "",
    ...versions.map((version) => join(DEBIAN, version, "bin")),
  ];
  const found = folders.find((folder) => existsSync(join(folder, "initdb")));
  if (found !== undefined) return found;
  throw new Error(
    "no Postgres: apt-get install postgresql, or set POSTGRES_BIN to the folder that holds its initdb",
  );
}

/** A Postgres of its own, in a folder of its own, that answers on a socket there and on no port. */
export class Postgres {
  private constructor(
    private readonly folder: string,
    private readonly bin: string,
    private readonly who: { readonly uid?: number; readonly gid?: number },
    private readonly env: Readonly<Record<string, string>>,
    private readonly settings: readonly string[],
  ) {
    this.server = this.#serve();
  }

  private server: ChildProcess;

  #serve(): ChildProcess {
    const [data, socket] = [join(this.folder, "data"), join(this.folder, "socket")];
    const args = [
      "-D",
      data,
      "-k",
      socket,
      "-c",
      "listen_addresses=",
      "-c",
      "fsync=off",
      "-c",
      "max_connections=300",
    ];
    args.push("-c", "max_wal_size=32MB", "-c", "min_wal_size=32MB");
    for (const setting of this.settings) args.push("-c", setting);
    const stdio: ["ignore", "ignore", "pipe"] = ["ignore", "ignore", "pipe"];
    return spawn(join(this.bin, "postgres"), args, {
      ...{ ...this.who, cwd: this.folder, stdio },
      env: { ...process.env, ...this.env },
    });
  }

  /**
   * @param folder an empty one; default: one of its own
   * @param settings such as `fsync=on`, in place of those that make tests fast
   */
  static async start(
    env: Readonly<Record<string, string>> = {},
    folder = mkdtempSync(join(tmpdir(), "mp-pg-")),
    settings: readonly string[] = [],
  ): Promise<Postgres> {
    const bin = programs();
    const root = process.getuid?.() === 0;
    const who = root ? { uid: NOBODY, gid: NOBODY } : {};
    const [data, socket] = [join(folder, "data"), join(folder, "socket")];
    for (const path of [folder, data, socket]) {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      if (root) chownSync(path, NOBODY, NOBODY);
    }
    const options = { ...who, cwd: folder };
    const init = ["-D", data, "-U", "exchange", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
    await promisify(execFile)(join(bin, "initdb"), init, options);
    const own = new Postgres(folder, bin, who, env, settings);
    await own.#ready();
    return own;
  }

  /** The server says on stderr that it takes connections, or ends. */
  async #ready(): Promise<void> {
    let said = "";
    await new Promise<void>((resolve, reject) => {
      this.server.stderr!.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes("ready to accept connections")) resolve();
      });
      this.server.once("error", reject);
      this.server.once("exit", () => reject(new Error(`Postgres ended: ${said}`)));
    });
  }

  /** A new, empty database. @returns its name */
  async create(name: string): Promise<string> {
    await this.#run("createdb", [name]);
    return name;
  }

  /** All of a database, as a file in the format of its own restore program. */
  dump(database: string, path: string): Promise<string> {
    return this.#run("pg_dump", ["-Fc", "-f", path, database]);
  }

  /** What `dump` wrote, in an empty database. */
  restore(database: string, path: string): Promise<string> {
    return this.#run("pg_restore", ["-d", database, "--exit-on-error", path]);
  }

  async #run(program: string, args: readonly string[]): Promise<string> {
    const reach = ["-h", join(this.folder, "socket"), "-U", "exchange"];
    return (await promisify(execFile)(join(this.bin, program), [...reach, ...args])).stdout;
  }

  /** kill -9 of every process of it at once, as when its machine loses power, and a start on what is on disk. */
  async killAndRestart(): Promise<void> {
    await this.kill();
    await this.restart();
  }

  async kill(): Promise<void> {
    const { pid } = this.server;
    const all = await promisify(execFile)("ps", ["-o", "pid=", "--ppid", String(pid)]).catch(() => ({
      stdout: "",
    }));
    const ended = once(this.server, "close");
    for (const own of [String(pid), ...all.stdout.split("\n")]) {
      const number = Number(own.trim());
      if (number > 1) kill(number);
    }
    await ended;
  }

  /** Starts again, where it has ended. */
  async restart(): Promise<void> {
    this.server = this.#serve();
    await this.#ready();
  }

  get running(): boolean {
    return this.server.exitCode === null && this.server.signalCode === null;
  }

  /** Its socket, for a relay to it. */
  get socket(): string {
    return join(this.folder, "socket", ".s.PGSQL.5432");
  }

  /** Runs psql on a file of SQL, in a folder that its \copy writes to. @returns what it prints */
  async psql(file: string, cwd: string): Promise<string> {
    const args = ["-h", join(this.folder, "socket"), "-U", "exchange", "-d", "postgres", "-X", "-q"];
    const { stdout } = await promisify(execFile)(
      join(this.bin, "psql"),
      [...args, "-v", "ON_ERROR_STOP=1", "-f", file],
      { cwd },
    );
    return stdout;
  }

  /** For the driver: the socket's folder in place of a host. */
  get url(): string {
    return this.urlOf("postgres");
  }

  urlOf(database: string): string {
    return `postgres://exchange@/${database}?host=${join(this.folder, "socket")}`;
  }

  async stop(): Promise<void> {
    if (this.running) {
      const ended = once(this.server, "close");
      this.server.kill("SIGINT");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}
