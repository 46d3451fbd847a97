import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { parseAst } from "rolldown/parseAst";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { instrument, type Mutant } from "./mutate.js";
import { type Node, nodeAt, nodesAt } from "./syntax.js";

/** A test file with everything of this package that it imports, mutants included, as one function to call. */
export interface TestBundle {
  /** Path in the package. */
  readonly test: string;
  /** An async function of `importModule`: runs the file's top level, which registers its tests. */
  readonly code: string;
  /** Of the code without mutants: the same digest, the same test over the same program. */
  readonly digest: string;
  /** Source files in it, as paths in the package. */
  readonly inputs: readonly string[];
}

export interface MutatedFile {
  readonly mutants: readonly Mutant[];
  readonly ids: readonly number[];
}

const TYPESCRIPT = /\.ts$/;

/** Puts the mutants into the files that have some, and into every file where it really stands. */
function mutating(files: ReadonlyMap<string, MutatedFile>): Plugin {
  return {
    name: "mutants",
    setup({ onLoad }) {
      onLoad({ filter: TYPESCRIPT }, ({ path }) => {
        const source = readFileSync(path, "utf8");
        const file = files.get(relative(PACKAGE_ROOT, path));
        const text = file === undefined ? source : instrument(source, file.mutants, file.ids);
        const located = text
          .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
          .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)));
        return { contents: located, loader: "ts" };
      });
    },
  };
}

/** Bundles one test file. Packages stay outside, so that all runs share them. */
export async function bundleTest(test: string, files: ReadonlyMap<string, MutatedFile>): Promise<TestBundle> {
  const result = await build({
    entryPoints: [join(PACKAGE_ROOT, test)],
    absWorkingDir: PACKAGE_ROOT,
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    target: "es2022",
    packages: "external",
    logLevel: "silent",
    plugins: [mutating(files)],
  });
  const inputs = Object.keys(result.metafile.inputs).sort();
  const hash = createHash("sha256");
  for (const input of inputs)
    hash
      .update(`${input}\0`)
      .update(readFileSync(join(PACKAGE_ROOT, input)))
      .update("\0");
  return { test, code: asFunction(result.outputFiles[0]!.text), digest: hash.digest("hex"), inputs };
}

/** The module as an async function: run again and again, it starts anew each time, and leaves nothing behind. */
function asFunction(module: string): string {
  const program = parseAst(module, { sourceType: "module" }) as unknown as Node;
  let out = "";
  let at = 0;
  for (const node of nodesAt(program, "body")) {
    if (node.type !== "ImportDeclaration" && node.type !== "ExportNamedDeclaration") continue;
    if (node.type === "ExportNamedDeclaration" && nodeAt(node, "declaration") !== undefined)
      throw new Error("a bundle exports a declaration");
    out += module.slice(at, node.start);
    if (node.type === "ImportDeclaration") out += imports(node);
    at = node.end;
  }
  return `(async (importModule) => {\n${out}${module.slice(at)}\n})`;
}

function imports(node: Node): string {
  const specifiers = nodesAt(node, "specifiers");
  const module = `await importModule(${JSON.stringify(nodeAt(node, "source")!.value)})`;
  const local = (each: Node): string => String(nodeAt(each, "local")!.name);
  const all = specifiers.find(({ type }) => type === "ImportNamespaceSpecifier");
  const named = specifiers
    .filter((each) => each !== all)
    .map((each) =>
      each.type === "ImportDefaultSpecifier"
        ? `default: ${local(each)}`
        : `${JSON.stringify(nodeAt(each, "imported")!.name)}: ${local(each)}`,
    );
  return [
    ...(all === undefined ? [] : [`const ${local(all)} = ${module};`]),
    ...(named.length === 0 ? [] : [`const { ${named.join(", ")} } = ${module};`]),
    ...(specifiers.length === 0 ? [`${module};`] : []),
  ].join(" ");
}
