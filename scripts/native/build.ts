import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { NATIVE_FOLDER } from "../../src/prover/native/nativeBinary.js";
import { binaryName, type NativePlatform, packageName } from "../../src/prover/native/platform.js";

/** The Go that builds, in native/ and so with the version that go.mod pins: `go1.26.8`; undefined where there is none. */
export function goVersion(): string | undefined {
  const { status, stdout } = spawnSync("go", ["env", "GOVERSION"], { cwd: NATIVE_FOLDER, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * Builds the native prover. Nothing of the machine goes into the file: neither paths, nor the state of the repository, nor what
 * the environment says of processors.
 * @param folder its sources
 */
export function buildNative(path: string, { goos, goarch }: NativePlatform, folder = NATIVE_FOLDER): void {
  const flags = ["-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags=-s -w -buildid="];
  const env = {
    ...process.env,
    CGO_ENABLED: "0",
    GOOS: goos,
    GOARCH: goarch,
    GOAMD64: "v1",
    GOARM64: "v8.0",
  };
  const { status, stderr } = spawnSync("go", ["build", ...flags, "-o", path, "."], {
    ...{ cwd: folder, encoding: "utf8" },
    env: { ...env, GOFLAGS: "", GOEXPERIMENT: "", GOFIPS140: "off" },
  });
  if (status !== 0) throw new Error(`go build failed:\n${stderr}`);
}

/** Lays out the optional npm package of a platform. @returns its name, and where its binary goes */
export function writePackage(folder: string, platform: NativePlatform): { name: string; path: string } {
  const name = packageName(platform);
  mkdirSync(join(folder, name), { recursive: true });
  const { version, license } = JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8")) as Record<
    string,
    string
  >;
  writeFileSync(join(folder, name, "NOTICE"), notices());
  const manifest = {
    ...{
      name,
      version,
      description: `The native prover of marginproof for ${platform.os} on ${platform.cpu}`,
    },
    ...{ license, os: [platform.os], cpu: [platform.cpu], files: [binaryName(platform), "NOTICE"] },
  };
  writeFileSync(join(folder, name, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return { name, path: join(folder, name, binaryName(platform)) };
}

/** The licences of what is in the binary: Go itself and the modules it is linked from. */
function notices(): string {
  const format = "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}";
  const listed = go("list", "-deps", "-f", format, ".").split("\n");
  const modules = [...new Set(listed)].filter((line) => line !== "").map((line) => line.split("\t"));
  const parts = [["Go", go("env", "GOROOT").trim()], ...modules] as [string, string][];
  return parts
    .map(([title, dir]) => `${title}\n\n${readFileSync(join(dir, "LICENSE"), "utf8")}`)
    .join("\n----\n\n");
}

function go(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("go", args, { cwd: NATIVE_FOLDER, encoding: "utf8" });
  if (status !== 0) throw new Error(`go ${args[0]} failed:\n${stderr}`);
  return stdout;
}
