import { bytesToHex } from "../../field/encoding.js";
import { firstDifference } from "../../market/compareMarkets.js";
import { canonicalMarketDigest, type Market, parseMarketText } from "../../market/schema.js";
import type { OpenStatement } from "../../protocol/statement.js";
import type { Established } from "./established.js";
import { failure } from "./failure.js";

/**
 * The market file is the one that the statement's digest names, and says what the verifier's own says, if there is one.
 * @throws MarginproofError MARKET_DIGEST, MARKET_NAMES, MARKET_DIFFERS, and those of `parseMarketText`
 */
export function checkMarketFile(
  text: string,
  statement: OpenStatement,
  ownText: string | undefined,
): Established<Market> {
  const market = parseMarketText(text);
  const stated = bytesToHex(statement.marketDigest);
  if (bytesToHex(canonicalMarketDigest(market)) !== stated) {
    throw failure("MARKET_DIGEST", "market.json was changed after the statement was made");
  }
  for (const name of ["exchange", "epoch", "time"] as const) {
    if (market[name] === statement[name]) continue;
    const says = `${name} is ${JSON.stringify(market[name])} in market.json, ${JSON.stringify(statement[name])} in the statement`;
    throw failure("MARKET_NAMES", says);
  }
  if (ownText === undefined) return { value: market, detail: `digest 0x${stated}` };
  const own = parseMarketText(ownText);
  if (bytesToHex(canonicalMarketDigest(own)) !== stated) throw differs(own, market);
  return { value: market, detail: `digest 0x${stated}, equal to your own market file` };
}

function differs(own: Market, market: Market) {
  const { path, expected, found } = firstDifference(own, market) ?? { path: "the file" };
  return failure(
    "MARKET_DIFFERS",
    `the bundle's market file is not your own: ${path} is ${found ?? "missing"}, yours ${expected ?? "has none"}`,
  );
}
