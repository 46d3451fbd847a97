import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { costRows } from "../../scripts/contracts/epochCost.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { measureGas } from "./measureGas.js";

const SNAPSHOT = join(PACKAGE_ROOT, "test", "contracts", "gas.json");

it("every call costs the gas that test/contracts/gas.json says: npm run contracts:gas writes what it costs now", async () => {
  const measured = await measureGas();
  if (process.env.MARGINPROOF_WRITE_GAS === "1")
    writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
  expect(measured).toEqual(JSON.parse(readFileSync(SNAPSHOT, "utf8")));
  expect(measured["Groth16Verifier.verify"]).toBeLessThan(310_000);
});

it("docs/performance.md says what a million accounts cost by these figures: npm run contracts:cost prints it", () => {
  const gas = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, number>;
  const docs = readFileSync(join(PACKAGE_ROOT, "docs", "performance.md"), "utf8");
  const rows = costRows(gas);
  expect(rows).toHaveLength(3);
  for (const row of rows) expect(docs).toContain(row);
  // And each figure of the table of calls is one that was measured.
  const [, calls] = docs.split("## On chain");
  const said = calls!
    .slice(0, calls!.indexOf("The Poseidon's inner"))
    .match(/\d{1,3}(?:,\d{3})+(?= \||;|$)/gm);
  const known = Object.values(gas).map((value) => value.toLocaleString("en"));
  expect(said!.length).toBeGreaterThan(10);
  for (const figure of said!) expect(known).toContain(figure);
});
