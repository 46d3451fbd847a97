import { describe, expect, it } from "vitest";
import { compileTable } from "../../src/market/compileTable.js";
import { parseMarket, roundingBound } from "../../src/market/index.js";
import { smallMarket } from "./smallMarket.js";

const MARKET = parseMarket(smallMarket());
const TABLE = compileTable(MARKET);
const bound = roundingBound(TABLE, MARKET);
const lane = (symbol: string, side: "long" | "short"): number =>
  TABLE.lanes.findIndex((l) => l.instrument === symbol && l.side === side);

describe("the bound on rounding", () => {
  it("of nobody's holdings is 0", () => {
    const nothing = { equity: 0n, maintenance: 0n, initial: 0n, stressed: 0n };
    expect(bound([])).toEqual(nothing);
    expect(bound([{ lane: lane("CALL", "long"), steps: 0n }])).toEqual(nothing);
  });

  it("counts lanes, steps, and the steps again for each group", () => {
    const perp = { lane: lane("BTC-PERP", "long"), steps: 7n };
    // One lane and 7 steps, in no group.
    expect(bound([perp])).toEqual({ equity: 0n, maintenance: 8n, initial: 80_000n, stressed: 7n });
    const call = { lane: lane("CALL", "short"), steps: 5n };
    // Two lanes, 12 steps, 5 of them in a group, at the market's factor of 1.3.
    expect(bound([perp, { lane: lane("BTC", "long"), steps: 0n }, call])).toEqual({
      ...{ equity: 0n, maintenance: 2n + 12n + 5n, initial: 10_000n * 14n + 13_000n * 5n, stressed: 12n },
    });
  });
});
