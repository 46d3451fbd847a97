import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { ROOMS } from "./rooms.js";

/**
 * Checks that no file of src/ imports what its room may not (scripts/rooms.ts): a type no less than a value. Circles
 * between files are Biome's to find (noImportCycles), Node's globals in browser rooms tsconfig.browser.json's.
 */

/** `from "x"`, `import "x"`, `import("x")`, `resolve("x")`, `createRequire(...)("x")`. */
const IMPORT = /(?:\bfrom\s+|\bimport\s+|\bimport\s*\(\s*|\bresolve\(|\burl\)\()"([^"\n]+)"/g;
/** What an import can name; strings of rules and help texts can't. */
const SPECIFIER = /^[@\w.][\w@./:-]*$/;

/** A line of a doc comment: its examples import what their readers would. */
const COMMENT = /^\s*\* .*$/gm;

/** The modules that a source text imports, as it names them. */
export function importsOf(text: string): string[] {
  return [...text.replace(COMMENT, "").matchAll(IMPORT)]
    .map(([, name]) => name!)
    .filter((name) => SPECIFIER.test(name));
}

/** The room of a file below src/: its folder, or the file itself. What errors say to do next belongs to them. */
function roomOf(path: string): string {
  const [first, inside] = path.split("/");
  const file = first!.replace(/\.[jt]s$/, "").replace(/^nextSteps$/, "errors");
  return inside === undefined ? file : first!;
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** What is wrong with one import, or undefined. */
function fault(path: string, specifier: string): string | undefined {
  const from = roomOf(path);
  const room = ROOMS[from];
  if (room === undefined) return `${from} is not a room of scripts/rooms.ts`;
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(path), specifier);
    const to = target.startsWith("../") ? target : roomOf(target);
    return to === from || room.rooms.includes(to) ? undefined : `${from} may not import ${to}`;
  }
  if (specifier.startsWith("node:") || builtinModules.includes(specifier)) {
    return room.browser ? `a browser runs ${from}, and has no ${specifier}` : undefined;
  }
  const name = packageOf(specifier);
  return room.packages.includes(name) ? undefined : `${from} may not import the package ${name}`;
}

/** Every import of a file that its room may not make, a line each. `path` is below src/, with `/`. */
export function wallsBroken(path: string, text: string): string[] {
  return importsOf(text).flatMap((specifier) => {
    const wrong = fault(path, specifier);
    return wrong === undefined ? [] : [`src/${path} imports ${specifier}: ${wrong}`];
  });
}

/** The TypeScript files below src/. */
export function sourceFiles(): string[] {
  return readdirSync(join(PACKAGE_ROOT, "src"), { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))
    .sort();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = sourceFiles();
  const broken = files.flatMap((path) =>
    wallsBroken(path, readFileSync(join(PACKAGE_ROOT, "src", path), "utf8")),
  );
  for (const line of broken) console.error(line);
  console.log(
    `walls: ${files.length} files in ${Object.keys(ROOMS).length} rooms, ${broken.length} imports refused`,
  );
  process.exitCode = broken.length === 0 ? 0 : 1;
}
