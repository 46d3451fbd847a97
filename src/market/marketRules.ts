import { MarginproofError } from "../errors.js";
import { compare, decimal } from "./decimal.js";
import { assetOf, type Market, type MarketInstrument, type Requirement } from "./marketFile.js";

/** A market file that is well-formed but says something impossible: error with the path of the field. */
export function marketError(code: string, path: string, problem: string, hint?: string): MarginproofError {
  return new MarginproofError(code, `market file, ${path}: ${problem}`, hint === undefined ? {} : { hint });
}

/** `instruments[3] (BTC-PERP)`. */
export function instrumentPath(index: number, symbol: unknown): string {
  return `instruments[${index}]${typeof symbol === "string" ? ` (${symbol.slice(0, 64)})` : ""}`;
}

/**
 * Checks what the structure alone can't: unique names, known groups and assets, scenario counts, tiers.
 * Throws MARKET_DUPLICATE_NAME, MARKET_TIERS, MARKET_UNKNOWN_GROUP, MARKET_SCENARIO_COUNT,
 * MARKET_UNKNOWN_ASSET, MARKET_FIELD_NOT_ALLOWED, MARKET_NEGATIVE_PRICE, MARKET_PRICE_MISMATCH, MARKET_UNKNOWN_SETTLEMENT.
 */
export function assertMarketRules(market: Market): void {
  assertUnique(
    market.groups.map((g) => g.name),
    (i) => `groups[${i}].name`,
  );
  market.groups.forEach((g, i) => {
    assertUnique(g.scenarios, (s) => `groups[${i}] (${g.name}).scenarios[${s}]`);
  });
  assertUnique(
    market.stress.map((s) => s.name),
    (i) => `stress[${i}].name`,
  );
  assertUnique(
    market.instruments.map((i) => i.symbol),
    (i) => `instruments[${i}].symbol`,
  );
  const scenarioCounts = new Map(market.groups.map((g) => [g.name, g.scenarios.length]));
  market.instruments.forEach((instrument, i) => {
    const path = instrumentPath(i, instrument.symbol);
    assertClass(instrument, path);
    assertTiers(instrument, path);
    assertGains(instrument, path, scenarioCounts, market.stress.length);
  });
  assertAssets(market);
  assertSettlements(market);
}

function assertUnique(names: readonly string[], path: (index: number) => string): void {
  const seen = new Set<string>();
  names.forEach((name, i) => {
    if (seen.has(name)) throw marketError("MARKET_DUPLICATE_NAME", path(i), `"${name}" is used twice`);
    seen.add(name);
  });
}

function assertClass(i: MarketInstrument, path: string): void {
  const refuse = (field: string, why: string) => {
    throw marketError("MARKET_FIELD_NOT_ALLOWED", `${path}.${field}`, why);
  };
  if (i.kind === "settlement" && i.asset === undefined) {
    throw marketError("MARKET_UNKNOWN_ASSET", `${path}.asset`, "a settlement instrument must name its asset");
  }
  const derivative = i.kind !== "asset" && i.kind !== "settlement";
  if (derivative && i.asset !== undefined) refuse("asset", "only asset and settlement instruments have one");
  if (!derivative && i.settlement !== undefined) refuse("settlement", "only derivatives are settled");
  if (i.kind !== "asset" && i.haircut !== undefined) refuse("haircut", "only assets have a haircut");
  if (i.kind !== "asset" && i.borrowRate !== undefined) refuse("borrowRate", "only assets can be borrowed");
  if (!derivative && i.markPrice.startsWith("-")) {
    throw marketError(
      "MARKET_NEGATIVE_PRICE",
      `${path}.markPrice`,
      `${i.markPrice}: only derivatives can be worth less than 0`,
    );
  }
}

function assertTiers(i: MarketInstrument, path: string): void {
  for (const field of ["maintenance", "initial"] as const) {
    const rule: Requirement | undefined = i[field];
    if (rule === undefined) continue;
    const parts = [
      [`${path}.${field}`, rule.brackets],
      [`${path}.${field}.long`, rule.long?.brackets],
      [`${path}.${field}.short`, rule.short?.brackets],
    ] as const;
    for (const [at, tiers] of parts) {
      if (tiers === undefined) continue;
      assertFloors(
        tiers.map((t) => t.notionalFloor),
        `${at}.brackets`,
        "notionalFloor",
      );
      assertMonotone(
        tiers.map((t) => t.rate),
        `${at}.brackets`,
        "rate",
        "rise",
      );
    }
  }
  if (i.haircut !== undefined) {
    assertFloors(
      i.haircut.map((t) => t.valueFloor),
      `${path}.haircut`,
      "valueFloor",
    );
    assertMonotone(
      i.haircut.map((t) => t.ratio),
      `${path}.haircut`,
      "ratio",
      "fall",
    );
    const first = i.haircut[0]!.ratio;
    if (compare(decimal(first), decimal("1")) > 0) {
      throw marketError(
        "MARKET_TIERS",
        `${path}.haircut[0].ratio`,
        `${first} is above 1`,
        "collateral never counts for more than its value",
      );
    }
  }
  if (Array.isArray(i.borrowRate)) {
    assertFloors(
      i.borrowRate.map((t) => t.valueFloor),
      `${path}.borrowRate`,
      "valueFloor",
    );
    assertMonotone(
      i.borrowRate.map((t) => t.rate),
      `${path}.borrowRate`,
      "rate",
      "rise",
    );
  }
}

function assertFloors(floors: readonly string[], path: string, field: string): void {
  if (floors[0] !== "0")
    throw marketError(
      "MARKET_TIERS",
      `${path}[0].${field}`,
      `the first floor must be "0", not "${floors[0]}"`,
    );
  for (let k = 1; k < floors.length; k++) {
    if (compare(decimal(floors[k]!), decimal(floors[k - 1]!)) <= 0) {
      throw marketError(
        "MARKET_TIERS",
        `${path}[${k}].${field}`,
        `${floors[k]} is not above the floor before it, ${floors[k - 1]}`,
      );
    }
  }
}

function assertMonotone(
  rates: readonly string[],
  path: string,
  field: string,
  direction: "rise" | "fall",
): void {
  for (let k = 1; k < rates.length; k++) {
    const order = compare(decimal(rates[k]!), decimal(rates[k - 1]!));
    if (direction === "rise" ? order < 0 : order > 0) {
      const hint = "a requirement that grows more slowly with size would reward an account for being larger";
      throw marketError(
        "MARKET_TIERS",
        `${path}[${k}].${field}`,
        `${rates[k]} after ${rates[k - 1]}: must never ${direction === "rise" ? "fall" : "rise"}`,
        hint,
      );
    }
  }
}

function assertGains(
  i: MarketInstrument,
  path: string,
  scenarioCounts: ReadonlyMap<string, number>,
  stressCount: number,
): void {
  for (const [group, gains] of Object.entries(i.scenarioGains ?? {})) {
    const wanted = scenarioCounts.get(group);
    const at = `${path}.scenarioGains["${group}"]`;
    if (wanted === undefined)
      throw marketError("MARKET_UNKNOWN_GROUP", at, "no such group", "list it under groups");
    if (gains.length !== wanted) {
      throw marketError(
        "MARKET_SCENARIO_COUNT",
        at,
        `${gains.length} gains for the group's ${wanted} scenarios`,
      );
    }
  }
  if (i.stressGains !== undefined && i.stressGains.length !== stressCount) {
    throw marketError(
      "MARKET_SCENARIO_COUNT",
      `${path}.stressGains`,
      `${i.stressGains.length} gains for ${stressCount} stress scenarios`,
    );
  }
}

/** All instruments of one asset are the same thing: same price, same stress gains. Reserves name known assets. */
function assertAssets(market: Market): void {
  const first = new Map<string, MarketInstrument>();
  for (const i of market.instruments) {
    if (i.kind === "asset" && !first.has(assetOf(i)!)) first.set(assetOf(i)!, i);
  }
  market.instruments.forEach((i, index) => {
    const asset = assetOf(i);
    if (asset === undefined) return;
    const path = instrumentPath(index, i.symbol);
    const model = first.get(asset);
    if (model === undefined)
      throw marketError(
        "MARKET_UNKNOWN_ASSET",
        `${path}.asset`,
        `no instrument of kind "asset" for ${asset}`,
      );
    if (model.markPrice !== i.markPrice) {
      throw marketError(
        "MARKET_PRICE_MISMATCH",
        `${path}.markPrice`,
        `${i.markPrice}, but ${asset} (${model.symbol}) is at ${model.markPrice}`,
      );
    }
    for (let z = 0; z < market.stress.length; z++) {
      const [mine, theirs] = [i.stressGains?.[z] ?? "0", model.stressGains?.[z] ?? "0"];
      if (mine === theirs) continue;
      throw marketError(
        "MARKET_PRICE_MISMATCH",
        `${path}.stressGains[${z}]`,
        `${mine}, but ${asset} (${model.symbol}) gains ${theirs}`,
      );
    }
  });
  for (const asset of Object.keys(market.reserves)) {
    if (!first.has(asset))
      throw marketError(
        "MARKET_UNKNOWN_ASSET",
        `reserves["${asset}"]`,
        `no instrument of kind "asset" for ${asset}`,
      );
  }
}

function assertSettlements(market: Market): void {
  const known = new Set(market.instruments.filter((i) => i.kind === "settlement").map((i) => i.symbol));
  market.instruments.forEach((i, index) => {
    if (i.settlement === undefined || known.has(i.settlement)) return;
    const path = `${instrumentPath(index, i.symbol)}.settlement`;
    throw marketError(
      "MARKET_UNKNOWN_SETTLEMENT",
      path,
      `no instrument of kind "settlement" called ${i.settlement}`,
    );
  });
}
