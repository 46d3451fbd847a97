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

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await verifierFiles()).join("\n"));
