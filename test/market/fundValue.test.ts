import { describe, expect, it } from "vitest";
import { decimalText } from "../../src/decimal/decimal.js";
import { fundParts, fundTotal, type MarketJson, parseMarket } from "../../src/market/index.js";
import { instrumentOf, smallMarket } from "./smallMarket.js";

/** Parts in words, now or under a scenario: amount, price, what counts. */
function parts(
  insuranceFund: Record<string, string>,
  edit: (m: MarketJson) => void = () => {},
  stress?: number,
) {
  const json = { ...smallMarket(), insuranceFund };
  edit(json);
  const own = fundParts(parseMarket(json), stress);
  const total = decimalText(fundTotal(own));
  return [...own.map((p) => [p.asset, ...[p.amount, p.price, p.counted].map(decimalText)].join(" ")), total];
}
const flat = (ratio: string) => [{ valueFloor: "0", ratio }];

describe("the insurance fund", () => {
  it("is listed by asset, each at the price of now or of a scenario", () => {
    const fund = { USDT: "5", BTC: "2" };
    expect(parts(fund)).toEqual(["BTC 2 60000 120000", "USDT 5 1 5", "120005"]);
    expect(parts(fund, undefined, 0)).toEqual(["BTC 2 42000 84000", "USDT 5 1 5", "84005"]);
    expect(parts({})).toEqual(["0"]);
  });

  it("takes the scenario's own gain", () => {
    const two = (m: MarketJson) => {
      m.stress.push({ name: "boom" });
      for (const i of m.instruments) if (i.stressGains) i.stressGains = [...i.stressGains, "1000"];
    };
    expect(parts({ BTC: "1" }, two, 0)[0]).toBe("BTC 1 42000 42000");
    expect(parts({ BTC: "1" }, two, 1)[0]).toBe("BTC 1 61000 61000");
  });

  it("counts tier by tier, up to each floor and beyond the last", () => {
    // 1,000,000 in full, then 0.9 up to 5,000,000, then nothing.
    expect(parts({ BTC: "16" })[0]).toBe("BTC 16 60000 960000");
    expect(parts({ BTC: "17" })[0]).toBe("BTC 17 60000 1018000");
    expect(parts({ BTC: "80" })[0]).toBe("BTC 80 60000 4420000");
    expect(parts({ BTC: "1000" })[0]).toBe("BTC 1000 60000 4600000");
    const last = (m: MarketJson) => {
      instrumentOf(m, "BTC").haircut = [...flat("0.5"), { valueFloor: "90000", ratio: "0.1" }];
    };
    expect(parts({ BTC: "2" }, last)[0]).toBe("BTC 2 60000 48000");
    expect(parts({ BTC: "0" }, last)[0]).toBe("BTC 0 60000 0");
  });

  it("counts what the strictest instrument of an asset lets count, and none of another kind", () => {
    const second = (haircut: ReturnType<typeof flat> | undefined) => (m: MarketJson) => {
      m.instruments.push({ ...instrumentOf(m, "BTC"), symbol: "BTC-2", asset: "BTC", haircut });
    };
    expect(parts({ BTC: "1" }, second(flat("0.5")))[0]).toBe("BTC 1 60000 30000");
    expect(parts({ BTC: "100" }, second(undefined))[0]).toBe("BTC 100 60000 4600000");
    const settled = (m: MarketJson) => {
      m.instruments.unshift({
        ...{ symbol: "BTC-PNL", kind: "settlement", asset: "BTC", quantityStep: "0.00000001" },
        ...{ markPrice: "60000", stressGains: ["-18000"] },
      });
    };
    expect(parts({ BTC: "100" }, settled)[0]).toBe("BTC 100 60000 4600000");
  });
});
