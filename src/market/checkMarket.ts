import { add, decimal, decimalText } from "../decimal/decimal.js";
import { Faults } from "../errors.js";
import { assertAssets } from "./checkAssets.js";
import { assertNames } from "./checkNames.js";
import { assertTiers } from "./checkTiers.js";
import { assertContracts } from "./contracts.js";
import type { Gain } from "./gain.js";
import { assertGroups } from "./groupPlaces.js";
import { assertInverseSize } from "./inverseSize.js";
import { assertLargeHoldings } from "./largeHoldings.js";
import { instrumentPath, marketError, Place } from "./marketError.js";
import { assetOf, isDerivative, type Market, type MarketInstrument } from "./marketFile.js";
import { assertOrders } from "./orders.js";
import { assertSecretRates } from "./secretRates.js";

/**
 * Checks what the structure alone can't: names that mean what they say, known groups and assets, scenario counts, tiers,
 * and that nothing is charged or stressed with zero merely because a field was left out.
 * @throws MarginproofError MARKET_DUPLICATE_NAME, MARKET_TIERS, MARKET_UNKNOWN_GROUP, MARKET_SCENARIO_COUNT,
 * MARKET_STRESS_MISSING, MARKET_NO_REQUIREMENT, MARKET_UNKNOWN_ASSET, MARKET_FIELD_NOT_ALLOWED, MARKET_NEGATIVE_PRICE,
 * MARKET_PRICE_MISMATCH, MARKET_UNKNOWN_SETTLEMENT, MARKET_PRIVATE, MARKET_STRESS_NOTHING, MARKET_SIDES_GAIN, MARKET_GROUP, and
 * those of `assertNames`, `assertContracts`, `assertLargeHoldings` and `assertOrders`
 */
export function assertMarketInvariants(market: Market): void {
  assertUnique(
    market.groups.map((g) => g.name),
    (i) => Place.of("groups", i, "name"),
  );
  market.groups.forEach((g, i) => {
    assertUnique(g.scenarios, (s) => Place.of("groups", i).called(g.name).at("scenarios", s));
  });
  assertGroups(market);
  assertUnique(
    market.stress.map((s) => s.name),
    (i) => Place.of("stress", i, "name"),
  );
  assertUnique(
    market.instruments.map((i) => i.symbol),
    (i) => Place.of("instruments", i, "symbol"),
  );
  const scenarioCounts = new Map(market.groups.map((g) => [g.name, g.scenarios.length]));
  const faults = new Faults();
  market.instruments.forEach((instrument, i) => {
    const path = instrumentPath(i, instrument.symbol);
    faults.attempt(() => {
      assertClass(instrument, path);
      assertTiers(instrument, path);
      assertRequirement(instrument, path);
      assertNotional(instrument, path);
      assertScenarioGains(instrument, path, scenarioCounts);
      assertStressGains(market, instrument, path);
    });
  });
  faults.throwAny();
  assertAssets(market);
  assertSettlements(market);
  assertLargeHoldings(market);
  assertOrders(market);
  assertContracts(market);
  assertSecretRates(market);
  assertStressMoves(market);
  assertNames(market);
}

function assertUnique(names: readonly string[], path: (index: number) => Place): void {
  const seen = new Set<string>();
  names.forEach((name, i) => {
    if (seen.has(name)) throw marketError("MARKET_DUPLICATE_NAME", path(i), `"${name}" is used twice`);
    seen.add(name);
  });
}

function assertClass(i: MarketInstrument, path: Place): void {
  const refuse = (field: string, why: string) => {
    throw marketError("MARKET_FIELD_NOT_ALLOWED", path.at(field), why);
  };
  if (i.kind === "settlement" && i.asset === undefined) {
    throw marketError(
      "MARKET_UNKNOWN_ASSET",
      path.at("asset"),
      "a settlement instrument must name its asset",
    );
  }
  const derivative = isDerivative(i);
  if (derivative && i.asset !== undefined) refuse("asset", "only asset and settlement instruments have one");
  if (!derivative && i.settlement !== undefined) refuse("settlement", "only derivatives are settled");
  if (i.kind !== "option" && i.kind !== "orders" && i.notionalPrice !== undefined)
    refuse("notionalPrice", "only options have one: all others count their notional at |markPrice|");
  if (i.kind !== "perpetual" && i.kind !== "future" && i.inverse !== undefined)
    refuse("inverse", "only perpetuals and futures are inverse");
  if ((!derivative || i.inverse !== undefined) && i.multiplier !== undefined)
    refuse(
      "multiplier",
      "only contracts have one, and of those none that are inverse, whose size is in inverse",
    );
  if ((i.kind === "option" || i.multiplier === undefined) && i.tick !== undefined)
    refuse("tick", "only the price of a perpetual or future with a multiplier is computed");
  if (i.kind !== "asset" && i.haircut !== undefined) refuse("haircut", "only assets have a haircut");
  if (i.kind !== "asset" && i.borrowRate !== undefined) refuse("borrowRate", "only assets can be borrowed");
  if (!derivative && i.markPrice.startsWith("-")) {
    throw marketError(
      "MARKET_NEGATIVE_PRICE",
      path.at("markPrice"),
      `${i.markPrice}: only derivatives can be worth less than 0`,
    );
  }
}

/** A derivative has scenario gains, a maintenance requirement for each side, or secret rates. */
function assertRequirement(i: MarketInstrument, path: Place): void {
  if (!isDerivative(i) || Object.keys(i.scenarioGains ?? {}).length > 0) return;
  if (i.privateBrackets !== undefined) return;
  const requirement = i.maintenance;
  if (requirement !== undefined && (requirement.long === undefined) === (requirement.short === undefined))
    return;
  throw marketError(
    "MARKET_NO_REQUIREMENT",
    path,
    "neither scenario gains nor a maintenance requirement for both sides",
    "sayZero",
  );
}

/** A rate on a notional of 0 charges nothing, however high it looks; of secret rates nobody sees whether they are 0. */
function assertNotional(i: MarketInstrument, path: Place): void {
  if (!isDerivative(i) || (i.notionalPrice ?? i.markPrice) !== "0") return;
  if (i.privateBrackets !== undefined)
    throw marketError(
      "MARKET_NO_REQUIREMENT",
      path.at("privateBrackets"),
      "its secret rates charge nothing, because the notional is 0",
      "giveNotional",
    );
  for (const field of ["maintenance", "initial"] as const) {
    const requirement = i[field];
    const rates = [requirement, requirement?.long, requirement?.short].flatMap((side) => [
      side?.liquidationFeeRate ?? "0",
      ...(side?.brackets ?? []).map((tier) => tier.rate),
    ]);
    if (rates.every((rate) => rate === "0")) continue;
    throw marketError(
      "MARKET_NO_REQUIREMENT",
      path.at(field),
      "its rates charge nothing, because the notional is 0",
      "giveNotionalOrZero",
    );
  }
}

function assertScenarioGains(
  i: MarketInstrument,
  path: Place,
  scenarioCounts: ReadonlyMap<string, number>,
): void {
  for (const [group, gains] of Object.entries(i.scenarioGains ?? {})) {
    const wanted = scenarioCounts.get(group);
    const at = path.at("scenarioGains").key(group);
    if (wanted === undefined) throw marketError("MARKET_UNKNOWN_GROUP", at, "no such group");
    if (gains.length !== wanted) {
      throw marketError(
        "MARKET_SCENARIO_COUNT",
        at,
        `${gains.length} gains for the group's ${wanted} scenarios`,
      );
    }
    gains.forEach((gain, s) => {
      assertSidesLose(gain, at.at(s));
    });
  }
}

/** Who holds an instrument both ways can't gain by it: a requirement would otherwise shrink with what is held. */
function assertSidesLose(gain: Gain, path: Place): void {
  if (typeof gain === "string") return;
  const both = add(decimal(gain.long), decimal(gain.short));
  if (both.coefficient <= 0n) return;
  throw marketError(
    "MARKET_SIDES_GAIN",
    path,
    `a long gains ${gain.long} and a short ${gain.short}: together they gain ${decimalText(both)}`,
  );
}

/** Every instrument says what it gains under every stress scenario; the quote currency gains nothing. */
function assertStressGains(market: Market, i: MarketInstrument, path: Place): void {
  const wanted = market.stress.length;
  if (i.stressGains === undefined) {
    if (wanted === 0 || assetOf(i) === market.quote || i.kind === "orders") return;
    throw marketError(
      "MARKET_STRESS_MISSING",
      path.at("stressGains"),
      `no gains for ${wanted} stress scenarios`,
    );
  }
  if (i.stressGains.length !== wanted)
    throw marketError(
      "MARKET_SCENARIO_COUNT",
      path.at("stressGains"),
      `${i.stressGains.length} gains for ${wanted} stress scenarios`,
    );
  if (assetOf(i) === undefined) return;
  const below = i.stressGains.findIndex((gain) => add(decimal(i.markPrice), decimal(gain)).coefficient < 0n);
  if (below < 0) return;
  throw marketError(
    "MARKET_NEGATIVE_PRICE",
    path.at("stressGains", below),
    `${i.stressGains[below]} from ${i.markPrice}: only derivatives can be worth less than 0`,
  );
}

/** A scenario under which nothing changes stresses nothing, whatever it is called. */
function assertStressMoves({ stress, instruments }: Market): void {
  const still = stress.findIndex((_, z) =>
    instruments.every(({ stressGains }) => (stressGains?.[z] ?? "0") === "0"),
  );
  if (still < 0) return;
  throw marketError(
    "MARKET_STRESS_NOTHING",
    Place.of("stress", still),
    `no instrument gains or loses anything under "${stress[still]!.name}"`,
  );
}

function assertSettlements(market: Market): void {
  const known = new Map(market.instruments.filter((i) => i.kind === "settlement").map((i) => [i.symbol, i]));
  market.instruments.forEach((i, index) => {
    const path = instrumentPath(index, i.symbol);
    if (i.settlement !== undefined && !known.has(i.settlement))
      throw marketError(
        "MARKET_UNKNOWN_SETTLEMENT",
        path.at("settlement"),
        `no instrument of kind "settlement" called ${i.settlement}`,
      );
    if (i.inverse === undefined) return;
    const coin = i.settlement === undefined ? undefined : known.get(i.settlement)!.asset;
    if (coin === undefined || coin === market.quote)
      throw marketError(
        "MARKET_FIELD_NOT_ALLOWED",
        path.at("inverse"),
        "only contracts settled in a coin are inverse",
      );
    // Signed prices say it more exactly: PRICES_MARK_PRICE.
    if (market.priceEvidence === undefined) assertInverseSize(i, known.get(i.settlement!)!.markPrice, path);
  });
}
