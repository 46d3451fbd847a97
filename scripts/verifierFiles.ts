import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { intruders } from "./buildWeb.js";

/**
 * The files of this repository that `marginproof/verifier` and its worker consist of: the part that could stand under another
 * licence (docs/library.md). Fails when anything is among them that must not be bundled.
 */
export async function verifierFiles(): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: PACKAGE_ROOT,
    entryPoints: ["src/embed/index.ts", "src/embed/worker.ts"],
    outdir: "build",
    // The entry has imports for their order alone.
    logOverride: { "ignored-bare-import": "silent" },
    ...{ bundle: true, write: false, metafile: true, format: "esm", platform: "browser", target: "es2022" },
  });
  const wrong = intruders(metafile);
  if (wrong.length > 0) throw new Error(`must not be in the verifier:\n  ${wrong.join("\n  ")}`);
  return Object.keys(metafile.inputs)
    .filter((path) => path.startsWith("src/"))
    .sort();
}

/** The text of a `LICENSE-MIT` for these files and what the build makes of them. Whether it is ever given is their authors' decision. */
export const mitLicence = (files: readonly string[]): string => `MIT License

Copyright (c) 2026 the authors of marginproof

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files
(the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge,
publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do
so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE
FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

The Software is the files below, and what is compiled of them under build/dist. All other files of marginproof are under the
licence in LICENSE.

${files.join("\n")}
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = await verifierFiles();
  console.log(process.argv[2] === "--mit" ? mitLicence(files).trimEnd() : files.join("\n"));
}
