import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { costRows } from "./contracts/epochCost.js";

/** What an epoch of a million accounts costs on chain, as docs/performance.md has it: `npm run contracts:cost`. */
const gas = readFileSync(join(PACKAGE_ROOT, "test", "contracts", "gas.json"), "utf8");
for (const row of costRows(JSON.parse(gas) as Record<string, number>)) console.log(row);
