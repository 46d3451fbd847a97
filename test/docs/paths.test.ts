import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";

const below = (folder: string): string[] =>
  readdirSync(join(PACKAGE_ROOT, folder), { recursive: true, encoding: "utf8" }).map(
    (path) => `${folder}/${path.replaceAll("\\", "/")}`,
  );

/** Documents of the project; docs/mutation.md keeps the names of the files that were tried. */
const documents = [
  ...readdirSync(PACKAGE_ROOT),
  ...["docs", "src", "examples", "circuits"].flatMap(below),
].filter((path) => path.endsWith(".md") && path !== "docs/mutation.md");

/** A file of the source that a text names, or a folder; NAME stands for what the reader will add. */
const PATH = /(?<![\w/.])(?:src|test|scripts|circuits|examples|docs)\/[\w./-]*[\w/]/g;

const missing = (path: string, text: string): string[] =>
  [...text.matchAll(PATH)]
    .map(([named]) => named)
    .filter((named) => !named.includes("NAME") && !existsSync(join(PACKAGE_ROOT, named)))
    .map((named) => `${path}: ${named}`);

it("documents name files that are there", () => {
  expect(documents.length).toBeGreaterThan(30);
  expect(documents.flatMap((path) => missing(path, readFileSync(join(PACKAGE_ROOT, path), "utf8")))).toEqual(
    [],
  );
});

it("and a name of nothing is noticed", () => {
  expect(
    missing("x.md", "see src/verifier/checkSums.ts, src/errors.ts, `docs/` and src/models/NAME.ts."),
  ).toEqual(["x.md: src/verifier/checkSums.ts"]);
});
