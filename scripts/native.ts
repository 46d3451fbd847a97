import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { sha256File } from "../src/keys/compile.js";
import { BUILD_RECORD, BUILT_FOLDER, PINNED_HASHES } from "../src/prover/native/nativeBinary.js";
import { binaryName, NATIVE_PLATFORMS, thisPlatform } from "../src/prover/native/platform.js";
import { failsSelfTest } from "../src/prover/native/selfTest.js";
import { buildNative, goVersion, writePackage } from "./native/build.js";

/**
 * Builds the native prover for this machine from native/, lets it prove its test circuit, and notes its hash in
 * build/native/built.json, from which `prove` knows it. Needs Go; nothing else of the project does.
 *
 *   npm run native                 for this machine
 *   npm run native -- --all        for every platform, as npm packages in build/native/packages, held to native/hashes.json
 *   npm run native -- --all --pin  the same, and their hashes become those of native/hashes.json
 */
const { values } = parseArgs({
  options: { all: { type: "boolean", default: false }, pin: { type: "boolean", default: false } },
});
const go = goVersion();
if (go === undefined) {
  console.error(
    "There is no Go here (go.dev/dl). It is not needed: without it, proofs are made in WebAssembly.",
  );
  process.exit(2);
}
mkdirSync(BUILT_FOLDER, { recursive: true });
if (values.all) await buildAll(go, values.pin);
else await buildHere(go);

async function buildHere(go: string): Promise<void> {
  const platform = thisPlatform();
  if (platform === undefined) throw new Error(`not built for ${process.platform} on ${process.arch}`);
  const path = join(BUILT_FOLDER, binaryName(platform));
  const fresh = `${path}.new`;
  buildNative(fresh, platform);
  chmodSync(fresh, 0o755);
  const failure = await failsSelfTest(fresh);
  if (failure !== undefined) throw new Error(`what was built fails its self-test: ${failure}`);
  const sha256 = await sha256File(fresh);
  renameSync(fresh, path);
  writeFileSync(join(BUILT_FOLDER, BUILD_RECORD), `${JSON.stringify({ go, sha256 }, null, 2)}\n`);
  console.log(`${path}\nSHA-256 ${sha256}, ${go}`);
}

async function buildAll(go: string, pin: boolean): Promise<void> {
  const sha256: Record<string, string> = {};
  for (const platform of NATIVE_PLATFORMS) {
    const { name, path } = writePackage(join(BUILT_FOLDER, "packages"), platform);
    buildNative(path, platform);
    sha256[name] = await sha256File(path);
    console.log(`${sha256[name]}  ${name}`);
  }
  const list = `${JSON.stringify({ go, sha256 }, null, 2)}\n`;
  if (pin) writeFileSync(PINNED_HASHES, list);
  else compare(list);
}

/** Whoever builds the same sources with the same Go has the same binaries. */
function compare(list: string): void {
  if (readFileSync(PINNED_HASHES, "utf8") === list) {
    console.log(`the same as ${PINNED_HASHES.slice(PACKAGE_ROOT.length + 1)}`);
    return;
  }
  console.error(
    "Other binaries than native/hashes.json: other sources or another Go. --pin makes these the pinned ones.",
  );
  process.exit(1);
}
