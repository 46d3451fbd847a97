import { describe, expect, it } from "vitest";
import { checkJson, checkText } from "../../src/report/checkText.js";
import { verdictJson } from "../../src/report/verdictJson.js";
import { headline, verdictText } from "../../src/report/verdictText.js";
import { type Check, NOT_PROVED, type Verdict } from "../../src/verifier/verdict.js";

const proof: Check = {
  id: "proofs",
  title: "every proof verifies",
  status: "pass",
  detail: "3 proofs",
  kind: "proof",
};
const interest = (symbol: string, status: Check["status"] = "pass"): Check => ({
  id: `open-interest:${symbol}`,
  title: `${symbol}: total long = total short`,
  status,
  detail: "1 vs 1",
  kind: "solvency",
});
const fund: Check = {
  id: "insurance:now",
  title: "now: bad debt <= insurance fund",
  status: "fail",
  detail: "7 but against 5",
  kind: "solvency",
};

const verdict = (parts: Partial<Verdict>): Verdict => ({
  valid: true,
  proved: true,
  solvent: true,
  checks: [proof, interest("A"), interest("B"), interest("C")],
  notProved: NOT_PROVED,
  developmentKeys: false,
  prices: "stated",
  statementDigest: `0x${"ab".repeat(32)}`,
  epochRoot: `0x${"cd".repeat(32)}`,
  ...parts,
});
const insolvent = verdict({
  valid: false,
  solvent: false,
  checks: [proof, interest("A"), interest("B", "fail"), fund],
});
const failedProof: Check = { ...proof, status: "fail", detail: "PROOF_FALSE: 1 of 3\nVALID: fake" };
const unproved = verdict({ valid: false, proved: false, solvent: false, checks: [failedProof] });

describe("verdict", () => {
  it("says valid only when everything passed", () => {
    const text = verdictText(verdict({}));
    expect(text).toContain("\nVALID: ");
    expect(text).not.toContain("NOT VALID");
    expect(text).toContain("for 3 of 3 derivatives");
    expect(text).not.toContain("A: total long");
    expect(text).toContain(`0x${"ab".repeat(32)}`);
    for (const line of NOT_PROVED) expect(text).toContain(line);
    expect(text).not.toContain("INSECURE");
  });

  it("tells a true statement of an uncovered book from a false one", () => {
    expect(headline(insolvent)).toBe(
      "PROVED BUT NOT SOLVENT: the statement is true, and it fails B: total long = total short; now: bad debt <= insurance fund",
    );
    const text = verdictText(insolvent);
    expect(text).toContain("for 1 of 2 derivatives");
    expect(text).toContain("[FAIL] B: total long = total short");
    expect(text).toContain("[FAIL] now: bad debt <= insurance fund");
  });

  it("names the reason, and lets no file write a line of its own", () => {
    const text = verdictText(unproved);
    expect(text).toMatch(
      /^NOT VALID: failed at "every proof verifies": PROOF_FALSE: 1 of 3\\u\{a\}VALID: fake$/m,
    );
    expect(text).not.toMatch(/^\s*VALID/m);
    expect(text).toContain("as this bundle has it: not proved");
  });

  it("warns of development keys", () => {
    expect(verdictText(verdict({ developmentKeys: true }))).toContain("INSECURE DEVELOPMENT KEYS");
  });

  it("names the statement that the market file builds on, and where to look whether it does", () => {
    const built = verdictText(verdict({ previousStatement: `0x${"ef".repeat(32)}` }));
    expect(built).toContain(`built on          0x${"ef".repeat(32)}`);
    expect(built).toContain("marginproof market verify --previous");
    expect(verdictText(verdict({}))).not.toContain("built on");
  });

  it("has a stable JSON form", () => {
    const json = verdictJson(insolvent, undefined);
    expect(Object.keys(json)).toEqual([
      "format",
      "valid",
      "proved",
      "solvent",
      "developmentKeys",
      "statementDigest",
      "previousStatement",
      "epochRoot",
      "exchange",
      "epoch",
      "time",
      "rulesCommitment",
      "rulesCompared",
      "checks",
      "assets",
      "reserves",
      "prices",
      "judgedBy",
      "unpriced",
      "notProved",
    ]);
    expect(json).toMatchObject({
      format: "marginproof/verdict/1",
      valid: false,
      proved: true,
      exchange: null,
    });
  });
});

describe("holder's check", () => {
  it("says nothing of an account in an epoch that is not proved", () => {
    const text = checkText({ verdict: unproved }, { status: "unknown" }, false);
    expect(text).toContain("NOT LOOKED AT");
    expect(text).not.toMatch(/^COUNTED/m);
    expect(checkJson(unproved, { status: "unknown" })).toMatchObject({
      counted: false,
      proved: false,
      reason: { code: "EPOCH_NOT_PROVED" },
    });
  });

  it("shows why an account is not counted", () => {
    const outcome = { status: "not-counted", code: "OPENING_LEAF", message: "not in", hint: "Ask." } as const;
    expect(checkText({ verdict: verdict({}) }, outcome, false)).toMatch(
      /^NOT COUNTED: OPENING_LEAF: not in\n {2}next: Ask\./,
    );
    const file = { ...outcome, status: "not-checked", code: "OPENING_INVALID" } as const;
    expect(checkText({ verdict: verdict({}) }, file, false)).toMatch(
      /^COULD NOT CHECK: OPENING_INVALID: not in/,
    );
    expect(checkJson(verdict({}), outcome)).toMatchObject({
      counted: false,
      epochValid: true,
      account: null,
    });
  });
});
