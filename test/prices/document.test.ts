import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { medianPrices, PRICE_TYPES, type PricePolicyJson, verifyPriceFile } from "../../src/prices/index.js";
import { encodeType } from "../../src/signing/typedData.js";

const EPOCH = "2026-11-23T08:00:00Z";
const ROOT = join(import.meta.dirname, "..", "..");
const TEXT = readFileSync(join(ROOT, "docs", "prices.md"), "utf8");
const [alpha, policy, medians] = [...TEXT.matchAll(/```json\n(.*?)```/gs)].map(
  (match) => JSON.parse(match[1]!) as unknown,
);

/** The file the document only tells of. */
const BETA = {
  format: "marginproof/prices/1",
  source: "Beta, Example Exchange marks",
  signer: "0x1563915e194D8CfBA1943570603F7606A3115508",
  quote: "USDT",
  observations: [
    { instrument: "BTC-PERP", price: "64125", index: "64121", time: "2026-11-23T07:59:56Z" },
    { instrument: "ETH", price: "3201.2", time: "2026-11-23T07:59:56.5Z" },
  ],
  signature:
    "0x0b479c7b2f3f61ef79dc0a188f27f010cdafc909ba0f035808b5960249263240686894ee3a94051ea6baa3fde165c545c0a5029995fa5940bf2e6457efa180f81b",
};

describe("docs/prices.md", () => {
  it("has an example that verifies and gives its medians", () => {
    expect(verifyPriceFile(alpha)).toEqual(alpha);
    expect(
      medianPrices({ files: [alpha, BETA], policy: policy as PricePolicyJson, time: EPOCH }).medians,
    ).toEqual(medians);
  });

  it("has the types that are signed", () => {
    const types = encodeType(PRICE_TYPES, "Prices").replace(")", ")\n    ");
    expect(TEXT).toContain(types);
  });
});
