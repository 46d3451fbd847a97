import { toFieldHex } from "../../src/field/encoding.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { loadProfile } from "../../src/keys/instances.js";
import {
  compileTable,
  fillRates,
  type Market,
  type MarketJson,
  type OpenRates,
  type PrivateModel,
  parseMarket,
} from "../../src/market/index.js";
import { TINY_MARKET } from "./tinyMarket.js";

export const privateShape = loadProfile("test").privateTable!;

const rates = (...list: readonly (readonly [from: string, maintenance: string, initial: string])[]) =>
  list.map(([from, maintenance, initial]) => ({ from, maintenance, initial }));

/** Secret rates of two perpetuals: 6 rows and 12, so that the second step begins with the last lane. */
export const PRIVATE_MODEL: PrivateModel = {
  format: "marginproof/private-model/1",
  blinding: `0x${"5e".repeat(32)}`,
  instruments: [
    {
      symbol: "BTC-PERP",
      quantityStep: "0.001",
      brackets: rates(
        ["0", "0.00437", "0.00813"],
        ["0.834", "0.00519", "0.01043"],
        ["10", "0.01007", "0.02011"],
      ),
    },
    {
      symbol: "ETH-PERP",
      quantityStep: "0.01",
      brackets: rates(
        ["0", "0.01", "0.02"],
        ["5", "0.01", "0.02"],
        ["50", "0.02503", "0.0307"],
        ["500", "0.02503", "0.05"],
        ["2000", "0.1", "0.2"],
        ["9000", "0.5", "1"],
      ),
    },
  ],
};

/** The tiny market with secret rates for its perpetual, and a second one; `prices` of the two. */
export function openPrivateMarket(
  prices: readonly [btc: string, eth: string] = ["60000.5", "3003"],
): MarketJson {
  const [usdt, pnl, btc, perp, option] = TINY_MARKET.instruments as [
    MarketJson["instruments"][number],
    ...MarketJson["instruments"],
  ];
  const secret = (symbol: string, quantityStep: string, markPrice: string) => ({
    ...perp!,
    symbol,
    quantityStep,
    markPrice,
    maintenance: undefined,
    initial: undefined,
    privateBrackets: PRIVATE_MODEL.instruments.find((i) => i.symbol === symbol)!.brackets.map((b) => b.from),
  });
  const first = secret("BTC-PERP", "0.001", prices[0]);
  const second = { ...secret("ETH-PERP", "0.01", prices[1]), stressGains: ["-1200", "1500"] };
  return {
    ...TINY_MARKET,
    instruments: [usdt, pnl!, btc!, option!, first, second],
    privateRules: { rowsPerStep: privateShape.rows, commitments: [toFieldHex(0n)] },
  };
}

/** A market with these secret rates committed to, and the rates. */
export function privateMarket(
  model: PrivateModel = PRIVATE_MODEL,
  open: MarketJson = openPrivateMarket(),
): { readonly market: Market; readonly rules: OpenRates } {
  const rules = fillRates(compileTable(parseMarket(open)), privateShape.rows, model, bestPoseidon());
  const privateRules = {
    rowsPerStep: privateShape.rows,
    commitments: rules.commitments.map(toFieldHex),
  };
  return { market: parseMarket({ ...open, privateRules }), rules };
}
