import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
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
