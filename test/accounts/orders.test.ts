import { describe, expect, it } from "vitest";
import { readPortfolios } from "../../src/accounts/index.js";
import { compileTable, instrumentTerms, listedInstruments, parseMarket } from "../../src/market/index.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { buildMarket, termsOfRules } from "../../src/rules/index.js";
import { orderRules } from "../support/orderRules.js";
import { KEY } from "./market.js";
import { collect, failure, workspace } from "./support.js";

const { write } = await workspace();
let files = 0;
const MARKET = parseMarket(buildMarket(orderRules));

async function evaluated(rows: string, market = MARKET) {
  const path = await write(`orders-${files++}.csv`, `account,instrument,quantity,entry_price\n${rows}`);
  const [found] = await collect(readPortfolios(path, listedInstruments(market), { shuffleKey: KEY }));
  const { equity, maintenance, initial, stressed } = new Evaluator(compileTable(market)).evaluate(
    found!.holdings,
  );
  const money = (units: bigint): number => Number(units) / 1e10;
  return { equity: money(equity), maintenance: money(maintenance), initial: money(initial) / 1e4, stressed };
}

describe("money locked by open orders", () => {
  const own = "a,USDT,5000,\na,ETH,2,\na,ETH-PERP,1,2990\n";

  it("is an initial requirement, and nothing else changes", async () => {
    const without = await evaluated(own);
    // 5% of 6000 and 1% or 2% of 3001.
    expect(without).toMatchObject({ equity: 11_011, maintenance: 330.01, initial: 360.02 });
    const locked = await evaluated(`${own}a,USDT-ORDERS,1200,\n`);
    expect(locked).toEqual({ ...without, initial: 1560.02 });
  });

  it("of a coin takes what the coin counted for: what is locked covers nothing else", async () => {
    // 2 ETH cover 5700, 1.5 cover 4275: 1425 on top of 360.02.
    expect((await evaluated(`${own}a,ETH-ORDERS,0.5,\n`)).initial).toBe(1785.02);
  });

  it("may be more than the balance, in whatever else an account holds", async () => {
    expect(await evaluated("a,ETH,2,\na,USDT,-100,\na,USDT-ORDERS,4000,\n")).toMatchObject({
      equity: 5900,
      maintenance: 300,
      initial: 4300,
    });
  });

  it("counts at the rate that the rules state", async () => {
    const half = parseMarket(
      buildMarket(
        orderRules.replace(
          "orders: [{ asset: USDT, step: 0.01 }",
          "orders: [{ asset: USDT, step: 0.01, rate: 0.5 }",
        ),
      ),
    );
    expect((await evaluated("a,USDT,1000,\na,USDT-ORDERS,400,\n", half)).initial).toBe(200);
  });

  it("has no sign and no entry price, and locks an asset of the rules", async () => {
    for (const row of ["a,USDT-ORDERS,-5,\n", "a,USDT-ORDERS,5,1\n"])
      expect(await failure(() => evaluated(row))).toMatchObject({ code: "ACCOUNTS_BAD_ROWS" });
    expect(() => buildMarket(orderRules.replace("{ asset: ETH, step", "{ asset: BTC, step"))).toThrow(
      /rules, line 16: "BTC" is not one of the file's assets/,
    );
  });

  it("is called what it is, for holders and for price policies", () => {
    const { kind, asset, words } = instrumentTerms(MARKET).get("ETH-ORDERS")!;
    expect([kind, asset, words]).toEqual([
      "orders",
      "ETH",
      "ETH locked by open orders: initial requirement alone, no claim",
    ]);
    expect(termsOfRules(orderRules)).toContainEqual({
      instrument: "ETH-ORDERS",
      kind: "orders",
      asset: "ETH",
    });
  });
});
