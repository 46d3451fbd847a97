import { compare, type Decimal, decimal, floorQuotient, integer, multiply } from "../decimal/decimal.js";
import { requirementAt } from "./curve.js";
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
  /** Risk groups of whose gains one was rounded. */
  readonly groups: bigint;
  /** 1 when one of its stress gains was rounded. */
  readonly stress: bigint;
}

/** What `compileLane` rounds of one side of an instrument. Secret rates count in whole value units: nothing. */
export function roundedLane({ valueUnit }: Market, i: MarketInstrument, side: Side): RoundedLane {
  const unit = decimal(valueUnit);
  const step = decimal(i.quantityStep);
  const rounded = (amount: Decimal): bigint =>
    compare(multiply(integer(floorQuotient(amount, unit)), unit), amount) === 0 ? 0n : 1n;
  const anyGain = (gains: readonly string[]): bigint =>
    gains.some((gain) => rounded(multiply(step, decimal(gain))) === 1n) ? 1n : 0n;
  const open = i.privateBrackets === undefined ? laneBrackets(i, side) : [];
  return {
    brackets: open.map(({ from, maintenance, initial }) => ({
      base: rounded(requirementAt(maintenance, from)),
      slope: rounded(maintenance.perStep),
      initialBase: rounded(requirementAt(initial, from)),
      initialSlope: rounded(initial.perStep),
    })),
    groups: Object.values(i.scenarioGains ?? {}).reduce((sum, gains) => sum + anyGain(gains), 0n),
    stress: anyGain(i.stressGains ?? []),
  };
}
