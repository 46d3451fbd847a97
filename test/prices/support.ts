import { expect } from "vitest";
import type { PricePolicyJson } from "../../src/prices/index.js";
import { addressOfPrivateKey, POLICY_FORMAT, PRICES_FORMAT, signPrices } from "../../src/prices/index.js";

/** Keys of the tests: never used anywhere else. */
export const KEYS = ["1", "2", "3", "4", "5"].map((digit) => `0x${digit.repeat(64)}`);
export const NAMES = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon"];
export const EPOCH = "2026-11-23T08:00:00Z";

export interface Seen {
  instrument?: string;
  price: string;
  index?: string;
  time?: string;
}

/** A signed file of source number `i`, every observation 2 seconds before the epoch unless it says otherwise. */
export function file(
  i: number,
  observations: readonly Seen[],
  other: { quote?: string; chainId?: number } = {},
) {
  return signPrices(
    {
      format: PRICES_FORMAT,
      source: NAMES[i]!,
      signer: addressOfPrivateKey(KEYS[i]!),
      quote: "USDT",
      ...other,
      observations: observations.map((o) => ({
        instrument: "BTC-PERP",
        time: "2026-11-23T07:59:58Z",
        ...o,
      })),
    },
    KEYS[i]!,
  );
}

/** Knows the first `count` sources; quorum 2, a minute, 1% spread, 2% from the index. */
export function policy(count = 3, other: Partial<PricePolicyJson> = {}): PricePolicyJson {
  return {
    format: POLICY_FORMAT,
    signers: KEYS.slice(0, count).map((key, i) => ({ address: addressOfPrivateKey(key), name: NAMES[i]! })),
    quote: "USDT",
    quorum: 2,
    maxAgeSeconds: 60,
    maxSpread: "0.01",
    maxIndexDistance: "0.02",
    terms: [],
    ...other,
  };
}

/** Terms that make each of these a perpetual. */
export const perpetuals = (...names: string[]): PricePolicyJson["terms"] =>
  names.map((instrument) => ({ instrument, kind: "perpetual", settlement: "USDT" }));

/** Runs what must be refused; checks the code and that the message holds each of `parts`. */
export function expectRefusal(run: () => unknown, code: string, ...parts: string[]): void {
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, "nothing was thrown").toBeDefined();
  const error = thrown as { code: string; message: string };
  expect(`${error.code}: ${error.message}`).toMatch(new RegExp(`^${code}: `));
  for (const part of parts) expect(error.message).toContain(part);
}
