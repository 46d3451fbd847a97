import { expect, it } from "vitest";
import { canonicalMarketDigest, compileTable } from "../../src/market/index.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { toRecord } from "../../src/protocol/fitShape.js";
import { commitEpoch } from "../../src/prover/commit.js";
import { epochReport } from "../../src/report/epochReport.js";
import { epochText } from "../../src/report/epochText.js";
import { batches, plainShape, tinyInputs } from "../support/tinyEpoch.js";
import { parsedVariants } from "../support/variantMarket.js";

it("inspect shows open interest per contract and per variant, and the position mode", async () => {
  const market = parsedVariants("hedge");
  const table = compileTable(market);
  const evaluator = new Evaluator(table);
  const record = (holdings: Record<string, bigint>, tag: bigint) =>
    toRecord(table, plainShape, evaluator.evaluate(new Map(Object.entries(holdings))), tag);
  const book = batches([
    plainShape,
    [
      record({ "ETH-PERP.L.5x": 3130n, "ETH-PERP.S.20x": -400n }, 1n),
      record({ "ETH-PERP.S.1x": -2730n }, 2n),
    ],
  ]);
  const marketDigest = canonicalMarketDigest(market);
  const { statement } = await commitEpoch(tinyInputs(book, { table, marketDigest }));
  const report = epochReport(statement, market, table, []);
  expect(report.contracts[0]).toMatchObject({ contract: "ETH-PERP", long: "31.3", short: "31.3", net: "0" });
  const text = epochText(report);
  expect(text).toMatch(/^ {2}ETH-PERP +31\.3 +31\.3 +0 +ETH-PERP\.L\.1x, ETH-PERP\.L\.5x, /m);
  expect(text).toMatch(
    /^ {2}ETH-PERP\.S\.20x .* 4 +-4 .* perpetual \(contract ETH-PERP, short positions alone, leverage 20\), /m,
  );
  expect(text).toMatch(/^ {2}positions +hedge: long and short of a contract that has sides stand beside/m);
});
