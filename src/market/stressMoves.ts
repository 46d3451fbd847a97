import {
  absolute,
  type Decimal,
  decimal,
  decimalText,
  floorQuotient,
  powerOfTen,
} from "../decimal/decimal.js";
import { assetOf, type Market, type MarketInstrument } from "./marketFile.js";

/** What a stress scenario does to the instruments that are held. Its name says nothing that anybody could check. */
export interface StressMove {
  readonly name: string;
  /** Instruments held whose value it changes, of all that are held and not the quote currency. */
  readonly moved: number;
  readonly held: number;
  /** Largest fall and rise of one long unit in percent of its mark price, rounded to less; null when there is none. */
  readonly fall: string | null;
  readonly rise: string | null;
}

/** @param isHeld whether anybody holds an instrument, by its place in the market */
export function stressMoves(
  { stress, instruments, quote }: Market,
  isHeld: (instrument: number) => boolean,
): StressMove[] {
  const held = instruments.filter((i, index) => i.kind !== "orders" && assetOf(i) !== quote && isHeld(index));
  return stress.map(({ name }, z): StressMove => {
    const gains = held.map((i) => ({ instrument: i, gain: decimal(i.stressGains![z]!) }));
    const largest = (rises: boolean): string | null => {
      const shares = gains
        .filter(({ gain }) => gain.coefficient !== 0n && gain.coefficient > 0n === rises)
        .flatMap(({ instrument, gain }) => shareOf(instrument, gain) ?? []);
      return shares.length === 0 ? null : percentText(shares.reduce((a, b) => (a > b ? a : b)));
    };
    return {
      name,
      moved: gains.filter(({ gain }) => gain.coefficient !== 0n).length,
      held: held.length,
      fall: largest(false),
      rise: largest(true),
    };
  });
}

/** |gain| / |mark price| in 1/10000, rounded down; undefined for a price of 0. */
function shareOf({ markPrice }: MarketInstrument, gain: Decimal): bigint | undefined {
  const price = absolute(decimal(markPrice));
  if (price.coefficient === 0n) return undefined;
  const { coefficient, scale } = absolute(gain);
  return floorQuotient({ coefficient: coefficient * powerOfTen(4), scale }, price);
}

const percentText = (share: bigint): string => `${decimalText({ coefficient: share, scale: 2 })}%`;
