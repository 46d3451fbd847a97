import { expect, test } from "vitest";
import {
  addressOfPrivateKey,
  medianPrices,
  PRICES_FORMAT,
  parsePolicy,
  signPrices,
} from "../../src/prices/index.js";
import { EPOCH, perpetuals, policy } from "./support.js";

/** Two keys whose addresses stand in another order by their letters' cases than without. */
const keys = Array.from({ length: 60 }, (_, i) => `0x${String(i + 10).padStart(64, "0")}`);
const byAddress = new Map(keys.map((key) => [addressOfPrivateKey(key), key]));
const cased = [...byAddress.keys()].sort();
const plain = [...cased].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));

test("signers and files stand in the order of their addresses as numbers, however they are written", () => {
  expect(plain).not.toEqual(cased);
  const places = cased.flatMap((address, i) =>
    i > 0 && plain.indexOf(cased[i - 1]!) > plain.indexOf(address) ? [i] : [],
  );
  const at = places[0]!;
  const [upper, lower] = [cased[at - 1]!, cased[at]!];
  expect([upper < lower, upper.toLowerCase() < lower.toLowerCase()]).toEqual([true, false]);
  const signers = [upper, lower].map((address, i) => ({ address, name: `S${i}` }));
  const own = policy(0, { signers, terms: perpetuals("BTC-PERP") });
  expect(parsePolicy(own).signers.map(({ address }) => address)).toEqual([lower, upper]);
  const files = signers.map(({ address, name }) =>
    signPrices(
      {
        format: PRICES_FORMAT,
        source: name,
        signer: address,
        quote: "USDT",
        observations: [
          { instrument: "BTC-PERP", price: "60000", index: "60000", time: "2026-11-23T07:59:58Z" },
        ],
      },
      byAddress.get(address)!,
    ),
  );
  const made = medianPrices({ files, policy: own, time: EPOCH, instruments: ["BTC-PERP"] });
  const order = (text: string) => [lower, upper].map((address) => text.lastIndexOf(`"signer":"${address}"`));
  const [first, second] = order(made.text.replaceAll(": ", ":"));
  expect(first).toBeGreaterThan(0);
  expect(second).toBeGreaterThan(first!);
  expect(
    medianPrices({ files: files.toReversed(), policy: own, time: EPOCH, instruments: ["BTC-PERP"] }).text,
  ).toBe(made.text);
});
