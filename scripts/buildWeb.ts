import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build, type Metafile } from "esbuild";
import { packageKeys } from "../src/cli/trustedKeys.js";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";

/**
 * Builds the verifier for browsers: the account holder's page into build/web, the library into build/web-library.
 * Fails when anything but the verifier's own rooms and a few packages gets into either.
 *
 *   npm run web -- [--bundle URL OF THE PUBLISHED BUNDLE, RELATIVE TO THE PAGE]
 */
export interface WebBuild {
  readonly page: string;
  readonly library: string;
  /** What went into each output, for the library, the worker and the page. */
  readonly metafiles: Readonly<Record<"library" | "worker" | "page", Metafile>>;
}

/** Packages that may be bundled: small, without dependencies, and under a licence that lets anybody embed them. */
export const ALLOWED_PACKAGES: readonly string[] = ["@noble/curves", "@noble/hashes"];
/** The page's charts: classes for tables, no program. */
const CHARTS = "charts.css";
/** The rooms of src/ that may be bundled: pure functions, and the words for what they find. */
export const ALLOWED_ROOMS =
  /^src\/((errors|nextSteps)\.ts|(web|embed|schema|attest|holder|report|verifier|protocol|prices|signing|market|decimal|field)\/)/;
/** How esbuild calls what this script itself puts in. */
const DEFINED = /^<define:(DEVELOPMENT_KEYS|WORKER_SOURCE|BUNDLE_URL)>$/;

/** The name of the package that a bundled file belongs to. */
export function packageOf(input: string): string | undefined {
  const [, inside] = /.*(?:^|\/)node_modules\/(.+)$/.exec(input) ?? [];
  const [first, second] = inside?.split("/") ?? [];
  return first?.startsWith("@") ? `${first}/${second}` : first;
}

/** Everything in a bundle that should not be there. */
export function intruders({ inputs, outputs }: Metafile): string[] {
  const found = Object.entries(inputs).flatMap(([input, { imports }]) => {
    const owner = packageOf(input);
    const own = ALLOWED_ROOMS.test(input) || DEFINED.test(input);
    const allowed = owner === undefined ? own : ALLOWED_PACKAGES.includes(owner);
    const outside = imports.filter(
      ({ path, external }) => !DEFINED.test(path) && (external === true || isBuiltin(path)),
    );
    return [...(allowed ? [] : [input]), ...outside.map(({ path }) => `${path} (imported by ${input})`)];
  });
  const left = Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  return [...new Set([...found, ...left])];
}

/**
 * @param bundleUrl where the site that serves the page publishes the epoch's bundle, relative to the page: then the page
 *   may fetch from its own origin; else it opens no connection
 */
export async function buildWeb(folder = join(PACKAGE_ROOT, "build"), bundleUrl = ""): Promise<WebBuild> {
  const page = join(folder, "web");
  const library = join(folder, "web-library");
  for (const out of [page, library]) {
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out, { recursive: true });
  }
  const source = (name: string): string => join(PACKAGE_ROOT, "src", "web", name);
  const index = await bundle(source("index.ts"), { format: "esm" });
  writeFileSync(join(library, "marginproof.js"), index.code);
  const worker = await bundle(source("page/worker.ts"), {
    define: { DEVELOPMENT_KEYS: JSON.stringify(packageKeys()) },
  });
  // Inside the page and not beside it: see page.ts.
  const script = await bundle(source("page/page.ts"), {
    define: { WORKER_SOURCE: JSON.stringify(worker.code), BUNDLE_URL: JSON.stringify(bundleUrl) },
  });
  writeFileSync(join(page, "page.js"), script.code);
  cpSync(source("page/style.css"), join(page, "style.css"));
  cpSync(fileURLToPath(import.meta.resolve("charts.css/dist/charts.min.css")), join(page, "charts.css"));
  const html = readFileSync(source("page/index.html"), "utf8");
  const own = bundleUrl === "" ? html : SITE.reduce(replaced, html);
  writeFileSync(join(page, "index.html"), own);
  const licences = licenceTexts([index.metafile, worker.metafile, script.metafile]);
  for (const out of [page, library]) writeFileSync(join(out, "third-party-licences.txt"), licences);
  return {
    page,
    library,
    metafiles: { library: index.metafile, worker: worker.metafile, page: script.metafile },
  };
}

/** What a page says and may do that is served beside a bundle. */
const SITE: readonly (readonly [string, string])[] = [
  ["connect-src 'none'", "connect-src 'self'"],
  [
    "forbids it to open a connection",
    "lets it fetch from this site what is published here, and nothing from elsewhere",
  ],
];

function replaced(html: string, [text, other]: readonly [string, string]): string {
  if (!html.includes(text)) throw new Error(`index.html no longer says: ${text}`);
  return html.replace(text, other);
}

async function bundle(
  entry: string,
  options: Pick<BuildOptions, "format" | "define">,
): Promise<{ code: string; metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: PACKAGE_ROOT,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    platform: "browser",
    format: "iife",
    target: ["es2022"],
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    // Imports for their order, or for next steps that the worker tells by name.
    logOverride: { "ignored-bare-import": "silent" },
    ...options,
  });
  const wrong = intruders(metafile);
  if (wrong.length > 0) throw new Error(`must not be in a browser bundle:\n  ${wrong.join("\n  ")}`);
  return { code: outputFiles![0]!.text, metafile };
}

/** The licences of the bundled packages, which ask to be passed on with every copy. */
function licenceTexts(metafiles: readonly Metafile[]): string {
  const packages = new Set([
    CHARTS,
    ...metafiles.flatMap(({ inputs }) => Object.keys(inputs).map(packageOf)),
  ]);
  const texts = [...packages].sort().flatMap((name) => {
    if (name === undefined) return [];
    const home = join(PACKAGE_ROOT, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as {
      version: string;
      license: string;
    };
    if (license !== "MIT") throw new Error(`${name} is under ${license}: decide whether it may be bundled`);
    const file = ["LICENSE", "LICENSE.md"].map((each) => join(home, each)).find(existsSync);
    if (file === undefined) throw new Error(`${name} has no licence text`);
    return [`${name} ${version}\n\n${readFileSync(file, "utf8").trim()}\n`];
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { bundle: { type: "string", default: "" } } });
  const { page, library } = await buildWeb(undefined, values.bundle);
  for (const folder of [page, library]) {
    console.log(folder);
    for (const name of readdirSync(folder).sort()) {
      const bytes = readFileSync(join(folder, name));
      const size = (count: number): string => `${(count / 1000).toFixed(1)} kB`.padStart(9);
      const digest = createHash("sha256").update(bytes).digest("hex");
      console.log(
        `  ${name.padEnd(24)} ${size(bytes.length)} ${size(gzipSync(bytes).length)} gzip  ${digest}`,
      );
    }
  }
}
