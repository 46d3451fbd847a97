import { BRACKET_BITS, NULL_LANES } from "../protocol/constants.js";
import type { RiskRow } from "../protocol/riskTable.js";

/** The rows that empty slots use: flat key 0, then bracketed lanes 0 to 15, all zero. */
export function nullRows(stressCount: number): RiskRow[] {
  const stress = Array.from({ length: stressCount }, () => 0n);
  const zero = { lo: 0n, width: 0n, price: 0n, base: 0n, slope: 0n, initialBase: 0n, initialSlope: 0n };
  const row = (key: number, flat: boolean): RiskRow => ({
    key,
    flat,
    laneIndex: -1,
    sigma: 1n,
    ...zero,
    groups: [],
    stress,
  });
  return [row(0, true), ...Array.from({ length: NULL_LANES }, (_, lane) => row(lane << BRACKET_BITS, false))];
}
