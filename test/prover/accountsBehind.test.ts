import { describe, expect, test } from "vitest";
import { statementToJson } from "../../src/protocol/statement.js";
import { type AccountsBehind, fewAccountsWarnings, restingOnFew } from "../../src/prover/accountsBehind.js";
import { commitEpoch } from "../../src/prover/commit.js";
import { tinyBook, tinyInputs } from "../support/tinyEpoch.js";

const counted = (behind: readonly AccountsBehind[]) =>
  Object.fromEntries(
    behind.map(({ total, subject, accounts }) => [
      `${total}${subject === undefined ? "" : ` ${subject}`}`,
      accounts,
    ]),
  );

describe("accounts behind the totals", () => {
  test("each total of the statement, and every account with a part in it; padding has none", async () => {
    const { behind, statement } = await commitEpoch(tinyInputs(tinyBook()));
    expect(counted(behind)).toEqual({
      positiveEquity: 4,
      badDebt: 1,
      maintenance: 4,
      shortfall: 1,
      initial: 4,
      "stressBadDebt BTC -30%": 1,
      "stressBadDebt BTC +50%": 2,
      "long USDT": 5,
      "short USDT": 0,
      "long USDT-PNL": 1,
      "short USDT-PNL": 1,
      "long BTC": 1,
      "short BTC": 0,
      "long BTC-PERP": 1,
      "short BTC-PERP": 1,
      "long BTC-60000-C": 1,
      "short BTC-60000-C": 1,
    });
    expect(BigInt(behind.find(({ total }) => total === "badDebt")!.accounts)).toBe(
      statement.totals.bands.bankrupt,
    );
  });

  test("the statement has no word of it", async () => {
    const inputs = tinyInputs(tinyBook());
    const { statement } = await commitEpoch(inputs);
    // More fields are refused when it is read: `parseStatement`.
    expect(Object.keys(statementToJson(statement)).sort()).toMatchInlineSnapshot(`
      [
        "batches",
        "epoch",
        "exchange",
        "format",
        "marketDigest",
        "quantities",
        "tableDigest",
        "tableSteps",
        "time",
        "totals",
      ]
    `);
  });

  const of = (total: AccountsBehind["total"], accounts: number, subject?: string): AccountsBehind => ({
    total,
    accounts,
    ...(subject === undefined ? {} : { subject }),
  });

  test("few is fewer than ten, and not none; the fewest come first", () => {
    const all = [
      of("badDebt", 9),
      of("shortfall", 10),
      of("stressBadDebt", 0, "crash"),
      of("long", 1, "BTC"),
    ];
    expect(restingOnFew(all).map(({ accounts }) => accounts)).toEqual([1, 9]);
    expect(fewAccountsWarnings([of("badDebt", 10), of("short", 0, "BTC")])).toEqual([]);
  });

  test("the warning names each total with its count: money in one line, quantities in another, some of very many", () => {
    const chain = Array.from({ length: 40 }, (_, k) => of("short", 3, `C-${k}`));
    const warnings = fewAccountsWarnings([of("badDebt", 1), of("stressBadDebt", 4, "BTC -30%"), ...chain]);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(
      /^FEW ACCOUNTS: .* fewer than 10 .*: bad debt \(1\), bad debt under BTC -30% \(4\)$/,
    );
    expect(warnings[1]).toMatch(/: total short of C-0 \(3\), .*, total short of C-11 \(3\) and 28 more$/);
  });
});
