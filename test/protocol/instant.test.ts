import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMarket } from "../../src/market/index.js";
import { verifyPriceFile } from "../../src/prices/index.js";
import { canonicalInstant, instantOf } from "../../src/protocol/instant.js";
import { parseStatement } from "../../src/protocol/statement.js";
import { smallMarket } from "../market/smallMarket.js";
import { EPOCH, file } from "../prices/support.js";
import { edited, refusal, rulesOf } from "../rules/support.js";
import { tinyBundle } from "../support/tinyBundle.js";

/** Each is no moment that this project has a number for. */
const NONE = [
  "1969-12-31T23:59:59Z",
  "2554-07-21T23:34:34Z",
  "2554-07-21T23:34:33.709551616Z",
  "2026-02-29T00:00:00Z",
  "2026-02-30T08:00:00Z",
  "2100-02-29T00:00:00Z",
  "2026-04-31T00:00:00Z",
  "2028-04-31T00:00:00Z",
  "2028-01-32T00:00:00Z",
  "2026-00-10T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "2026-01-00T00:00:00Z",
  "2026-01-01T24:00:00Z",
  "2026-01-01T23:60:00Z",
  "2026-01-01T23:59:60Z",
  "2026-01-01T00:00:00",
  "2026-01-01T00:00:00+00:00",
  "2026-01-01t00:00:00z",
  "2026-01-01T00:00:00.Z",
  "2026-01-01T00:00:00.1234567890Z",
  "2026-01-01 00:00:00Z",
  "x2026-01-01T00:00:00Z",
  "2026-01-01T00:00:00Zx",
  "",
];

describe("a moment", () => {
  it("is exact to the nanosecond, and real", () => {
    expect(instantOf("1970-01-01T00:00:00Z")).toBe(0n);
    expect(instantOf("2000-02-29T23:59:59.123456789Z")).toBe(951868799123456789n);
    expect(instantOf("2554-07-21T23:34:33Z")).toBe(18446744073n * 1_000_000_000n);
    expect(instantOf("2554-07-21T23:34:33.709551615Z")).toBe((1n << 64n) - 1n);
    expect(canonicalInstant("2000-02-29T23:59:59.120Z")).toBe("2000-02-29T23:59:59.12Z");
    expect(canonicalInstant("2000-02-29T23:59:59.00102030Z")).toBe("2000-02-29T23:59:59.0010203Z");
    expect(canonicalInstant("2000-02-29T23:59:50.000Z")).toBe("2000-02-29T23:59:50Z");
    for (const text of NONE) expect(instantOf(text), text).toBeUndefined();
  });

  it("is of a day that its month has, in every month of every year", () => {
    const two = (n: number): string => String(n).padStart(2, "0");
    for (let year = 1970; year < 2554; year++)
      for (let month = 1; month <= 12; month++) {
        const last = new Date(Date.UTC(year, month, 0));
        const day = (n: number): string => `${year}-${two(month)}-${two(n)}T00:00:00Z`;
        expect(instantOf(day(last.getUTCDate()))).toBe(BigInt(last.getTime()) * 1_000_000n);
        expect(instantOf(day(last.getUTCDate() + 1))).toBeUndefined();
      }
  });

  it("is counted as JavaScript's own calendar counts", () => {
    const last = Date.UTC(2554, 6, 21);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: last }), (milliseconds) => {
        const text = new Date(milliseconds).toISOString();
        expect(instantOf(text)).toBe(BigInt(milliseconds) * 1_000_000n);
      }),
    );
  });

  it("is the same in market, statement, prices and rules: each refuses what the others do", async () => {
    const { statement } = await tinyBundle("covered");
    const [signed] = [file(0, [{ price: "1" }])];
    const refusals = (time: string) => ({
      market: codeOf(() => parseMarket({ ...smallMarket(), time })),
      statement: codeOf(() => parseStatement({ ...(statement as object), time })),
      prices: codeOf(() =>
        verifyPriceFile({ ...signed, observations: [{ ...signed!.observations[0]!, time }] }),
      ),
      rules: refusal(edited(rulesOf("tiered"), "time: 2026-11-23T08:00:00Z", `time: "${time}"`))?.code,
    });
    for (const time of NONE)
      expect(refusals(time), time).toEqual({
        market: "MARKET_SCHEMA",
        statement: "STATEMENT_INVALID",
        prices: "PRICES_SCHEMA",
        rules: "RULES_SCHEMA",
      });
    const good = { market: undefined, statement: undefined, prices: "PRICES_WRONG_SIGNER", rules: undefined };
    expect(refusals(EPOCH)).toEqual(good);
  });
});

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}
