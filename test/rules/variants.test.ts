import { describe, expect, it } from "vitest";
import { variantMarket, variantRules } from "../support/variantMarket.js";
import { edited, refusal, rulesOf } from "./support.js";

const derivatives = (market: ReturnType<typeof variantMarket>) =>
  market.instruments.filter(({ kind }) => kind === "perpetual" || kind === "future");

describe("variants of a contract in rules", () => {
  it("has one instrument a contract where nothing is said, and writes the mode", () => {
    const market = variantMarket("net", "");
    expect(market.positionMode).toBe("net");
    expect(derivatives(market).map(({ symbol, contract }) => [symbol, contract])).toEqual([
      ["ETH-PERP", undefined],
      ["ETH-25DEC26", undefined],
    ]);
  });

  it("lists sides and leverages, initial rates at least 1 / leverage and at least the table's", () => {
    const market = variantMarket("hedge");
    expect(market.positionMode).toBe("hedge");
    const rates = derivatives(market).map((i) => [
      [i.symbol, i.contract, i.side, i.leverage].join(" "),
      i.initial!.brackets!.map(({ rate }) => rate).join(" "),
      i.maintenance!.brackets!.map(({ rate }) => rate).join(" "),
    ]);
    expect(rates).toEqual([
      ["ETH-PERP.L.1x ETH-PERP long 1", "1 1", "0.01 0.05"],
      ["ETH-PERP.L.5x ETH-PERP long 5", "0.2 0.2", "0.01 0.05"],
      ["ETH-PERP.L.20x ETH-PERP long 20", "0.05 0.1", "0.01 0.05"],
      ["ETH-PERP.S.1x ETH-PERP short 1", "1 1", "0.01 0.05"],
      ["ETH-PERP.S.5x ETH-PERP short 5", "0.2 0.2", "0.01 0.05"],
      ["ETH-PERP.S.20x ETH-PERP short 20", "0.05 0.1", "0.01 0.05"],
      ["ETH-25DEC26.L ETH-25DEC26 long ", "0.02 0.1", "0.01 0.05"],
      ["ETH-25DEC26.S ETH-25DEC26 short ", "0.02 0.1", "0.01 0.05"],
    ]);
  });

  it("rounds 1 / leverage up", () => {
    const market = variantMarket("net", ", leverage: [3, 2.5]");
    const rates = derivatives(market).map((i) => [i.symbol, i.initial!.brackets![0]!.rate]);
    expect(rates.slice(0, 2)).toEqual([
      ["ETH-PERP.3x", "0.333333333333333334"],
      ["ETH-PERP.2.5x", "0.4"],
    ]);
  });

  it.each([
    ["RULES_LEVERAGE", ", leverage: [0.5]", "below 1"],
    ["RULES_DUPLICATE", ", leverage: [5, 5.0]", "ETH-PERP.5x is listed on line 19 already"],
    ["RULES_SCHEMA", ", leverage: []", "must list a leverage"],
  ])("refuses with %s%s", (code, leverage, message) => {
    const error = refusal(variantRules("net", leverage));
    expect(error).toMatchObject({ code, message: expect.stringMatching(/^rules, line \d+: /) });
    expect(error!.message).toContain(message);
  });

  it("refuses leverage where no rate is on the notional, and variants under buffers", () => {
    const okx = rulesOf("okx").replace(/^( {2}- \{ symbol: BTC-USDT-SWAP,)/m, "$1 leverage: [5],");
    expect(refusal(okx)).toMatchObject({ code: "RULES_LEVERAGE", message: expect.stringContaining("okx") });
    const dynamic = edited(rulesOf("dynamic"), "quote: USDT", "quote: USDT\npositionMode: hedge");
    expect(refusal(dynamic)).toMatchObject({ code: "RULES_BUFFERS" });
  });
});
