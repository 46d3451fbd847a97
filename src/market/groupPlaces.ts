import { MAX_PARTS } from "../protocol/constants.js";
import type { GroupPlace } from "../protocol/riskTable.js";
import { marketError, Place } from "./marketError.js";
import type { Market } from "./marketFile.js";

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
export function assertGroups({ groups, initialFactorBp }: Market): void {
  const parts = new Map<string, number>();
  groups.forEach((g, i) => {
    const path = Place.of("groups", i).called(g.name);
    const refuse = (field: string, problem: string, hint: string) => {
      throw marketError("MARKET_GROUP", path.at(field), problem, hint);
    };
    if (g.initialFactorBp !== undefined && g.within !== undefined)
      refuse("initialFactorBp", `it is a part of ${g.within}`, "give the factor to that group");
    if ((g.initialFactorBp ?? initialFactorBp) < initialFactorBp)
      refuse(
        "initialFactorBp",
        `${g.initialFactorBp}, below the market's ${initialFactorBp}`,
        "let the market's be the least of all groups'",
      );
    if (g.within === undefined) return;
    const parent = groups.slice(0, i).find(({ name }) => name === g.within);
    if (parent === undefined)
      return refuse("within", `no group ${g.within} is listed before it`, "list that group first");
    if (parent.within !== undefined)
      refuse("within", `${g.within} is a part itself`, "name the group that it is a part of");
    if (parent.scenarios.join("\n") !== g.scenarios.join("\n"))
      refuse(
        "scenarios",
        `they are not those of ${g.within}`,
        "a part has the scenarios of its group, in their order",
      );
    const count = (parts.get(g.within) ?? 0) + 1;
    parts.set(g.within, count);
    if (count > MAX_PARTS)
      refuse("within", `part ${count} of ${g.within}; at most ${MAX_PARTS} fit`, "list fewer expiries");
  });
}
