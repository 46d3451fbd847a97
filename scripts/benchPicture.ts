import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse, View } from "vega";
import { PUBLIC_FILE, writeWhole } from "../src/files/files.js";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { backendPicture } from "./bench/backendPicture.js";
import type { BackendReport } from "./bench/backendReport.js";

/**
 * Draws what `npm run bench:backends` measured: accounts a second against steps, engines and cores.
 *
 *   npm run bench:picture -- [--report build/bench/backends-p16.json] [--out docs/backends.svg]
 */
const { values } = parseArgs({
  options: {
    report: { type: "string", default: join(PACKAGE_ROOT, "build", "bench", "backends-p16.json") },
    out: { type: "string", default: join(PACKAGE_ROOT, "docs", "backends.svg") },
  },
});
const report = JSON.parse(await readFile(values.report, "utf8")) as BackendReport;
const view = new View(parse(backendPicture(report)), { renderer: "none" });
await writeWhole(values.out, `${await view.toSVG()}\n`, PUBLIC_FILE);
view.finalize();
console.log(`wrote ${values.out}`);
