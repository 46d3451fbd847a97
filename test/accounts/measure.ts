/**
 * Reads an accounts file as a process of its own and prints what it took as JSON.
 * Bundled by child.ts; to measure by hand see there. Arguments: file, spool parent directory, and the
 * mapping file where the first is the folder of an export.
 */
import { readFileSync } from "node:fs";
import { openSnapshot, readMapping } from "../../src/accounts/index.js";
import { KEY, MARKET } from "./market.js";

const [file, spoolParent, mapping] = process.argv.slice(2);
const source =
  mapping === undefined
    ? file!
    : { folder: file!, mapping: readMapping(readFileSync(mapping, "utf8"), mapping) };
const started = performance.now();
const snapshot = await openSnapshot(source, MARKET, { shuffleKey: KEY, spoolParent: spoolParent! });
const read = performance.now();
let steps = 0n;
for await (const portfolio of snapshot.portfolios()) for (const q of portfolio.holdings.values()) steps += q;
snapshot.close();
const result = {
  rows: snapshot.rows,
  accounts: snapshot.accounts,
  steps: `${steps}`,
  readSeconds: (read - started) / 1000,
  totalSeconds: (performance.now() - started) / 1000,
  peakRssMegabytes: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
