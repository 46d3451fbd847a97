import { describe, expect, it } from "vitest";
import { compileTable, type MarketJson, openBook, parseMarket, stressMoves } from "../../src/market/index.js";
import { type InstrumentJson, instrumentOf, smallMarket } from "./smallMarket.js";

const ORDERS: InstrumentJson = {
  ...{ symbol: "BTC-ORDERS", kind: "orders", asset: "BTC", quantityStep: "0.001", markPrice: "0" },
  ...{ notionalPrice: "60000", initial: { brackets: [{ notionalFloor: "0", rate: "1" }] } },
};
function market(fields: object, edit: (m: MarketJson) => void = () => {}): MarketJson {
  const json = smallMarket();
  json.instruments.push({ ...ORDERS, ...fields });
  edit(json);
  return json;
}

describe("what open orders lock", () => {
  it.each<[string, object]>([
    ["of an asset", {}],
    ["of several kinds", { symbol: "BTC-ORDERS-spot_2" }],
    ["with fields that say nothing", { haircut: undefined, tick: undefined }],
    ["of the quote currency", { symbol: "USDT-ORDERS", asset: "USDT", notionalPrice: "1" }],
  ])("is in a class of its own: %s", (_, fields) => {
    const { instruments } = compileTable(parseMarket(market(fields)));
    const { symbol, asset } = { ...ORDERS, ...fields };
    expect(instruments.at(-1)).toMatchObject({ symbol, class: { kind: "orders", asset } });
  });

  it.each<[string, object, string]>([
    ["names no asset", { asset: undefined }, 'asset: no instrument of kind "asset" for it'],
    ["names no listed asset", { asset: "ETH" }, 'asset: no instrument of kind "asset" for ETH'],
    [
      "names a contract",
      { asset: "CALL", symbol: "CALL-ORDERS" },
      'asset: no instrument of kind "asset" for CALL',
    ],
    ...["ETH-ORDERS", "BTC-ORDER", "BTC2-ORDERS", "BTC-ORDERS2", "BTC-ORDERS-", "BTC-ORDERS.2", "ORDERS"].map(
      (symbol): [string, object, string] => [`is called ${symbol}`, { symbol }, "symbol: it locks BTC"],
    ),
    ["has a haircut of nothing", { haircut: [{ valueFloor: "0", ratio: "1" }] }, "haircut: "],
    ["gains under stress", { stressGains: ["0"] }, "stressGains: what orders lock has no such thing"],
    ["gains in scenarios", { scenarioGains: {} }, "scenarioGains: what orders lock has no such thing"],
    ["is margined", { maintenance: { liquidationFeeRate: "0" } }, "maintenance: what orders lock"],
    ["is split", { largeOf: "BTC" }, "largeOf: "],
    ["is worth something", { markPrice: "60000" }, "markPrice: 60000, and what is locked"],
    ["counts at another price", { notionalPrice: "59999" }, "notionalPrice: not 60000"],
    ["counts at no price", { notionalPrice: undefined }, "notionalPrice: not 60000"],
    ["requires nothing", { initial: undefined }, "initial: no brackets"],
    ["requires a fee alone", { initial: { liquidationFeeRate: "1" } }, "initial: no brackets"],
    ["requires of one side", { initial: { long: ORDERS.initial } }, "initial: no brackets"],
  ])("is refused where it %s", (_, fields, text) => {
    expect(() => parseMarket(market(fields))).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`.${text}`) }),
    );
  });

  it("is in no balance of the book, and moves nothing under stress", () => {
    const parsed = parseMarket(market({}));
    const table = compileTable(parsed);
    const lanes = table.lanes.map(({ instrument: own, side }) =>
      own === "BTC-ORDERS" && side === "long" ? 7n : 0n,
    );
    const { assets } = openBook(parsed, table, lanes);
    expect(assets.map(({ net, settlement }) => [net, settlement])).toEqual([
      ["0", "0"],
      ["0", "0"],
    ]);
    expect(stressMoves(parsed, () => true)).toMatchObject([{ held: 3, moved: 3 }]);
  });

  it("is refused under the code of its own", () => {
    expect(() => parseMarket(market({ asset: "ETH" }))).toThrow(
      expect.objectContaining({ code: "MARKET_ORDERS" }),
    );
  });

  it("is of an asset whose settlement is listed too, at the asset's price", () => {
    const pnl = (m: MarketJson) =>
      void m.instruments.push({
        ...{ ...instrumentOf(m, "USDT-PNL"), symbol: "BTC-PNL", asset: "BTC" },
        ...{ markPrice: "60000", stressGains: ["-18000"] },
      });
    expect(parseMarket(market({}, pnl)).instruments).toHaveLength(7);
  });
});
