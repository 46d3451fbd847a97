import { type ChildProcess, execFile, spawn } from "node:child_process";
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
  ) {
    this.server = this.#serve();
  }

  private readonly server: ChildProcess;

  #serve(): ChildProcess {
    const [data, socket] = [join(this.folder, "data"), join(this.folder, "socket")];
    const args = ["-D", data, "-k", socket, "-c", "listen_addresses=", "-c", "fsync=off"];
    const stdio: ["ignore", "ignore", "pipe"] = ["ignore", "ignore", "pipe"];
    return spawn(join(this.bin, "postgres"), args, { ...this.who, cwd: this.folder, stdio });
  }

  static async start(): Promise<Postgres> {
    const bin = programs();
    const folder = mkdtempSync(join(tmpdir(), "mp-pg-"));
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
    const own = new Postgres(folder, bin, who);
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
    return `postgres://exchange@/postgres?host=${join(this.folder, "socket")}`;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.server.once("close", resolve));
    this.server.kill("SIGINT");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
