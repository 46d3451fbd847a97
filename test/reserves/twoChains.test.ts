import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decimalText } from "../../src/decimal/decimal.js";
import { startWorld, verifyBent, type World } from "./world.js";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

describe("reserves on two real nodes", () => {
  it("are one pool, proved to the last unit", () => {
    const report = verifyBent(world);
    const sums = report.assets.map(({ asset, ...sum }) => [
      asset,
      ...Object.values(sum).map((one) => decimalText(one)),
    ]);
    expect(sums).toEqual([
      ["BTC", "0", "100", "0"],
      ["ETH", "26.000000000000000014", "0", "0"],
      ["USDT", "10000000.246913", "0", "0"],
    ]);
    expect(report.blocks.map(({ chainId }) => chainId)).toEqual([31_337, 31_338]);
  });
});
