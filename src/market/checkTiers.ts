import { compare, decimal } from "../decimal/decimal.js";
import { marketError, type Place } from "./marketError.js";
import type { MarketInstrument, Requirement } from "./marketFile.js";

/** Floors begin at 0 and rise; rates never fall and ratios never rise or pass 1. @throws MarginproofError MARKET_TIERS */
export function assertTiers(i: MarketInstrument, path: Place): void {
  for (const field of ["maintenance", "initial"] as const) {
    const requirement: Requirement | undefined = i[field];
    if (requirement === undefined) continue;
    const parts = [
      [path.at(field), requirement.brackets],
      [path.at(field, "long"), requirement.long?.brackets],
      [path.at(field, "short"), requirement.short?.brackets],
    ] as const;
    for (const [at, tiers] of parts) {
      if (tiers === undefined) continue;
      assertFloors(
        tiers.map((t) => t.notionalFloor),
        at.at("brackets"),
        "notionalFloor",
      );
      assertMonotone(
        tiers.map((t) => t.rate),
        at.at("brackets"),
        "rate",
        "rise",
      );
    }
  }
  if (i.haircut !== undefined) {
    assertFloors(
      i.haircut.map((t) => t.valueFloor),
      path.at("haircut"),
      "valueFloor",
    );
    assertMonotone(
      i.haircut.map((t) => t.ratio),
      path.at("haircut"),
      "ratio",
      "fall",
    );
    const first = i.haircut[0]!.ratio;
    if (compare(decimal(first), decimal("1")) > 0) {
      throw marketError("MARKET_TIERS", path.at("haircut", 0, "ratio"), `${first} is above 1`, "collateral");
    }
  }
  if (Array.isArray(i.borrowRate)) {
    assertFloors(
      i.borrowRate.map((t) => t.valueFloor),
      path.at("borrowRate"),
      "valueFloor",
    );
    assertMonotone(
      i.borrowRate.map((t) => t.rate),
      path.at("borrowRate"),
      "rate",
      "rise",
    );
  }
}

function assertFloors(floors: readonly string[], path: Place, field: string): void {
  if (floors[0] !== "0")
    throw marketError("MARKET_TIERS", path.at(0, field), `the first floor must be "0", not "${floors[0]}"`);
  for (let k = 1; k < floors.length; k++) {
    if (compare(decimal(floors[k]!), decimal(floors[k - 1]!)) <= 0) {
      throw marketError(
        "MARKET_TIERS",
        path.at(k, field),
        `${floors[k]} is not above the floor before it, ${floors[k - 1]}`,
      );
    }
  }
}

function assertMonotone(
  rates: readonly string[],
  path: Place,
  field: string,
  direction: "rise" | "fall",
): void {
  for (let k = 1; k < rates.length; k++) {
    const order = compare(decimal(rates[k]!), decimal(rates[k - 1]!));
    if (direction === "rise" ? order < 0 : order > 0) {
      throw marketError(
        "MARKET_TIERS",
        path.at(k, field),
        `${rates[k]} after ${rates[k - 1]}: must never ${direction === "rise" ? "fall" : "rise"}`,
        "growsSlower",
      );
    }
  }
}
