import { MarginproofError } from "../errors.js";
import { loadProfile, type Profile, profileNames } from "../keys/instances.js";
import { circuitOf, instanceFault, instanceId } from "../protocol/circuits.js";
import type { Evaluation } from "../protocol/evaluate.js";
import { fits, type Room, roomNeeded } from "../protocol/fitShape.js";
import { marginAccountTitle, type PocketId } from "../protocol/pocket.js";
import type { AccountShape } from "../protocol/shapes.js";

/** An account that no shape of the profile has room for. */
export interface TooLarge {
  readonly id: PocketId;
  readonly evaluation: Evaluation;
}

/**
 * Names the accounts, what they need and what there is, and what has room for all of them: profiles, else the shape to add.
 * Nobody is told to split an account: that would change its equity and its requirement.
 */
export function tooLargeError(
  accounts: readonly TooLarge[],
  { name, accounts: shapes }: Pick<Profile, "name" | "accounts">,
): MarginproofError {
  const needs = accounts.map(({ evaluation }) => roomNeeded(evaluation));
  const lines = accounts.map(({ id }, at) => `${marginAccountTitle(id)}: ${roomText(needs[at]!)}`);
  const others = profileNames().filter((other) => {
    const own = loadProfile(other).accounts;
    // One of single places is for an account alone: a book would take a step an account.
    return (
      own.some((shape) => shape.accounts > 1) &&
      accounts.every(({ evaluation }) => own.some((shape) => fits(shape, evaluation)))
    );
  });
  const hint =
    others.length > 0 ? `Make keys for and prove with --profile ${others.join(" or ")}.` : shapeToAdd(needs);
  return new MarginproofError(
    "ACCOUNT_TOO_LARGE",
    `no shape of profile ${name} has room; its largest has ${roomText(shapes.at(-1)!)}\n${lines.join("\n")}`,
    { kind: "usage", hint },
  );
}

/** What to do when no profile has room: the one shape that takes all of them, or why there can't be one. */
function shapeToAdd(needs: readonly Room[]): string {
  const most = (place: keyof Room): number => Math.max(...needs.map((need) => need[place] ?? 0));
  const room = {
    bracketed: most("bracketed"),
    flat: most("flat"),
    groups: most("groups"),
    scenarios: most("scenarios"),
    stress: most("stress"),
    deep: most("deep"),
    parts: most("parts"),
  };
  const shape = { template: "accounts", accounts: 1, ...room } as const;
  const named: AccountShape = { ...shape, id: instanceId(shape) };
  if (instanceFault(named) === undefined)
    return `No profile has: add the shape ${named.id} to a profile of circuits/instances.json, and run setup.`;
  const { parameters } = circuitOf("accounts");
  const limits = (Object.keys(room) as (keyof Room)[]).map((place) => [place, parameters[place]!.max]);
  return `No circuit takes so much: ${roomText(Object.fromEntries(limits) as unknown as Room)} at most.`;
}

const roomText = ({ bracketed, flat, groups, scenarios, stress, deep, parts = 0 }: Room): string =>
  `${bracketed} bracketed and ${flat} flat holdings, ${groups} risk groups of ${scenarios} scenarios${
    parts > 0 ? ` and ${parts} parts` : ""
  }, ${stress} stress scenarios${deep === 1 ? ", lanes of more than 16 brackets" : ""}`;
