import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve, sep } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { MarginproofError } from "../errors.js";
import { placeWhole } from "../files/files.js";
import { readR1csHeader } from "./iden3/r1cs.js";

export interface CompileJob {
  /** The circuit file that holds `component main`. */
  readonly source: string;
  /** Created if missing; receives `name.r1cs`, `name.wasm` and `name.sym`. */
  readonly outDir: string;
  /** Folders searched by `include`, as `circom -l`. */
  readonly includePaths: readonly string[];
  readonly name: string;
  readonly signal?: AbortSignal;
}

export interface CompiledCircuit {
  readonly r1csPath: string;
  readonly wasmPath: string;
  readonly symPath: string;
  readonly constraints: number;
  readonly wires: number;
  readonly r1csSha256: string;
}

const OUTPUT_LIMIT = 64 * 1024;

/**
 * Compiles a circuit at O2, the level of every released key: a witness tested against another level is
 * tested against another R1CS. Files appear under their names only when all three are complete, the R1CS last.
 *
 * @throws MarginproofError `CIRCUIT_COMPILE_FAILED` with the compiler's own words.
 */
export async function compileCircuit(job: CompileJob): Promise<CompiledCircuit> {
  const source = resolve(job.source);
  const outDir = resolve(job.outDir);
  const aside = join(outDir, `.${job.name}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`);
  await mkdir(aside, { recursive: true });
  try {
    const includePaths = job.includePaths.map((path) => resolve(path));
    const includes = includePaths.flatMap((path) => ["-l", path]);
    const options = ["--r1cs", "--wasm", "--sym", "--O2", ...includes, "-o", aside];
    await runCompiler([source, ...options], commonFolder([source, aside, ...includePaths]), job.signal);

    const stem = basename(source).replace(/\.circom$/, "");
    const made = {
      wasm: join(aside, `${stem}_js`, `${stem}.wasm`),
      sym: join(aside, `${stem}.sym`),
      r1cs: join(aside, `${stem}.r1cs`),
    };
    const header = await readR1csHeader(made.r1cs);
    const r1csSha256 = await sha256File(made.r1cs);
    for (const kind of ["wasm", "sym", "r1cs"] as const) {
      await placeWhole(made[kind], join(outDir, `${job.name}.${kind}`));
    }
    return {
      r1csPath: join(outDir, `${job.name}.r1cs`),
      wasmPath: join(outDir, `${job.name}.wasm`),
      symPath: join(outDir, `${job.name}.sym`),
      constraints: header.constraintCount,
      wires: header.wireCount,
      r1csSha256,
    };
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** Lower-case hex SHA-256 of a file of any size. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** The compiler in WASM finds no file by a path that climbs out of its working folder. */
function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0]!);
  while (!paths.every((path) => path.startsWith(folder === sep ? sep : folder + sep)))
    folder = dirname(folder);
  return folder;
}

function runCompiler(args: readonly string[], cwd: string, signal?: AbortSignal): Promise<void> {
  const cli = createRequire(import.meta.url).resolve("circom2/cli.js");
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      ...(signal === undefined ? {} : { signal }),
    });
    let output = "";
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(-OUTPUT_LIMIT);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", (cause) => fail(compileFailure(args[0], cause.message, cause)));
    child.once("close", (code, killedBy) => {
      if (code === 0) done();
      else
        fail(
          compileFailure(args[0], stripVTControlCharacters(output).trim() || `ended by ${killedBy ?? code}`),
        );
    });
  });
}

function compileFailure(source: string | undefined, output: string, cause?: unknown): MarginproofError {
  return new MarginproofError("CIRCUIT_COMPILE_FAILED", `circom refused ${source}:\n${output}`, {
    hint: "Fix the circuit at the place the compiler names, and check the include paths.",
    kind: "usage",
    cause,
  });
}
