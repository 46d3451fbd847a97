import { describe, it } from "vitest";
import { verifyFiles } from "../../src/prices/medianPrices.js";
import { parsePolicyText } from "../../src/prices/policy.js";
import { expectRefusal } from "./support.js";

// What is no price file is looked at only once the size of all has been.
const sized = (...observations: number[]): unknown[] => [
  null,
  ...observations.map((count) => ({ observations: Array(count) })),
];

describe("price files are used together", () => {
  it("as many as 64", () => {
    expectRefusal(() => verifyFiles(Array(64).fill(null)), "PRICES_SCHEMA");
    expectRefusal(() => verifyFiles(Array(65).fill(null)), "PRICES_TOO_MANY", "more than 64 files");
  });

  it("of 262,144 observations in all", () => {
    expectRefusal(() => verifyFiles(sized(262_144)), "PRICES_SCHEMA");
    expectRefusal(() => verifyFiles(sized(100_000, 100_000, 62_144)), "PRICES_SCHEMA");
    const many = "more than 262144 observations";
    expectRefusal(() => verifyFiles(sized(262_145)), "PRICES_TOO_MANY", many);
    expectRefusal(() => verifyFiles(sized(100_000, 100_000, 62_145)), "PRICES_TOO_MANY", many);
    expectRefusal(() => verifyFiles(sized(262_145, 0)), "PRICES_TOO_MANY", many);
  });
});

it("a policy that is no JSON is its reader's mistake", () => {
  expectRefusal(() => parsePolicyText("{"), "JSON_INVALID", "price policy");
});
