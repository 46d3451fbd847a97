import { decimalText } from "../decimal/decimal.js";
import type { Market } from "../market/index.js";
import type { Band } from "../protocol/bands.js";

/** `1.2`: the multiple of the initial requirement below which an account is in margin call. */
export const marginCallFactor = ({ marginCallBp }: Pick<Market, "marginCallBp">): string =>
  decimalText({ coefficient: BigInt(marginCallBp), scale: 4 });

/** A band in a sentence, for the account's holder. */
export function bandText(band: Band, factor: string): string {
  switch (band) {
    case "bankrupt":
      return "BANKRUPT: equity is negative";
    case "liquidation":
      return "LIQUIDATION: equity is not negative, but less than the maintenance requirement";
    case "reduceOnly":
      return "REDUCE ONLY: equity covers the maintenance, not the initial requirement";
    case "marginCall":
      return `MARGIN CALL: equity covers the initial requirement, but less than ${factor} times`;
    case "free":
      return `free: equity is at least ${factor} times the initial requirement`;
  }
}
