import { describe, expect, it } from "vitest";
import {
  medianPrices,
  type PricePolicyJson,
  verifyEvidence,
  verifyEvidenceText,
} from "../../src/prices/index.js";
import { expectRefusal, file, policy } from "./support.js";

const MARKS = { "BTC-PERP": "100.50", "ETH-PERP": "3" };
const POLICY = policy(3, { indexed: ["BTC-PERP"] });
const FILES = ["100", "101", "100.5"].map((price, i) =>
  file(i, [
    { price, index: "100" },
    { instrument: "ETH-PERP", price: "3" },
    { instrument: "NOT-LISTED", price: `${i}` },
  ]),
);
const MADE = medianPrices({ files: FILES, policy: POLICY, instruments: Object.keys(MARKS) });
type Json = Record<string, unknown> & {
  policy: Record<string, unknown>;
  files: (Record<string, unknown> & { observations: Record<string, unknown>[] })[];
  medians: Record<string, unknown>[];
};
const changed = (change: (copy: Json) => void) => {
  const copy = JSON.parse(MADE.text) as Json;
  change(copy);
  return copy;
};

describe("price evidence", () => {
  it("verifies offline, as data and as text", () => {
    const verified = verifyEvidenceText(MADE.text, MARKS, POLICY);
    expect(verified).toEqual(MADE);
    expect(verifyEvidence(JSON.parse(MADE.text), MARKS, POLICY)).toEqual(MADE);
    expect(verifyEvidence(MADE.evidence, MARKS, POLICY).text).toBe(MADE.text);
    expect(MADE.medians.map((m) => m.instrument)).toEqual(["BTC-PERP", "ETH-PERP"]);
  });

  it("is one text, whatever the order of files and the writing of the policy", () => {
    const signers = [...POLICY.signers].reverse();
    const again = medianPrices({
      files: [FILES[2], FILES[0], FILES[1]],
      policy: { ...POLICY, signers, maxSpread: "0.0100" },
      instruments: ["ETH-PERP", "BTC-PERP"],
    });
    expect(again.text).toBe(MADE.text);
  });

  it("refuses another policy than the verifier's, and names the field", () => {
    const others: Partial<PricePolicyJson> = {
      signers: policy(4).signers,
      quote: "USD",
      quorum: 3,
      time: "2026-11-23T08:00:01Z",
      maxAgeSeconds: 61,
      maxSpread: "0.02",
      maxIndexDistance: "0.01",
      indexed: [],
      rounding: [{ instrument: "BTC-PERP", decimals: 1 }],
    };
    for (const [field, value] of Object.entries(others)) {
      const own = { ...POLICY, [field]: value };
      expectRefusal(
        () => verifyEvidence(MADE.evidence, MARKS, own),
        "PRICES_EVIDENCE_POLICY",
        `policy.${field}`,
      );
    }
  });

  it("refuses mark prices that are not the medians", () => {
    const withBtc = (price: string) => () =>
      verifyEvidence(MADE.evidence, { ...MARKS, "BTC-PERP": price }, POLICY);
    for (const price of ["100.500000000000000001", "-100.5", "100,5", ""])
      expectRefusal(withBtc(price), "PRICES_MARK_PRICE", "BTC-PERP", "100.5");
  });

  it("refuses instruments too many and too few", () => {
    const more = (symbol: string) => () => verifyEvidence(MADE.evidence, { ...MARKS, [symbol]: "1" }, POLICY);
    expectRefusal(more("SOL-PERP"), "PRICES_INSTRUMENT_MISSING", "SOL-PERP");
    // NOT-LISTED is observed, but its sources differ: it is refused only once it is wanted.
    expectRefusal(more("NOT-LISTED"), "PRICES_OUTLYING", "NOT-LISTED");
    const fewer = () => verifyEvidence(MADE.evidence, { "BTC-PERP": "100.5" }, POLICY);
    expectRefusal(fewer, "PRICES_EVIDENCE_DIFFERS", "ETH-PERP");
  });

  it("refuses tampered evidence", () => {
    const cases: [string, string, (copy: Json) => void][] = [
      ["PRICES_SCHEMA", "format", (copy) => (copy.format = "marginproof/price-evidence/2")],
      ["PRICES_SCHEMA", "extra", (copy) => (copy.extra = 1)],
      ["PRICES_SCHEMA", "medians[0] (BTC-PERP).price", (copy) => (copy.medians[0]!.price = 100.5)],
      ["PRICES_EVIDENCE_POLICY", "quorum", (copy) => (copy.policy.quorum = 1)],
      ["PRICES_EVIDENCE_POLICY", "signers", (copy) => (copy.policy.signers as unknown[]).reverse()],
      ["PRICES_WRONG_SIGNER", "", (copy) => (copy.files[0]!.observations[0]!.price = "100.1")],
      ["PRICES_EVIDENCE_DIFFERS", "BTC-PERP", (copy) => (copy.medians[0]!.price = "100.4")],
      ["PRICES_EVIDENCE_DIFFERS", "BTC-PERP", (copy) => (copy.medians[0]!.index = "100.4")],
      ["PRICES_EVIDENCE_DIFFERS", "BTC-PERP", (copy) => delete copy.medians[0]!.index],
      ["PRICES_EVIDENCE_DIFFERS", "BTC-PERP", (copy) => (copy.medians[0]!.observations = 2)],
      ["PRICES_EVIDENCE_DIFFERS", "ETH-PERP", (copy) => copy.medians.pop()],
      ["PRICES_EVIDENCE_DIFFERS", "canonical", (copy) => copy.medians.reverse()],
      ["PRICES_EVIDENCE_DIFFERS", "canonical", (copy) => copy.medians.push(copy.medians[1]!)],
      ["PRICES_EVIDENCE_DIFFERS", "canonical", (copy) => copy.files.reverse()],
      ["PRICES_EVIDENCE_DIFFERS", "canonical", (copy) => (copy.medians[1]!.price = "3.0")],
      ["PRICES_EVIDENCE_DIFFERS", "BTC-PERP", (copy) => copy.files.pop()],
      ["PRICES_DUPLICATE_SIGNER", "", (copy) => copy.files.push(copy.files[0]!)],
      ["PRICES_NO_QUORUM", "BTC-PERP", (copy) => (copy.files = copy.files.slice(0, 1))],
      ["PRICES_INSTRUMENT_MISSING", "BTC-PERP", (copy) => (copy.files = [])],
    ];
    for (const [code, part, change] of cases)
      expectRefusal(() => verifyEvidence(changed(change), MARKS, POLICY), code, part);
  });

  it("refuses text that is not canonical or not strict", () => {
    const spaced = JSON.stringify(JSON.parse(MADE.text), null, 1);
    expectRefusal(() => verifyEvidenceText(spaced, MARKS, POLICY), "PRICES_EVIDENCE_DIFFERS", "canonical");
    expectRefusal(() => verifyEvidenceText(`${MADE.text}\n`, MARKS, POLICY), "PRICES_EVIDENCE_DIFFERS");
    const twice = MADE.text.replace(/^\{/, '{"medians":[],');
    expectRefusal(() => verifyEvidenceText(twice, MARKS, POLICY), "JSON_DUPLICATE_KEY", "price evidence");
  });

  it("has room for instruments with names of object internals", () => {
    const names = ["__proto__", "constructor", "toString"];
    const files = [0, 1].map((i) =>
      file(
        i,
        names.map((instrument) => ({ instrument, price: "7" })),
      ),
    );
    const marks = Object.fromEntries(names.map((instrument) => [instrument, "7"]));
    const made = medianPrices({ files, policy: policy(2) });
    expect(verifyEvidenceText(made.text, marks, policy(2)).medians).toHaveLength(3);
  });
});
