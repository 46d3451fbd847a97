import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";

/**
 * Runs circomspect over the circuits and compares its findings with the reviewed baseline in
 * circuits/circomspect-baseline.json: a finding that was not reviewed fails, and so does one that is gone.
 * With --write, writes the findings found (review each, and keep its reason).
 */
interface Finding {
  readonly rule: string;
  readonly file: string;
  /** The source line it points at, so that a moved line is not a new finding. */
  readonly line: string;
  readonly message: string;
  readonly reason: string;
}

const require = createRequire(import.meta.url);
const baselinePath = join(PACKAGE_ROOT, "circuits", "circomspect-baseline.json");
// circomspect resolves includes beside the including file only, so everything is laid out in one place.
const folder = join(PACKAGE_ROOT, "build", "circomspect");
rmSync(folder, { recursive: true, force: true });
mkdirSync(join(folder, "lib"), { recursive: true });
const circomlib = join(dirname(require.resolve("circomlib/package.json")), "circuits");
for (const name of readdirSync(circomlib)) {
  if (name.endsWith(".circom")) cpSync(join(circomlib, name), join(folder, "lib", name));
}
const own: string[] = [];
for (const part of ["", "lib"]) {
  for (const name of readdirSync(join(PACKAGE_ROOT, "circuits", part))) {
    if (!name.endsWith(".circom")) continue;
    cpSync(join(PACKAGE_ROOT, "circuits", part, name), join(folder, part, name));
    own.push(join(part, name));
  }
}

const sarif = join(folder, "findings.sarif");
const run = spawnSync(
  process.execPath,
  [require.resolve("circomspect/cli.js"), ...own.sort(), "--sarif-file", "findings.sarif"],
  { cwd: folder, encoding: "utf8" },
);
if (run.error !== undefined) throw run.error;
interface Sarif {
  readonly runs: readonly {
    readonly results: readonly {
      readonly ruleId: string;
      readonly message: { readonly text: string };
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region: { readonly startLine: number };
        };
      }[];
    }[];
  }[];
}
const results = (JSON.parse(readFileSync(sarif, "utf8")) as Sarif).runs[0]!.results;
const found = results.map((result): Finding => {
  const place = result.locations[0]!.physicalLocation;
  const file = own.find((name) => basename(name) === basename(place.artifactLocation.uri)) ?? "?";
  const line = readFileSync(join(folder, file), "utf8").split("\n")[place.region.startLine - 1] ?? "";
  return { rule: result.ruleId, file, line: line.trim(), message: result.message.text, reason: "" };
});
if (own.length < 10 || found.length === 0)
  throw new Error(`circomspect found nothing at all:\n${run.stdout}${run.stderr}`);

const key = (finding: Finding): string =>
  [finding.rule, finding.file, finding.line, finding.message].join(" | ");
const baseline = JSON.parse(readFileSync(baselinePath, "utf8")) as Finding[];
if (process.argv.includes("--write")) {
  const reasons = new Map(baseline.map((finding) => [key(finding), finding.reason]));
  const next = found.map((finding) => ({ ...finding, reason: reasons.get(key(finding)) ?? "NOT REVIEWED" }));
  writeFileSync(baselinePath, `${JSON.stringify(next, null, 2)}\n`);
}
const reviewed = new Set(
  (JSON.parse(readFileSync(baselinePath, "utf8")) as Finding[])
    .filter(({ reason }) => reason.length > 20)
    .map(key),
);
const news = found.filter((finding) => !reviewed.has(key(finding)));
const gone = [...reviewed].filter((text) => !found.some((finding) => key(finding) === text));
for (const finding of news) console.error(`not reviewed: ${key(finding)}`);
for (const text of gone) console.error(`reviewed, but no longer found: ${text}`);
console.log(
  `circomspect: ${own.length} files, ${found.length} findings, ${news.length} not reviewed, ${gone.length} gone`,
);
process.exitCode = news.length + gone.length === 0 ? 0 : 1;
