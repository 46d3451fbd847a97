import { compare, type Decimal, decimal, floorQuotient, integer, multiply } from "../decimal/decimal.js";
import { requirementAt } from "./curve.js";
import { gainOfSide } from "./gain.js";
import type { Market, MarketInstrument, Side } from "./marketFile.js";
import { laneBrackets } from "./requirement.js";

/** Which entries of one lane are not what they were: 1 for each that was rounded, else 0. */
export interface RoundedLane {
  /** In the order of its rows. */
  readonly brackets: readonly {
    readonly base: bigint;
    readonly slope: bigint;
    readonly initialBase: bigint;
    readonly initialSlope: bigint;
  }[];
  /** Names of the risk groups, and parts of groups, of whose gains one was rounded. */
  readonly groups: readonly string[];
  /** 1 when one of its stress gains was rounded. */
  readonly stress: bigint;
}

/** What `compileLane` rounds of one side of an instrument. Secret rates count in whole value units: nothing. */
export function roundedLane({ valueUnit }: Market, i: MarketInstrument, side: Side): RoundedLane {
  const unit = decimal(valueUnit);
  const step = decimal(i.quantityStep);
  const rounded = (amount: Decimal): bigint =>
    compare(multiply(integer(floorQuotient(amount, unit)), unit), amount) === 0 ? 0n : 1n;
  const anyRounded = (gains: readonly string[]): boolean =>
    gains.some((gain) => rounded(multiply(step, decimal(gain))) === 1n);
  return {
    brackets: laneBrackets(i, side).map(({ from, maintenance, initial }) => ({
      base: rounded(requirementAt(maintenance, from)),
      slope: rounded(maintenance.perStep),
      initialBase: rounded(requirementAt(initial, from)),
      initialSlope: rounded(initial.perStep),
    })),
    groups: Object.entries(i.scenarioGains ?? {})
      .filter(([, gains]) => anyRounded(gains.map((gain) => gainOfSide(gain, side))))
      .map(([group]) => group),
    stress: anyRounded(i.stressGains ?? []) ? 1n : 0n,
  };
}
