import { expect, it } from "vitest";
import { epochWords } from "../../src/chain/epochWords.js";
import { parseMarket } from "../../src/market/index.js";
import { parseStatement } from "../../src/protocol/statement.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { forgedEpoch } from "../verifier/forgedEpoch.js";

const { bundle, pins } = forgedEpoch(TINY_MARKET, {}, 4);
const statement = parseStatement(bundle.statement);
const market = parseMarket(JSON.parse(bundle.marketText));
const words = (changed: object) => () => epochWords(bundle, statement, { ...market, ...changed }, pins);

it("takes no epoch that no registry can verify", () => {
  expect(words({})().stateOuts).toHaveLength(5);
  expect(words({ privateRules: { commitment: "0x1" } })).toThrow(
    expect.objectContaining({ code: "CHAIN_STATEMENT", message: expect.stringContaining("secret rates") }),
  );
  const perpetual = market.instruments.find(({ symbol }) => symbol === "BTC-PERP")!;
  const long = { ...perpetual, symbol: "P".repeat(2_400_000) };
  expect(words({ instruments: [...market.instruments, long] })).toThrow(
    expect.objectContaining({ code: "CHAIN_STATEMENT", message: expect.stringContaining("2300000") }),
  );
});
