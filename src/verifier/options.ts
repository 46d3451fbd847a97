import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import type { PricePolicyJson } from "../prices/index.js";
import type { PinnedKey } from "./pins.js";
import type { StepSource } from "./stepSource.js";

/** What a verifier brings of their own: nothing of it is ever taken from the bundle. */
export interface VerifyOptions {
  readonly hasher: PoseidonHasher;
  /** The verifier's own list of trusted keys: never taken from the bundle. */
  readonly pins: readonly PinnedKey[];
  /** Accept keys of the development setup, with which anybody can forge. */
  readonly allowDevKeys?: boolean;
  /** A market file of the verifier's own, as text: the bundle's must say the same. */
  readonly ownMarketText?: string;
  /** Statement digest from the exchange's public anchor, `0x` + 64 hex digits. */
  readonly expectedDigest?: string;
  /** The verifier's own price policy: the prices must be attested under it. */
  readonly pricePolicy?: PricePolicyJson;
  /** The rules commitment, which names the secret rates (`secretRatesDigest`), that there must be: as pinned, or as in the previous epoch. */
  readonly expectedRules?: string;
  /** Another way to read and check the steps than `stepList` of the bundle. */
  readonly steps?: StepSource;
  readonly onProgress?: (done: number, total: number) => void;
}
