import { expect, test } from "vitest";
import { parseMarket } from "../../src/market/index.js";
import type { Statement } from "../../src/protocol/statement.js";
import { judgedBy } from "../../src/verifier/judgedBy.js";
import { TINY_MARKET } from "../support/tinyMarket.js";

test("initial factors of groups of their own are named: from the market's to the largest", () => {
  const factor = (groups: typeof TINY_MARKET.groups) =>
    judgedBy(parseMarket({ ...TINY_MARKET, groups }), { quantities: [] } as unknown as Statement, undefined)
      .initialFactor;
  const [group] = TINY_MARKET.groups;
  expect(factor([group!])).toBe("1.3");
  expect(factor([{ ...group!, initialFactorBp: 13_000 }])).toBe("1.3");
  expect(factor([{ ...group!, initialFactorBp: 20_000 }])).toBe("1.3 to 2");
});
