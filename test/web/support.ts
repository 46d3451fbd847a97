import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { disclose } from "../../src/prover/disclose.js";
import { BUNDLE_FILE_NAMES, type BundleTexts } from "../../src/verifier/bundleTexts.js";
import { type TinyEpochName, tinyEpochPaths } from "../support/tinyBundle.js";

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "marginproof-web-"));

/** The texts of a tiny epoch's files, as the exchange published them. */
export function tinyTexts(name: TinyEpochName = "covered"): BundleTexts {
  const read = (file: string): string => readFileSync(join(tinyEpochPaths(name).bundle, file), "utf8");
  return {
    statement: read(BUNDLE_FILE_NAMES.statement),
    market: read(BUNDLE_FILE_NAMES.market),
    ...(name === "signed" ? { evidence: read(BUNDLE_FILE_NAMES.evidence) } : {}),
    steps: read(BUNDLE_FILE_NAMES.steps),
    verifyingKeys: read(BUNDLE_FILE_NAMES.verifyingKeys),
  };
}

export const tinyOpening = (account: string, name: TinyEpochName = "covered") =>
  disclose(tinyEpochPaths(name).privateDir, account);

/** Chromium as Debian installs it, or where CHROMIUM says. */
export const CHROMIUM = process.env.CHROMIUM || "/usr/bin/chromium";
/** One that was asked for by name must be there; without one the browser tests are skipped. */
export const CHROMIUM_FOUND = Boolean(process.env.CHROMIUM) || existsSync(CHROMIUM);
export const CHROMIUM_ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const TYPES: Readonly<Record<string, string>> = { html: "text/html", css: "text/css", js: "text/javascript" };

/** Serves one folder's files on this machine alone, and those of other folders by the prefix of their paths. */
export async function serve(
  folder: string,
  others: Readonly<Record<string, string>> = {},
): Promise<{ server: Server; origin: string }> {
  const server = createServer(({ url = "/" }, response) => {
    const [prefix, other] = Object.entries(others).find(([own]) => url.startsWith(`/${own}`)) ?? ["", folder];
    const name = url === "/" ? "index.html" : url.slice(1 + prefix.length);
    const path = join(other, name);
    if (!/^[a-z-]+\.[a-z]+$/.test(name) || !existsSync(path)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": TYPES[name.split(".")[1]!] ?? "text/plain" });
    response.end(readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
