import { describe, expect, it } from "vitest";
import { type MarketJson, parseMarket, stressMoves } from "../../src/market/index.js";
import { instrumentOf, smallMarket } from "./smallMarket.js";

/** BTC at 60000, BTC-PERP at 60007.7, CALL at 1234.5, with these gains of each under two scenarios. */
function moves(
  gains: Readonly<Record<string, readonly [string, string]>>,
  {
    edit = () => {},
    held = () => true,
  }: { edit?: (m: MarketJson) => void; held?: (symbol: string) => boolean } = {},
) {
  const json = smallMarket();
  json.stress = [{ name: "one" }, { name: "two" }];
  for (const i of json.instruments) if (i.stressGains) i.stressGains = [...(gains[i.symbol] ?? ["0", "0"])];
  edit(json);
  const market = parseMarket(json);
  return stressMoves(market, (index) => held(market.instruments[index]!.symbol));
}

describe("what a stress scenario does to what is held", () => {
  it("is its largest fall and its largest rise, in percent of the price, rounded to less", () => {
    const found = moves({
      BTC: ["-18000", "30000"],
      "BTC-PERP": ["-20000", "-1"],
      CALL: ["-400", "0.1"],
    });
    expect(found).toEqual([
      // 20000 of 60007.7 is 33.329056, 400 of 1234.5 is 32.40.
      { name: "one", moved: 3, held: 3, fall: "33.32%", rise: null },
      { name: "two", moved: 3, held: 3, fall: "0%", rise: "50%" },
    ]);
  });

  it("is the largest wherever it stands", () => {
    const [one, two] = moves({
      BTC: ["600", "-6000"],
      "BTC-PERP": ["1200.154", "-600"],
      CALL: ["1", "-0.1"],
    });
    expect([one?.rise, one?.fall]).toEqual(["2%", null]);
    expect([two?.rise, two?.fall]).toEqual([null, "10%"]);
  });

  it("counts what it moves, of what is held and is not the quote currency", () => {
    const gains = { BTC: ["-18000", "0"], CALL: ["0", "-1"] } as const;
    expect(moves(gains)).toMatchObject([
      { moved: 1, held: 3, fall: "30%", rise: null },
      { moved: 1, held: 3, fall: "0.08%", rise: null },
    ]);
    expect(moves(gains, { held: (symbol) => symbol !== "BTC" })).toMatchObject([
      { moved: 0, held: 2, fall: null, rise: null },
      { moved: 1, held: 2, fall: "0.08%" },
    ]);
    expect(moves(gains, { held: () => false })).toMatchObject([
      { moved: 0, held: 0, fall: null, rise: null },
      { moved: 0, held: 0, fall: null, rise: null },
    ]);
  });

  it("is measured by the size of a price below 0, and not at all at a price of 0", () => {
    const priced = (markPrice: string) => (m: MarketJson) =>
      void (instrumentOf(m, "CALL").markPrice = markPrice);
    const gains = { BTC: ["-600", "0"], CALL: ["-5", "5"] } as const;
    expect(moves(gains, { edit: priced("-100") })).toMatchObject([
      { moved: 2, fall: "5%", rise: null },
      { moved: 1, fall: null, rise: "5%" },
    ]);
    expect(moves(gains, { edit: priced("0") })).toMatchObject([
      { moved: 2, fall: "1%", rise: null },
      { moved: 1, fall: null, rise: null },
    ]);
  });
});
