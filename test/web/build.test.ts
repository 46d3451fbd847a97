import { readdirSync, readFileSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ALLOWED_PACKAGES, buildWeb, intruders, packageOf, type WebBuild } from "../../scripts/buildWeb.js";
import { temporaryFolder } from "./support.js";

const PROGRAMS = ["library", "worker", "page"] as const;
const folder = temporaryFolder();
let web: WebBuild;

beforeAll(async () => {
  web = await buildWeb(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the browser build", () => {
  it("consists of a page that needs no other file, and a library", () => {
    expect(readdirSync(web.page).sort()).toEqual([
      "charts.css",
      "index.html",
      "page.js",
      "style.css",
      "third-party-licences.txt",
    ]);
    expect(readdirSync(web.library).sort()).toEqual(["marginproof.js", "third-party-licences.txt"]);
  });

  it.each(PROGRAMS)("puts no Node built-in and only allowed packages into the %s", (program) => {
    const { inputs, outputs } = web.metafiles[program];
    const imported = Object.values(inputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    expect(imported.filter((path) => path.startsWith("node:") || builtinModules.includes(path))).toEqual([]);
    expect(Object.values(outputs).flatMap(({ imports }) => imports)).toEqual([]);
    const packages = new Set(Object.keys(inputs).map(packageOf));
    packages.delete(undefined);
    expect([...packages].filter((name) => !ALLOWED_PACKAGES.includes(name!))).toEqual([]);
    expect(packages.size).toBe(program === "page" ? 0 : ALLOWED_PACKAGES.length);
    expect(intruders(web.metafiles[program])).toEqual([]);
  });

  it.each([
    ["node_modules/snarkjs/main.js", "node_modules/snarkjs/main.js"],
    ["../elsewhere/node_modules/ffjavascript/index.js", "../elsewhere/node_modules/ffjavascript/index.js"],
    ["node_modules/zod/node_modules/circomlib/index.js", "node_modules/zod/node_modules/circomlib/index.js"],
    ["src/files/files.ts", "src/files/files.ts"],
    ["src/cli/terminal.ts", "src/cli/terminal.ts"],
  ])("refuses %s", (input, named) => {
    const metafile: Metafile = { inputs: { [input]: { bytes: 1, imports: [] } }, outputs: {} };
    expect(intruders(metafile)).toEqual([named]);
  });

  it("refuses a Node built-in that a room imports", () => {
    const imports = [{ path: "node:fs", kind: "import-statement" as const, external: true }];
    const metafile: Metafile = { inputs: { "src/web/index.ts": { bytes: 1, imports } }, outputs: {} };
    expect(intruders(metafile)).toEqual(["node:fs (imported by src/web/index.ts)"]);
  });

  it("stays small", () => {
    expect(readFileSync(join(web.page, "page.js")).length).toBeLessThan(345_000);
    expect(readFileSync(join(web.library, "marginproof.js")).length).toBeLessThan(305_000);
  });

  it("needs no WebAssembly, the page no less than the library", () => {
    for (const path of [join(web.page, "page.js"), join(web.library, "marginproof.js")])
      expect(readFileSync(path, "utf8")).not.toContain("WebAssembly");
    const inputs = PROGRAMS.flatMap((program) => Object.keys(web.metafiles[program].inputs));
    expect(inputs.filter((input) => /src\/wasm\/|[wW]asm/.test(input))).toEqual([]);
    expect(inputs).toContain("src/field/poseidon/poseidon.ts");
  });

  it("has no means of evaluating text or opening a connection", () => {
    const script = readFileSync(join(web.page, "page.js"), "utf8");
    expect(script).not.toMatch(
      /\b(fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts)\s*\(/,
    );
    expect(script).not.toMatch(/\b(localStorage|sessionStorage|indexedDB)\b/);
    expect(script).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write/);
  });

  it("brings a policy that lets nothing in or out, and no inline script or style", () => {
    const html = readFileSync(join(web.page, "index.html"), "utf8");
    const policy = /Content-Security-Policy"\s+content="([^"]+)"/.exec(html)?.[1]?.split("; ");
    expect(policy).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src data:",
      "worker-src blob:",
      "connect-src 'none'",
      "form-action 'none'",
      "base-uri 'none'",
    ]);
    expect(html.indexOf("Content-Security-Policy")).toBeLessThan(html.indexOf("<script"));
    expect(html).not.toMatch(/<style|style=|\son[a-z]+=|<script(?![^>]* src=)|https?:/);
  });

  it("passes on the licence of every bundled package", () => {
    const text = readFileSync(join(web.page, "third-party-licences.txt"), "utf8");
    for (const name of ALLOWED_PACKAGES) expect(text).toMatch(new RegExp(`^${name} \\d`, "m"));
  });
});
