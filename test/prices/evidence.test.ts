import { describe, expect, it } from "vitest";
import { medianPrices, type PricePolicyJson, parsePolicy, repeatEvidence } from "../../src/prices/index.js";
import { EPOCH, expectRefusal, file, perpetuals, policy } from "./support.js";

const WANTED = { time: EPOCH, instruments: ["BTC-PERP", "ETH-PERP"] };
const POLICY = policy(3, { terms: perpetuals("BTC-PERP") });
const FILES = ["100", "101", "100.5"].map((price, i) =>
  file(i, [
    { price, index: "100" },
    { instrument: "ETH-PERP", price: "3" },
    { instrument: "NOT-LISTED", price: `${i}` },
  ]),
);
const MADE = medianPrices({ files: FILES, policy: POLICY, ...WANTED });
type Json = Record<string, unknown> & {
  policy: Record<string, unknown>;
  files: (Record<string, unknown> & { observations: Record<string, unknown>[] })[];
  medians: Record<string, unknown>[];
};
const changed = (change: (copy: Json) => void): string => {
  const copy = JSON.parse(MADE.text) as Json;
  change(copy);
  return JSON.stringify(copy);
};
const repeat = (text: string, own?: Partial<PricePolicyJson>) =>
  repeatEvidence(text, EPOCH, own && parsePolicy({ ...POLICY, ...own }));

describe("price evidence", () => {
  it("repeats offline, under its own policy and under the verifier's", () => {
    expect(repeat(MADE.text)).toEqual({
      policies: [parsePolicy(POLICY)],
      files: MADE.evidence.files,
      medians: MADE.medians,
    });
    const found = repeat(MADE.text, { maxSpread: "0.005" });
    expect(found.policies.map(({ maxSpread }) => maxSpread)).toEqual(["0.005", "0.01"]);
    expect(found.medians).toEqual(MADE.medians);
    expect(MADE.medians.map((m) => m.instrument)).toEqual(["BTC-PERP", "ETH-PERP"]);
  });

  it("is one text, whatever the order of files and the writing of policy and time", () => {
    const again = medianPrices({
      files: [FILES[2], FILES[0], FILES[1]],
      policy: { ...POLICY, signers: [...POLICY.signers].reverse(), maxSpread: "0.0100" },
      time: "2026-11-23T08:00:00.00Z",
      instruments: ["ETH-PERP", "BTC-PERP"],
    });
    expect(again.text).toBe(MADE.text);
  });

  it("is held to the verifier's policy in every field, not to its own", () => {
    const gone = POLICY.signers.slice(0, 2);
    const renamed = POLICY.signers.map((s, i) => (i === 0 ? { ...s, name: "Alpha spot" } : s));
    const others: [code: string, own: Partial<PricePolicyJson>][] = [
      ["PRICES_UNKNOWN_SIGNER", { signers: gone }],
      ["PRICES_WRONG_FEED", { signers: renamed }],
      ["PRICES_WRONG_FEED", { quote: "USD" }],
      ["PRICES_NO_EVIDENCE", { signers: policy(4).signers, quorum: 4 }],
      ["PRICES_INDEX_MISSING", { terms: perpetuals("ETH-PERP") }],
      ["PRICES_STALE", { maxAgeSeconds: 1 }],
      ["PRICES_OUTLYING", { maxSpread: "0.004" }],
      ["PRICES_INDEX_DISTANCE", { maxIndexDistance: "0.004" }],
      ["PRICES_EVIDENCE_DIFFERS", { decimals: 0 }],
    ];
    for (const [code, own] of others) expectRefusal(() => repeat(MADE.text, own), code);
    const more: Partial<PricePolicyJson>[] = [
      { signers: policy(5).signers },
      { quorum: 3 },
      { maxAgeSeconds: 2 },
    ];
    for (const own of more) expect(repeat(MADE.text, own).medians).toEqual(MADE.medians);
  });

  it("is for one moment, and for an index of whatever either policy calls a perpetual or a future", () => {
    const at = (time: string) => () => repeatEvidence(MADE.text, time);
    expectRefusal(at("2026-11-23T08:00:01Z"), "PRICES_EVIDENCE_TIME", "08:00:01");
    expectRefusal(at("2026-02-30T08:00:00Z"), "PRICES_SCHEMA", "time");
    expect(at("2026-11-23T08:00:00.0Z")().medians).toEqual(MADE.medians);
    const future = perpetuals("ETH-PERP").map((t) => ({ ...t, kind: "future" }));
    const theirs = changed((copy) => (copy.policy.terms = future));
    expectRefusal(() => repeat(theirs), "PRICES_INDEX_MISSING", "ETH-PERP");
  });

  it("refuses tampered evidence", () => {
    const cases: [string, string, (copy: Json) => void][] = [
      ["PRICES_SCHEMA", "format", (copy) => (copy.format = "marginproof/price-evidence/2")],
      ["PRICES_SCHEMA", "extra", (copy) => (copy.extra = 1)],
      ["PRICES_SCHEMA", "extra", (copy) => (copy.files[0]!.extra = 1)],
      ["PRICES_SCHEMA", "medians[0] (BTC-PERP).price", (copy) => (copy.medians[0]!.price = 100.5)],
      ["PRICES_SCHEMA", "", (copy) => (copy.policy.exceptions = [{ instrument: "ETH-PERP" }])],
      ["PRICES_POLICY", "quorum", (copy) => (copy.policy.quorum = 4)],
      ["PRICES_EVIDENCE_DIFFERS", "canonical", (copy) => (copy.policy.signers as unknown[]).reverse()],
      ["PRICES_EVIDENCE_DIFFERS", "canonical", (copy) => delete copy.policy.decimals],
      ["PRICES_WRONG_SIGNER", "", (copy) => (copy.files[0]!.observations[0]!.price = "100.1")],
      ["PRICES_EVIDENCE_DIFFERS", "BTC-PERP", (copy) => (copy.medians[0]!.price = "100.4")],
      ["PRICES_EVIDENCE_DIFFERS", "BTC-PERP", (copy) => (copy.medians[0]!.index = "100.4")],
      ["PRICES_EVIDENCE_DIFFERS", "BTC-PERP", (copy) => delete copy.medians[0]!.index],
      ["PRICES_EVIDENCE_DIFFERS", "BTC-PERP", (copy) => (copy.medians[0]!.observations = 2)],
      ["PRICES_EVIDENCE_DIFFERS", "ETH-PERP", (copy) => (copy.medians[1]!.price = "3.1")],
      ["PRICES_EVIDENCE_DIFFERS", "canonical", (copy) => copy.medians.reverse()],
      ["PRICES_EVIDENCE_DIFFERS", "canonical", (copy) => copy.medians.push(copy.medians[1]!)],
      ["PRICES_EVIDENCE_DIFFERS", "canonical", (copy) => copy.files.reverse()],
      ["PRICES_EVIDENCE_DIFFERS", "canonical", (copy) => (copy.medians[1]!.price = "3.0")],
      ["PRICES_EVIDENCE_DIFFERS", "BTC-PERP", (copy) => copy.files.pop()],
      ["PRICES_DUPLICATE_SIGNER", "", (copy) => copy.files.push(copy.files[0]!)],
      ["PRICES_NO_EVIDENCE", "1 price files", (copy) => (copy.files = copy.files.slice(0, 1))],
      ["PRICES_NO_EVIDENCE", "0 price files", (copy) => Object.assign(copy, { files: [], medians: [] })],
      ["PRICES_NO_EVIDENCE", "no price at all", (copy) => (copy.medians = [])],
      ["PRICES_SCHEMA", "add terms", (copy) => (copy.policy.format = "marginproof/price-policy/1")],
      [
        "PRICES_OUTLYING",
        "NOT-LISTED",
        (copy) => copy.medians.push({ ...copy.medians[1], instrument: "NOT-LISTED" }),
      ],
    ];
    for (const [code, part, change] of cases) expectRefusal(() => repeat(changed(change)), code, part);
  });

  it("refuses text that is not canonical or not strict", () => {
    const spaced = JSON.stringify(JSON.parse(MADE.text), null, 1);
    expectRefusal(() => repeat(spaced), "PRICES_EVIDENCE_DIFFERS", "canonical");
    expectRefusal(() => repeat(`${MADE.text}\n`), "PRICES_EVIDENCE_DIFFERS");
    expectRefusal(
      () => repeat(MADE.text.replace(/^\{/, '{"medians":[],')),
      "JSON_DUPLICATE_KEY",
      "price evidence",
    );
  });

  it("has room for instruments with names of object internals", () => {
    const names = ["__proto__", "constructor", "toString"];
    const files = [0, 1].map((i) =>
      file(
        i,
        names.map((instrument) => ({ instrument, price: "7" })),
      ),
    );
    const made = medianPrices({ files, policy: policy(2), time: EPOCH });
    expect(repeatEvidence(made.text, EPOCH).medians).toHaveLength(3);
  });
});
