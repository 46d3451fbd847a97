import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PACKAGE_ROOT } from "../../files/packageRoot.js";
import * as z from "../../schema/index.js";
import { binaryName, packageName, thisPlatform } from "./platform.js";

/** A native prover that may be started, or why there is none. */
export type FoundBinary =
  | { readonly path: string; readonly why: string }
  | { readonly path: undefined; readonly missing: boolean; readonly why: string };

export const NATIVE_FOLDER = join(PACKAGE_ROOT, "native");
/** Where `npm run native` puts the binary of this machine, and its record of it. */
export const BUILT_FOLDER = join(PACKAGE_ROOT, "build", "native");
/** SHA-256 of the binaries of this version, by package name. */
export const PINNED_HASHES = join(NATIVE_FOLDER, "hashes.json");
export const BUILD_RECORD = "built.json";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const pinnedSchema = z.strictObject({ go: z.string(), sha256: z.record(z.string(), sha256) });
const builtSchema = z.strictObject({ go: z.string(), sha256 });

/**
 * Looks for the binary of this machine: built here, or from its optional package. It is started only with a hash that is
 * pinned in the repository, or that `npm run native` noted when it built it: a file that somebody put there is not.
 *
 * @param folder where a binary built here would be
 */
export async function findNativeBinary(folder = BUILT_FOLDER): Promise<FoundBinary> {
  const platform = thisPlatform();
  if (platform === undefined)
    return none(true, `there is no native prover for ${process.platform} on ${process.arch}`);
  const built = join(folder, binaryName(platform));
  if (existsSync(built)) {
    const [digest, noted, pins] = [await hashOf(built), await noteOf(folder), await pinned()];
    if (digest === noted) return { path: built, why: "built here" };
    if (digest === pins[packageName(platform)]) return { path: built, why: "its hash is the pinned one" };
    return none(false, `${built} is not the file that npm run native made: its SHA-256 is ${digest}`);
  }
  const packaged = packagedBinary(packageName(platform), binaryName(platform));
  if (packaged === undefined) return none(true, "no native prover is here");
  const digest = await hashOf(packaged);
  if (digest === (await pinned())[packageName(platform)])
    return { path: packaged, why: "its hash is the pinned one" };
  return none(false, `${packaged} is not of this version: its SHA-256 is ${digest}`);
}

const none = (missing: boolean, why: string): FoundBinary => ({ path: undefined, missing, why });

const hashOf = async (path: string): Promise<string> =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");

const pinned = async (): Promise<Readonly<Record<string, string>>> =>
  pinnedSchema.parse(JSON.parse(await readFile(PINNED_HASHES, "utf8"))).sha256;

/** The hash that the build noted; undefined where there is no note or it is none. */
async function noteOf(folder: string): Promise<string | undefined> {
  try {
    return builtSchema.parse(JSON.parse(await readFile(join(folder, BUILD_RECORD), "utf8"))).sha256;
  } catch {
    return undefined;
  }
}

function packagedBinary(name: string, file: string): string | undefined {
  try {
    const path = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), file);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
