import { type LightEpoch, type LightLookup, lookUpLight } from "../attest/lightCheck.js";
import { type AccountOutcome, reported } from "./reportOpening.js";

/** `lookUpLight`, with what it found as decimals to show. @param opening JSON of the holder's own opening */
export function reportLight(opening: unknown, epoch: LightEpoch, lookup: LightLookup): AccountOutcome {
  return reported(lookUpLight(opening, epoch, lookup));
}
