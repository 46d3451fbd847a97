import { describe, expect, test } from "vitest";
import { canonicalMarketDigest, parseMarket, secretRatesDigest } from "../../src/market/index.js";
import { signedLines } from "../../src/verifier/signedLines.js";
import {
  notProvedLight,
  PROOFS_ATTESTED,
  type PriceStanding,
  type RatesStanding,
  notProved as withRates,
} from "../../src/verifier/verdict.js";
import { smallMarket } from "../market/smallMarket.js";

/** What is not proved of a bundle whose prices stand so: as verifySteps puts it together. */
const notProved = (
  prices: PriceStanding,
  modelled: readonly string[],
  rates?: RatesStanding,
  stressed = true,
) => withRates(signedLines(prices, modelled), prices, rates, stressed);

const secret = { commitment: "0x", compared: true, options: true };
const NOTIONAL = "no commitment holds notionalPrice";

describe("what no verdict says", () => {
  test.each([
    "no account or pocket was left out",
    "the prices of market.json are the market's",
    "an instrument is what market.json says",
    "brackets, haircuts, scenarios",
    "a stress scenario is severe",
    "the declared reserves and the insurance fund exist",
    "nothing is owed off the books",
    "open interest is between two people",
    "margin accounts are people",
    "an account name belongs to one person",
    "at any other moment than the epoch's time",
    "this is the epoch's only statement",
  ])("%s", (claim) => {
    const lines = notProved("stated", []);
    expect(lines.filter((line) => line.startsWith("that ") && line.includes(claim))).toHaveLength(1);
    expect(lines).toHaveLength(12);
  });

  test("of secret rates on options: a pinned commitment is no word on the price that they apply to", () => {
    for (const prices of ["stated", "attested"] as const)
      expect(notProved(prices, [], secret).join("\n"), prices).toContain(NOTIONAL);
    // Under a policy of the verifier's own, every notional counts at a signed price.
    expect(notProved("pinned", [], secret).join("\n")).not.toContain(NOTIONAL);
    expect(notProved("stated", [], { ...secret, options: false }).join("\n")).not.toContain(NOTIONAL);
    expect(notProved("stated", []).join("\n")).not.toContain("secret");
  });

  test("of a light check: first that the proofs verify, then all that a whole one leaves open", () => {
    for (const stressed of [true, false]) {
      const [first, ...others] = notProvedLight([PROOFS_ATTESTED], secret, stressed);
      expect(first).toMatch(/^that the proofs verify: nobody looked at one here/);
      expect(others).toEqual(notProved("stated", [], secret, stressed));
    }
  });

  test("of a market without stress: that any fall of prices is survived", () => {
    const NO_STRESS = "no stress scenario was published";
    expect(notProved("stated", [], undefined, false).join("\n")).toContain(NO_STRESS);
    expect(notProved("stated", [], undefined, true).join("\n")).not.toContain(NO_STRESS);
    expect(notProved("stated", []).join("\n")).not.toContain(NO_STRESS);
    expect(notProved("pinned", [], secret, false).join("\n")).toContain(NO_STRESS);
  });

  test("of secret rates that nobody compared: that they are those of the epochs before", () => {
    const NOT_COMPARED = "those of the epochs before";
    expect(notProved("stated", [], { ...secret, compared: false }).join("\n")).toContain(NOT_COMPARED);
    expect(notProved("stated", [], secret).join("\n")).not.toContain(NOT_COMPARED);
    expect(notProved("stated", [], secret).join("\n")).toContain("that the secret rates are fair");
  });

  test("of options that no signer prices: each is named, and whose word the others are", () => {
    expect(notProved("stated", ["C"]).join("\n")).not.toContain("which no signer prices");
    for (const prices of ["attested", "pinned"] as const) {
      expect(notProved(prices, ["C"]).join("\n")).toContain("which no signer prices: C");
      expect(notProved(prices, []).join("\n")).not.toContain("which no signer prices");
    }
    const word = "they are the exchange's word, compare them";
    expect(notProved("stated", []).join("\n")).toContain(word);
    expect(notProved("attested", []).join("\n")).not.toContain(word);
    expect(notProved("attested", []).join("\n")).toContain("the bundle itself names who signed them");
    expect(notProved("pinned", []).join("\n")).toContain("on your price policy are independent");
    // The verifier's own policy says what each instrument is.
    expect(notProved("attested", []).join("\n")).toContain("its name shows nothing");
    expect(notProved("pinned", []).join("\n")).not.toContain("its name shows nothing");
  });

  test("of option notionals: that they are fair, unless a policy of the verifier's own ties them to signed prices", () => {
    for (const prices of ["stated", "attested"] as const)
      expect(notProved(prices, []).join("\n"), prices).toContain(
        "option notionals and margin factors are fair",
      );
    const pinned = notProved("pinned", []).join("\n");
    expect(pinned).not.toContain("option notionals");
    expect(pinned).toContain("that brackets, haircuts, scenarios and margin factors are fair");
  });
});

describe("a rules commitment", () => {
  const market = (notionalPrice: string) => {
    const small = smallMarket();
    small.privateRules = { rowsPerStep: 16, commitments: [`0x${"1".repeat(64)}`] };
    const [kind, quantityStep, markPrice] = ["option", "0.01", "1000"] as const;
    const option = { symbol: "C", kind, quantityStep, markPrice, notionalPrice, privateBrackets: ["0"] };
    small.instruments.push({ ...option, stressGains: ["0"] });
    return parseMarket(small);
  };

  test("is the same at a notional price of 60,000 and of 0.01: that is what the words are for", () => {
    const [dear, cheap] = [market("60000"), market("0.01")];
    expect(secretRatesDigest(cheap)).toBe(secretRatesDigest(dear));
    expect(canonicalMarketDigest(cheap)).not.toEqual(canonicalMarketDigest(dear));
  });
});
