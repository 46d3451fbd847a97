import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";

/**
 * docs/hints.md is the reviewed list of every value that a prover chooses freely (`<--`): a new one must be argued there,
 * and attacked, before this passes.
 */
interface Hint {
  readonly file: string;
  readonly template: string;
  readonly hint: string;
}

const CIRCUITS = join(PACKAGE_ROOT, "circuits");
const CIRCOMLIB = join(PACKAGE_ROOT, "node_modules", "circomlib", "circuits");

const withoutComments = (source: string): string =>
  source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");

/** Every template of a source, with its body. */
function templates(source: string): { name: string; body: string }[] {
  const parts = withoutComments(source)
    .split(/\btemplate\s+(?:custom\s+|parallel\s+)*/)
    .slice(1);
  return parts.map((part) => ({ name: /^\w+/.exec(part)![0], body: part }));
}

function hintsIn(file: string, source: string): Hint[] {
  return templates(source).flatMap(({ name, body }) => [
    ...[...body.matchAll(/([\w.[\]]+)\s*<--/g)].map(([, hint]) => ({ file, template: name, hint: hint! })),
    ...[...body.matchAll(/-->\s*([\w.[\]]+)/g)].map(([, hint]) => ({ file, template: name, hint: hint! })),
  ]);
}

function ownSources(): { file: string; source: string }[] {
  const files = ["", "lib"].flatMap((folder) =>
    readdirSync(join(CIRCUITS, folder))
      .filter((name) => name.endsWith(".circom"))
      .map((name) => join(folder, name)),
  );
  return files.sort().map((file) => ({ file, source: readFileSync(join(CIRCUITS, file), "utf8") }));
}

/** The table of docs/hints.md. */
function reviewed(): (Hint & { tests: string })[] {
  const lines = readFileSync(join(PACKAGE_ROOT, "docs", "hints.md"), "utf8").split("\n");
  const cells = lines
    .filter((line) => /^\| \S+\.circom|^\| circomlib /.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  return cells.map(([, file, template, hint, , , tests]) => ({
    file: file!,
    template: template!,
    hint: hint!.replaceAll("`", ""),
    tests: tests!,
  }));
}

const name = ({ file, template, hint }: Hint): string => `${file} ${template} ${hint}`;

test("every hint of our circuits is reviewed in docs/hints.md, and nothing else is listed", () => {
  const found = ownSources().flatMap(({ file, source }) => hintsIn(file, source));
  const listed = reviewed().filter(({ file }) => !file.startsWith("circomlib"));
  expect(found.map(name).sort()).toEqual(listed.map(name).sort());
});

test("the circomlib templates we use have the one hint that is listed", () => {
  const own = ownSources();
  const included = new Set(
    own.flatMap(({ source }) => [...source.matchAll(/include "(\w+\.circom)"/g)].map(([, file]) => file!)),
  );
  const fromLibrary = [...included].filter((file) => !own.some((each) => each.file === join("lib", file)));
  expect(fromLibrary.sort()).toEqual(["bitify.circom", "poseidon.circom"]);
  const library = (file: string) => readFileSync(join(CIRCOMLIB, file), "utf8");
  expect(hintsIn("poseidon.circom", library("poseidon.circom"))).toEqual([]);
  // Of bitify.circom we instantiate Num2Bits alone.
  const defined = templates(library("bitify.circom")).map((template) => template.name);
  const text = own.map(({ source }) => withoutComments(source)).join("\n");
  expect(defined.filter((template) => new RegExp(`\\b${template}\\(`).test(text))).toEqual(["Num2Bits"]);
  const hints = hintsIn("circomlib bitify.circom", library("bitify.circom")).filter(
    ({ template }) => template === "Num2Bits",
  );
  expect(hints.map(name)).toEqual(
    reviewed()
      .filter(({ file }) => file.startsWith("circomlib"))
      .map(name),
  );
});

test("no circuit switches the compiler's checks off, and every test named in the list exists", () => {
  for (const { source } of ownSources()) {
    expect(withoutComments(source)).not.toMatch(/\bcustom_templates\b|\bunsafe\b|\bextern_c\b/);
  }
  for (const { tests } of reviewed()) {
    for (const [, file, titles] of tests.matchAll(/(\w+\.test\.ts): ([^;]+)/g)) {
      const source = readFileSync(join(import.meta.dirname, file!), "utf8");
      for (const title of titles!.split(", "))
        expect(source).toMatch(new RegExp(`describe\\("${title.trim()}`));
    }
  }
});
