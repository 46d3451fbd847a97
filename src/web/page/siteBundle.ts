import { BUNDLE_FILE_NAMES, BUNDLE_PARTS, type BundlePart } from "../../verifier/bundleTexts.js";
import type { NamedFile } from "./bundlePicker.js";

/**
 * Where the site publishes the epoch's bundle, beside or below the page: "" when the page was built to be opened anywhere,
 * and then nothing of this file is in it, nor may the page open a connection (scripts/buildWeb.ts).
 */
declare const BUNDLE_URL: string;

export const SITE_HAS_BUNDLE = BUNDLE_URL !== "";

/**
 * Files of the bundle from the page's own origin: by default all, with the price evidence where the market file names some.
 * @throws Error when one can't be fetched
 */
export const fetchBundle: (
  signal: AbortSignal,
  parts?: readonly BundlePart[],
) => Promise<readonly NamedFile[]> = BUNDLE_URL === "" ? async () => [] : fetchParts;

async function fetchParts(signal: AbortSignal, parts?: readonly BundlePart[]): Promise<NamedFile[]> {
  const chosen = parts ?? BUNDLE_PARTS.filter((part) => part !== "evidence");
  const files = await Promise.all(chosen.map((part) => fetchPart(part, signal)));
  const market = files.find(({ name }) => name === BUNDLE_FILE_NAMES.market);
  const signed = parts === undefined && /"priceEvidence"\s*:/.test((await market?.file.text()) ?? "");
  return signed ? [...files, await fetchPart("evidence", signal)] : files;
}

async function fetchPart(part: BundlePart, signal: AbortSignal): Promise<NamedFile> {
  const name = BUNDLE_FILE_NAMES[part];
  const response = await fetch(new URL(name, new URL(BUNDLE_URL, document.baseURI)), { signal });
  if (!response.ok) throw new Error(`${name}: the site answers ${response.status} ${response.statusText}`);
  return { name, file: new File([await response.blob()], name) };
}
