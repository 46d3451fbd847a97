import fc from "fast-check";
import { expect, it } from "vitest";
import {
  BadRowCollector,
  compileInstruments,
  PortfolioBuilder,
  portfolioRows,
  validateRow,
} from "../../src/accounts/index.js";
import { listedInstruments, parseMarket } from "../../src/market/index.js";
import { TINY_MARKET } from "../support/tinyMarket.js";

/** With a contract in two leverages beside the one that is called as the contract is. */
const variants = ["", "125", "200"].map((leverage) => ({
  ...TINY_MARKET.instruments.find(({ symbol }) => symbol === "BTC-PERP")!,
  ...(leverage === "" ? {} : { symbol: `BTC-PERP.${leverage}x`, contract: "BTC-PERP", leverage }),
}));
const market = compileInstruments(
  listedInstruments(
    parseMarket({
      ...TINY_MARKET,
      instruments: [...TINY_MARKET.instruments.filter(({ symbol }) => symbol !== "BTC-PERP"), ...variants],
    }),
  ),
);
const symbols = [...market.bySymbol.keys()];
const steps = fc.bigInt({ min: -(2n ** 52n) + 1n, max: 2n ** 52n - 1n });

it("writes rows that read back as what the account holds", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.constantFrom(...symbols)),
      fc.constantFrom("", "p1"),
      steps,
      (held, pocket, own) => {
        // Positions of one contract are on one side.
        const holdings = held.map((symbol, k) => [symbol, own + (own < 0n ? -1n : 1n) * BigInt(k)] as const);
        fc.pre(holdings.every(([, size]) => size !== 0n && size < 2n ** 52n && size > -(2n ** 52n)));
        const rows = portfolioRows({ account: "ada", pocket, holdings }, market);
        expect(rows.length).toBe(Math.max(1, held.length));
        const bad = new BadRowCollector("rows");
        const builder = new PortfolioBuilder({ account: "ada", pocket }, market);
        for (const raw of JSON.parse(JSON.stringify(rows)) as typeof rows) {
          const row = validateRow(raw, 1, market, bad);
          if (row === undefined) throw bad.toError(false);
          expect(row).toMatchObject({ account: "ada", pocket });
          builder.add(market.bySymbol.get(row.instrument)!, row.steps, row.entryPrice, row.leg);
        }
        expect(builder.build().holdings).toEqual(new Map(holdings));
      },
    ),
  );
});
