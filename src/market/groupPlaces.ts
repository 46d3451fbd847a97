import { MAX_PARTS } from "../protocol/constants.js";
import type { GroupPlace } from "../protocol/riskTable.js";
import { marketError, Place } from "./marketError.js";
import type { Market } from "./marketFile.js";
import type { MarketStep } from "./nextSteps.js";

/** Where each group stands: by itself, or as which part of which. The market's groups are in order (`assertGroups`). */
export function groupPlaces({
  groups,
  initialFactorBp,
}: Pick<Market, "groups" | "initialFactorBp">): GroupPlace[] {
  const parts = new Map<string, number>();
  const numbers = new Map(groups.map((g, number) => [g.name, number]));
  const factorOf = (g: Market["groups"][number]) =>
    BigInt((g.initialFactorBp ?? initialFactorBp) - initialFactorBp);
  return groups.map((g, number) => {
    if (g.within === undefined) return { parent: number, part: 0, factorBp: factorOf(g) };
    const part = (parts.get(g.within) ?? 0) + 1;
    parts.set(g.within, part);
    const parent = numbers.get(g.within)!;
    return { parent, part, factorBp: factorOf(groups[parent]!) };
  });
}

/**
 * A part of a group: in each scenario the group gains, beside its own gains, what the part loses, and nothing where the part
 * gains. So a part has the group's scenarios, and the group's initial factor.
 * @throws MarginproofError MARKET_GROUP
 */
export function assertGroups(market: Market): void {
  for (const [i, { name }] of market.groups.entries()) {
    const fault = groupFault(market, i);
    if (fault !== undefined)
      throw marketError(
        "MARKET_GROUP",
        Place.of("groups", i).called(name).at(fault.field),
        fault.problem,
        fault.step,
      );
  }
}

interface GroupFault {
  readonly field: "within" | "scenarios" | "initialFactorBp";
  readonly problem: string;
  readonly step: MarketStep;
}

function groupFault({ groups, initialFactorBp: least }: Market, i: number): GroupFault | undefined {
  const { within, scenarios, initialFactorBp } = groups[i]!;
  const fault = (field: GroupFault["field"], problem: string, step: MarketStep) => ({ field, problem, step });
  if ((initialFactorBp ?? least) < least)
    return fault("initialFactorBp", `${initialFactorBp}, below the market's ${least}`, "leastFactor");
  if (within === undefined) return undefined;
  if (initialFactorBp !== undefined)
    return fault("initialFactorBp", `it is a part of ${within}`, "giveFactor");
  const before = groups.slice(0, i);
  const parent = before.find(({ name }) => name === within);
  if (parent === undefined) return fault("within", `no group ${within} is listed before it`, "listFirst");
  if (parent.within !== undefined) return fault("within", `${within} is a part itself`, "nameGroup");
  if (
    parent.scenarios.length !== scenarios.length ||
    parent.scenarios.some((name, s) => name !== scenarios[s])
  )
    return fault("scenarios", `they are not those of ${within}`, "sameScenarios");
  const count = before.filter((g) => g.within === within).length + 1;
  if (count > MAX_PARTS)
    return fault("within", `part ${count} of ${within}; at most ${MAX_PARTS} fit`, "fewerParts");
  return undefined;
}
