import { Faults } from "../errors.js";
import { Precise, revalue, type Scenario } from "../models/index.js";
import { gainText } from "../models/modelTable.js";
import { type Decimal, ofInstrument } from "../models/precise.js";
import { eachOf, type Listing } from "./listing.js";
import type { RuleBook } from "./readRules.js";
import type { StressRule } from "./rulesFile.js";

/**
 * Gain of one long unit of every instrument under every stress scenario: full revaluation, options by Black-76.
 *
 *     asset, linear contract, option    the gain of `revalue`
 *     option in coin, quanto            (price + gain of `revalue`) * (1 + y) - price, the coin's move y: at its new price
 *     inverse contract                  0: -C / mark coins, worth the same when coin and mark move together
 *
 * The last two count in quote currency at stressed prices; the profit itself is coin in the settlement instrument, which
 * moves with the coin.
 * @throws MarginproofError RULES_DUPLICATE, RULES_REFERENCE, RULES_STRESS, MODEL_INPUT with the scenario's line
 */
export function stressGains(book: RuleBook, listings: readonly Listing[]): Map<Listing, string[]> {
  const faults = new Faults();
  eachOf(faults, book.rules.stress, (scenario, z) => assertScenario(book, scenario, z));
  faults.throwAny();
  return new Map(
    listings.map((listing) => [
      listing,
      book.rules.stress.map((scenario, z) => {
        try {
          const subject = ofInstrument(listing.json.symbol, `, stress ${scenario.name}`);
          return gainText(gainOf(book, listing, scenario), subject);
        } catch (error) {
          throw book.locate(error, ["stress", z]);
        }
      }),
    ]),
  );
}

function assertScenario(book: RuleBook, scenario: StressRule, z: number): void {
  const { stress, quote, underlyings } = book.rules;
  const first = stress.findIndex((other) => other.name === scenario.name);
  if (first < z)
    throw book.error(
      "RULES_DUPLICATE",
      ["stress", z, "name"],
      `two stress scenarios are called ${scenario.name}`,
    );
  for (const [name, move] of Object.entries(scenario.moves)) {
    const path = ["stress", z, "moves", name];
    if (name === quote) {
      const problem = `${quote} is the quote currency: it is worth 1 of itself under stress too`;
      throw book.error("RULES_STRESS", path, problem, "say by how much everything else rises or falls in it");
    }
    if (!Object.hasOwn(underlyings, name))
      throw book.error("RULES_REFERENCE", path, `"${name}" is not one of the file's underlyings`);
    assertMove(book, move, path);
  }
  if (scenario.alts !== undefined) assertMove(book, scenario.alts, ["stress", z, "alts"]);
  if (scenario.volatility !== undefined) assertMove(book, scenario.volatility, ["stress", z, "volatility"]);
}

function assertMove(book: RuleBook, move: string, path: (string | number)[]): void {
  if (new Precise(move).gte(-1)) return;
  throw book.error("RULES_STRESS", path, `${move}: nothing falls by more than 100%`, "-0.5 is half");
}

/** Move of an underlying in a scenario: its own, else "alts" unless it is stable, else none. */
function moveOf(book: RuleBook, underlying: string, scenario: StressRule): string {
  if (Object.hasOwn(scenario.moves, underlying)) return scenario.moves[underlying]!;
  return book.rules.underlyings[underlying]?.stable === true ? "0" : (scenario.alts ?? "0");
}

function gainOf(book: RuleBook, listing: Listing, rule: StressRule): Decimal {
  const { instrument, underlying, coin, json } = listing;
  if (instrument === undefined || underlying === undefined) return new Precise(0);
  if (instrument.kind === "inverse") return new Precise(0);
  const priceMove = moveOf(book, underlying, rule);
  const scenario: Scenario = {
    name: rule.name,
    priceMove,
    ...(rule.volatility === undefined
      ? {}
      : { volShift: { kind: "multiplicative", factor: rule.volatility } as const }),
  };
  const gain = revalue(instrument, scenario);
  if (coin === undefined) return gain;
  const price = new Precise(json.markPrice);
  return price
    .plus(gain)
    .times(new Precise(moveOf(book, coin, rule)).plus(1))
    .minus(price);
}
