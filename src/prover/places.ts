import { existsSync } from "node:fs";
import { lstat, readdir, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { MarginproofError } from "../errors.js";
import { naming } from "../files/systemError.js";
import { instanceFiles } from "../keys/instanceFiles.js";
import { keyListPath } from "../keys/keyFolder.js";
import { BUNDLE_FILE_NAMES } from "../verifier/bundleTexts.js";
import { isPrivateFolder } from "./store/folderStore.js";

/** Where a run reads and writes. */
export interface Places {
  readonly out: string;
  readonly privateDir: string;
  readonly keysDir: string;
}

/**
 * Refuses places that stand in each other's way, before anything is made: what is published, what is secret and the keys
 * are three folders, none of them in another.
 * @returns `out` by its real path
 * @throws MarginproofError PLACE_IS_LINK, PLACES_NESTED
 */
export async function checkPlaces({ out, privateDir, keysDir }: Places): Promise<string> {
  await refuseLink(out);
  await refuseLink(privateDir);
  const bundle = { what: "--out", path: await realPlace(out) };
  const secret = { what: "--private", path: await realPlace(privateDir) };
  const keys = { what: "--keys", path: await realPlace(keysDir) };
  for (const [one, other] of [
    [bundle, secret],
    [secret, bundle],
    [bundle, keys],
    [keys, bundle],
    [secret, keys],
    [keys, secret],
  ] as const) {
    if (isWithin(one.path, other.path)) {
      throw nested(`${one.what} ${one.path} is in ${other.what} ${other.path}`);
    }
  }
  for (const { what, path } of [bundle, secret]) await refuseWithin(what, path);
  return bundle.path;
}

/**
 * Refuses a place for a new file or folder within a bundle, a private folder or a keys folder.
 * @throws MarginproofError PLACES_NESTED
 */
export async function refuseWithin(what: string, path: string): Promise<void> {
  const place = await realPlace(path);
  for (let folder = dirname(place); ; folder = dirname(folder)) {
    const kind = await kindOf(folder);
    if (kind !== undefined) throw nested(`${what} ${place} is in the ${kind} ${folder}`);
    if (folder === dirname(folder)) return;
  }
}

async function kindOf(folder: string): Promise<string | undefined> {
  const has = (...names: string[]): boolean => existsSync(join(folder, ...names));
  if (has(BUNDLE_FILE_NAMES.statement) && has(BUNDLE_FILE_NAMES.steps)) return "bundle";
  const zkey = basename(instanceFiles(folder, "").zkey);
  const names = has(basename(keyListPath(folder))) ? await readdir(folder).catch((): string[] => []) : [];
  if (has(zkey) || names.some((name) => has(name, zkey))) return "keys folder";
  return (await isPrivateFolder(folder)) ? "private folder" : undefined;
}

const nested = (problem: string): MarginproofError =>
  new MarginproofError("PLACES_NESTED", problem, {
    kind: "usage",
    hint: "Bundles, private folder and keys are folders of their own, side by side: choose another place. Nothing was made.",
  });

/** @throws MarginproofError PLACE_IS_LINK, also for a link that leads nowhere */
async function refuseLink(path: string): Promise<void> {
  const found = await entryAt(path);
  if (found?.isSymbolicLink() !== true) return;
  throw new MarginproofError("PLACE_IS_LINK", `${path} is a link`, {
    kind: "usage",
    hint: "Name the place itself: a link could lead elsewhere tomorrow.",
  });
}

/** What stands under this very name, links not followed. @throws MarginproofError FILE_REFUSED */
export function entryAt(path: string) {
  return naming(path, () =>
    lstat(resolve(path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    }),
  );
}

/** A path free of links, as far as it exists. */
async function realPlace(path: string): Promise<string> {
  const missing: string[] = [];
  for (let at = resolve(path); ; at = dirname(at)) {
    const real = await realpath(at).catch(() => undefined);
    if (real !== undefined) return join(real, ...missing);
    if (at === dirname(at)) return resolve(path);
    missing.unshift(basename(at));
  }
}

/** Whether a path is a folder or in it. Where names differ by letter case alone, they are taken for one on every system. */
function isWithin(path: string, folder: string): boolean {
  const [one, other] = [path, folder].map((name) => name.normalize("NFC").toLowerCase());
  return one === other || one!.startsWith(other!.endsWith(sep) ? other! : other! + sep);
}
