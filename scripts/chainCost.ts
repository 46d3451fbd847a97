import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";

/**
 * What an epoch of a million accounts costs on chain, by arithmetic from the calls measured in test/contracts/gas.json:
 * `npm run contracts:cost`. Rows are those of docs/performance.md.
 */
const gas = JSON.parse(readFileSync(join(PACKAGE_ROOT, "test", "contracts", "gas.json"), "utf8")) as Record<
  string,
  number
>;

/** Account steps of a million accounts: docs/performance.md has each profile's steps for 100,000 or for a million. */
const PROFILES = { p16: 17_500, p18: 8_810, p20: 1_050 } as const;
/** A table in one step of 199 rows, and how many rows the measured one had. */
const TABLE_ROWS = 199;
const MEASURED_ROWS = 32;
/** Account steps in one transaction: what 16.78 M gas hold, and a fifth to spare for the pairing's own reserve. */
const STEPS_AT_ONCE = 200;

function measured(call: string): number {
  const value = gas[call];
  if (value === undefined) throw new Error(`test/contracts/gas.json has no ${call}`);
  return value;
}

/** @returns gas, and transactions */
function strict(batches: number): readonly [number, number] {
  const calls = Math.ceil(batches / STEPS_AT_ONCE);
  const table =
    (measured(`TableColumns.read, a table of ${MEASURED_ROWS} rows`) * TABLE_ROWS) / MEASURED_ROWS;
  const reads = Math.ceil(table / 12_000_000);
  const publish =
    measured("EpochRegistry.publish, 10 batches") +
    (batches - 10) * measured("EpochRegistry.publish, a further batch");
  const steps =
    calls * measured("EpochRegistry.submitAccountSteps, one step") +
    (batches - calls) * measured("EpochRegistry.submitAccountSteps, a further step");
  const last = measured("EpochRegistry.submitTableSteps, the last step: final");
  return [publish + table + steps + last, 2 + calls + reads];
}

/** @returns gas where nobody challenges, and transactions */
function optimistic(batches: number): readonly [number, number] {
  const claim =
    measured("EpochRegistry.claim, 10 batches") +
    (batches - 10) * measured("EpochRegistry.claim, a further batch");
  return [claim + measured("EpochRegistry.finalise"), 2];
}

const million = (value: number): string => (value / 1e6).toFixed(1);

for (const [profile, batches] of Object.entries(PROFILES)) {
  const [all, calls] = strict(batches);
  const [quiet, two] = optimistic(batches);
  console.log(
    `| ${profile} | ${batches.toLocaleString("en")} | ${million(all)} in ${calls} | ${million(quiet)} in ${two} |`,
  );
}
