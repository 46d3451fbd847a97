import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exampleShapes, largestFile, lookAt } from "../../scripts/lightSizes.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { buildMarket } from "../../src/rules/buildMarket.js";

test("of the largest epoch and the example exchange's market, a holder's file is below 1 MB, and answers", () => {
  const rules = readFileSync(join(PACKAGE_ROOT, "examples/exchange/rules.yaml"), "utf8");
  const market = buildMarket(rules);
  const largest = largestFile(market, exampleShapes());
  expect(largest).toMatchObject({ batches: 65_536, holdings: 314 });
  expect(market.instruments).toHaveLength(316);
  expect(JSON.stringify(largest.file).length).toBeLessThan(1e6);
  const { verdict, account } = lookAt(largest);
  expect(verdict).toMatchObject({ valid: true, attested: [{ auditors: [{ name: "Alpha" }] }] });
  expect(account).toMatchObject({ status: "counted" });

  const file = structuredClone(largest.file);
  file.opening.pockets[0]!.holdings[0]!.steps = "2";
  expect(lookAt({ ...largest, file }).account).toMatchObject({ code: "OPENING_LEAF" });
});
