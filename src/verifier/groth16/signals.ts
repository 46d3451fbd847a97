import { GROUP_ORDER } from "./curve.js";
import { invalid } from "./invalid.js";
import type { VerifyingKey } from "./verifyingKey.js";

/**
 * A private copy of the public signals, after the check that there are exactly as many as the key has and that
 * each is a bigint in [0, r). (s and s + r would prove the same, so an unreduced signal is an alias.)
 * @param where what the messages call the signals
 * @throws MarginproofError SIGNAL_COUNT, SIGNAL_NOT_CANONICAL
 */
export function checkedSignals(vk: VerifyingKey, signals: readonly bigint[], where = "the proof"): bigint[] {
  const expected = vk.ic.length - 1;
  if (!Array.isArray(signals) || signals.length !== expected) {
    throw invalid("SIGNAL_COUNT", `${where} needs exactly ${expected} public signals`);
  }
  return Array.from(signals as readonly unknown[], (signal, index) => {
    if (typeof signal !== "bigint" || signal < 0n || signal >= GROUP_ORDER) {
      throw invalid(
        "SIGNAL_NOT_CANONICAL",
        `public signal ${index} of ${where} is not a bigint from 0 to the field order less one`,
      );
    }
    return signal;
  });
}
