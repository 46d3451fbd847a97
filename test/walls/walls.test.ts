import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ROOMS } from "../../scripts/rooms.js";
import { importsOf, sourceFiles, wallsBroken } from "../../scripts/walls.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";

const rooms = Object.entries(ROOMS);
const folders = rooms.filter(([name]) => name !== "errors" && name !== "index");

describe("the rooms", () => {
  it("are the folders of src", () => {
    const found = readdirSync(join(PACKAGE_ROOT, "src"), { withFileTypes: true });
    expect(found.filter((entry) => entry.isDirectory()).map(({ name }) => name)).toEqual(
      folders.map(([name]) => name).sort(),
    );
  });

  it("import only rooms that stand before them, and where a browser runs them, only such", () => {
    const names = rooms.map(([name]) => name);
    for (const [name, room] of rooms) {
      for (const below of room.rooms) {
        expect(names.indexOf(below), `${name} -> ${below}`).toBeLessThan(names.indexOf(name));
        expect(names, `${name} -> ${below}`).toContain(below);
        if (room.browser) expect(ROOMS[below]!.browser, `${name} -> ${below}`).toBe(true);
      }
    }
  });

  it.each(folders)("%s says in its README what it may import", (name, room) => {
    const list = (names: readonly string[]): string =>
      names.map((each) => `\`${each}\``).join(", ") || "none";
    const text = readFileSync(join(PACKAGE_ROOT, "src", name, "README.md"), "utf8");
    expect(text).toMatch(new RegExp(`^# ${name}\n\n\\S.{20,}\\.\n`));
    expect(text.trimEnd().split("\n").at(-1)).toBe(
      `Runs in: ${room.browser ? "browsers and Node" : "Node"}. ` +
        `May import rooms: ${list(room.rooms)}. Packages: ${list(room.packages)}.`,
    );
  });

  it("that a browser runs are those checked without Node's types", () => {
    const { include } = JSON.parse(readFileSync(join(PACKAGE_ROOT, "tsconfig.browser.json"), "utf8")) as {
      include: string[];
    };
    const browser = rooms.filter(([, room]) => room.browser).map(([name]) => name);
    expect(include.map((path) => path.replace(/^src\/|\.ts$/g, "")).sort()).toEqual(browser.sort());
  });
});

describe("a wall", () => {
  it("stands in the code as it is", () => {
    const files = sourceFiles();
    expect(files.length).toBeGreaterThan(200);
    const read = (path: string): string => readFileSync(join(PACKAGE_ROOT, "src", path), "utf8");
    expect(files.flatMap((path) => wallsBroken(path, read(path)))).toEqual([]);
    const seen = new Set(files.flatMap((path) => importsOf(read(path))));
    for (const name of [
      "../errors.js",
      "node:fs/promises",
      "vega",
      "circom2/cli.js",
      "wasmcurves/build/bn128_wasm.js",
    ])
      expect(seen).toContain(name);
  });

  it.each([
    [
      "a higher room",
      "field/x.ts",
      'import { tree } from "../protocol/tree.js";',
      "field may not import protocol",
    ],
    [
      "a type of a higher room",
      "holder/x.ts",
      'import type { A } from "../report/money.js";',
      "holder may not import report",
    ],
    [
      "a type in place",
      "holder/x.ts",
      'type A = import("../report/money.js").A;',
      "holder may not import report",
    ],
    [
      "what a higher room has, handed on",
      "market/a/x.ts",
      'export * from "../../prices/index.js";',
      "market may not import prices",
    ],
    ["for its effect alone", "verifier/x.ts", 'import "../cli/main.js";', "verifier may not import cli"],
    ["late", "report/x.ts", 'await import("../cli/terminal.js");', "report may not import cli"],
    [
      "over several lines",
      "files/x.ts",
      'import {\n  a,\n  b,\n} from "../keys/setup.js";',
      "files may not import keys",
    ],
    [
      "the tests' second calculation",
      "prover/x.ts",
      'import { a } from "../reference/a.js";',
      "prover may not import reference",
    ],
    [
      "outside src",
      "cli/x.ts",
      'import { a } from "../../scripts/a.js";',
      "cli may not import ../scripts/a.js",
    ],
    [
      "Node in a browser's room",
      "verifier/x.ts",
      'import { readFileSync } from "node:fs";',
      "has no node:fs",
    ],
    ["Node without its prefix", "web/x.ts", 'import { join } from "path";', "has no path"],
    [
      "a package of another room",
      "verifier/x.ts",
      'import { groth16 } from "snarkjs";',
      "may not import the package snarkjs",
    ],
    [
      "a package's file",
      "keys/x.ts",
      'createRequire(import.meta.url)("vega/build/vega.js");',
      "package vega",
    ],
    ["in a room of no list", "attic/x.ts", 'import { a } from "../errors.js";', "attic is not a room"],
  ])("refuses an import: %s", (_, path, text, said) => {
    expect(wallsBroken(path, text)).toEqual([expect.stringContaining(said)]);
  });

  it("lets pass what the list allows, and text that is no import", () => {
    expect(wallsBroken("cli/commands/x.ts", 'import { a } from "../../prover/prove.js";')).toEqual([]);
    expect(wallsBroken("cli/commands/x.ts", 'import { b } from "../options.js";')).toEqual([]);
    expect(wallsBroken("keys/x.ts", 'import { a } from "node:fs";\nimport "snarkjs";')).toEqual([]);
    expect(wallsBroken("field/x.ts", 'throw refuse("rows from ", `row.from`);')).toEqual([]);
  });
});

describe("a planted file", () => {
  // Inside build/, so that configurations and packages are found as they are for src.
  mkdirSync(join(PACKAGE_ROOT, "build"), { recursive: true });
  const folder = mkdtempSync(join(PACKAGE_ROOT, "build", "walls-"));
  const circles: string[] = [];
  afterAll(() => {
    for (const each of [folder, ...circles]) rmSync(each, { recursive: true, force: true });
  });
  const run = (script: string, args: readonly string[]) =>
    spawnSync(process.execPath, [script, ...args], { cwd: folder, encoding: "utf8" });

  it.each(["Buffer.from([1])", "process.env", 'require("fs")', "setImmediate(() => {})", "__dirname"])(
    "that uses %s does not compile in a room that a browser runs",
    (use) => {
      writeFileSync(join(folder, "planted.ts"), `export const planted: unknown = ${use};\n`);
      const tsc = join(PACKAGE_ROOT, "node_modules", "typescript", "bin", "tsc");
      const config = (parent: string): string => {
        const path = join(folder, `${parent}.planted.json`);
        writeFileSync(
          path,
          JSON.stringify({
            extends: join(PACKAGE_ROOT, parent),
            compilerOptions: { noEmit: true, rootDir: "." },
            include: ["planted.ts"],
          }),
        );
        return path;
      };
      const withNode = run(tsc, ["-p", config("tsconfig.json")]);
      expect(withNode.stdout).toBe("");
      const refused = run(tsc, ["-p", config("tsconfig.browser.json")]);
      expect(refused.status).not.toBe(0);
      expect(refused.stdout).toMatch(/planted\.ts\(1,\d+\): error TS\d+: Cannot find name/);
    },
  );

  it.each(["import", "import type"])("that closes a circle by %s is refused", (kind) => {
    const own = mkdtempSync(join(tmpdir(), "marginproof-circle-"));
    circles.push(own);
    const { linter } = JSON.parse(readFileSync(join(PACKAGE_ROOT, "biome.json"), "utf8")) as object & {
      linter: object;
    };
    writeFileSync(join(own, "biome.json"), JSON.stringify({ linter }));
    const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
    const lint = () =>
      spawnSync(process.execPath, [biome, "lint", "--colors=off", "."], { cwd: own, encoding: "utf8" });
    writeFileSync(
      join(own, "first.ts"),
      `${kind} { Second } from "./second.js";\nexport class First {\n  second?: Second;\n}\n`,
    );
    writeFileSync(join(own, "second.ts"), "export class Second {}\n");
    expect(lint().status).toBe(0);
    writeFileSync(
      join(own, "second.ts"),
      `${kind} { First } from "./first.js";\nexport class Second {\n  first?: First;\n}\n`,
    );
    const refused = lint();
    expect(refused.status).toBe(1);
    expect(refused.stdout + refused.stderr).toContain("noImportCycles");
  });
});
