import type { Market } from "../market/schema.js";
import type { MarketPrices } from "../prices/index.js";
import type { OpenStatement } from "../protocol/statement.js";
import { judgedBy } from "./judgedBy.js";
import type { Verdict } from "./verdict.js";

interface Epoch {
  readonly verdict: Verdict;
  readonly statement?: OpenStatement;
  readonly market?: Market;
  readonly prices?: MarketPrices;
}

/**
 * The same epoch, whose verdict also says what the market file judged the book by, where it is proved. It reads the market file
 * for people, and no check hangs on it: apart, so that whoever does not show it does not carry it.
 *
 * @example
 * import { readFile } from "node:fs/promises";
 * import { checkLight, withJudgedBy } from "marginproof/verifier";
 *
 * const auditors = await readFile("auditors.json", "utf8");
 * const options = { auditors, account: "carol", allowDevKeys: true, judge: withJudgedBy };
 * const { verdict } = checkLight(await readFile("carrying.json", "utf8"), options);
 * console.log(verdict.judgedBy?.quote, verdict.judgedBy?.marginCallFactor); // USDT 1.2
 */
export function withJudgedBy<E extends Epoch>(epoch: E): E {
  const { verdict, statement, market, prices } = epoch;
  if (!verdict.proved || statement === undefined || market === undefined) return epoch;
  const judged = judgedBy(market, statement, prices, verdict.prices === "pinned");
  return { ...epoch, verdict: { ...verdict, judgedBy: judged } };
}
