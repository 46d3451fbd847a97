import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";

/**
 * Runs the tests on another version of Node, which npm's package `node` installs into npm's cache:
 *
 *     npm run test:node -- 22                  # all tests
 *     npm run test:node -- 24 test/web         # what vitest is given
 *     npm run test:node -- 24 --smoke          # verifies the demo's bundle, as `npm run demo` left it
 */
const [version, ...rest] = process.argv.slice(2);
if (version === undefined || !/^\d+(\.\d+){0,2}$/.test(version)) {
  console.error("usage: npm run test:node -- VERSION [--smoke, or vitest's arguments]");
  process.exit(2);
}
const run = (args: readonly string[]): void => {
  const { status, error } = spawnSync(
    "npm",
    ["exec", "--yes", `--package=node@${version}`, "--", "node", ...args],
    { cwd: PACKAGE_ROOT, stdio: "inherit" },
  );
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
};
run(["--version"]);
if (rest[0] === "--smoke") {
  const main = join(PACKAGE_ROOT, "build", "dist", "cli", "main.js");
  const at = (...path: string[]): string => join(PACKAGE_ROOT, "build", ...path);
  run([main, "verify", at("demo", "bundle"), "--keys", at("keys", "keys.json"), "--allow-dev-keys"]);
} else {
  run([join(PACKAGE_ROOT, "node_modules", "vitest", "vitest.mjs"), "run", ...rest]);
}
