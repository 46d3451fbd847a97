import { hashTypedData } from "viem";
import { describe, expect, test } from "vitest";
import { attest } from "../../src/attest/attest.js";
import { ATTESTATION_TYPES, attestationDigest, verifyAttestation } from "../../src/attest/attestation.js";
import { parseAuditors } from "../../src/attest/auditors.js";
import { carry } from "../../src/attest/carry.js";
import { lookUpLight } from "../../src/attest/lightCheck.js";
import { verifyLight } from "../../src/attest/verifyLight.js";
import { parseHolderFile } from "../../src/holder/holderFile.js";
import { instanceOfId } from "../../src/protocol/circuits.js";
import { instantOf } from "../../src/protocol/instant.js";
import { statementToJson } from "../../src/protocol/statement.js";
import { disclose } from "../../src/prover/disclose.js";
import { checkJson, checkText } from "../../src/report/checkText.js";
import { reportLight } from "../../src/report/reportLight.js";
import { hexText } from "../../src/signing/typedData.js";
import { tinyEpochPaths, tinyPins } from "../support/tinyBundle.js";
import { manyBatches } from "./manyBatches.js";
import { addressOf, attested, auditorsJson, codeOf, hasher, keyOf, lightEpoch, resigned } from "./support.js";

const covered = await lightEpoch("covered");
const alpha = await attested(covered.found);
const beta = await attested(covered.found, "Beta");
const carol = await disclose(tinyEpochPaths("covered").privateDir, "carol");

describe("a light check", () => {
  test("says on whose word the proofs are, and computes the rest as the whole verification does", () => {
    const { verdict } = covered.check([alpha, beta], { auditors: parseAuditors(auditorsJson(2)) });
    expect(verdict).toMatchObject({ valid: true, proved: true, solvent: true, prices: "stated" });
    expect(verdict.attested).toMatchObject([
      { by: "auditors", quorum: 2, auditors: [{ name: "Alpha" }, { name: "Beta" }], setAside: [] },
    ]);
    expect(verdict.notProved[0]).toContain("it is the word of those who signed");
    const whole = covered.found.verdict;
    expect(verdict).toMatchObject({
      statementDigest: whole.statementDigest,
      epochRoot: whole.epochRoot,
      assets: whole.assets,
      judgedBy: whole.judgedBy,
      developmentKeys: true,
    });
    const book = ({ checks }: typeof verdict) => checks.filter(({ kind }) => kind === "solvency");
    expect(book(verdict)).toEqual(book(whole));
  });

  test("comes to the same from the whole statement, whose digest and root it computes", () => {
    const statement = statementToJson(covered.found.statement!);
    const found = covered.check([alpha], { statement });
    expect(found.verdict.valid).toBe(true);
    expect(found.statement).toEqual(covered.check([alpha]).statement);
    expect(found.verdict.checks[0]!.detail).toContain("computed here");
    expect(covered.check([alpha]).verdict.checks[0]!.detail).toContain("the word of whoever vouches");
  });

  test.each(["carol", "hank", "judy"])("counts %s with what the whole check finds", async (account) => {
    const name = account === "carol" ? "covered" : "pockets";
    const epoch = name === "covered" ? covered : await lightEpoch(name);
    const opening = await disclose(tinyEpochPaths(name).privateDir, account);
    const found = epoch.check([await attested(epoch.found)]);
    const outcome = lookUpLight(opening, found, { hasher, account });
    expect(outcome).toMatchObject({ status: "counted", nameCompared: true, findings: { account } });
    const text = checkText(found, reportLight(opening, found, { hasher, account }), false);
    expect(text).toContain(`COUNTED: account ${account}`);
    expect(text).toContain("VALID, ON THE WORD OF Alpha: they signed that the statement is proved");
    expect(text).toContain("Nobody here looked at a proof.");
    expect(text).toContain(addressOf("Alpha"));
    expect(checkJson(found.verdict, outcome as never)).toMatchObject({ attested: [{ quorum: 1 }] });
  });

  test("of a book that is not covered says so, and so does the attestation", async () => {
    const epoch = await lightEpoch("uncovered");
    const attestation = await attested(epoch.found);
    expect(attestation.verdict).toBe("not covered");
    const found = epoch.check([attestation]);
    expect(found.verdict).toMatchObject({ valid: false, proved: true, solvent: false });
    expect(checkText(found, { status: "unknown" }, false)).toContain("NOT SOLVENT, ON THE WORD OF Alpha");
  });

  test("sets aside what does not count, by name, when enough others do", () => {
    const stale = resigned(beta, { expires: "2026-11-23T10:00:00Z" }, "Beta");
    const { verdict } = covered.check([stale, alpha]);
    expect(verdict.valid).toBe(true);
    expect(verdict.attested![0]).toMatchObject({ setAside: [{ code: "ATTESTATION_EXPIRED" }] });
    expect(verdict.checks.find(({ id }) => id === "attestations")!.detail).toContain("ATTESTATION_EXPIRED");
  });

  test("looks nobody up in an epoch that nobody vouches for", () => {
    const found = covered.check([]);
    expect(codeOf(found)).toBe("ATTESTATION_NO_QUORUM");
    expect(lookUpLight(carol, found, { hasher })).toEqual({ status: "unknown" });
    const none = verifyLight(
      { statement: covered.summary, marketText: covered.bundle.marketText },
      { hasher, sources: [] as never },
    );
    expect(none.verdict).toMatchObject({ valid: false, proved: false });
  });

  test("compares the digest with the anchor", () => {
    const expectedDigest = covered.summary.statementDigest;
    expect(covered.check([alpha], { expectedDigest }).verdict.valid).toBe(true);
    expect(codeOf(covered.check([alpha], { expectedDigest: `0x${"0".repeat(64)}` }))).toBe("ANCHOR_MISMATCH");
  });
});

describe("a holder's file", () => {
  const epoch = {
    statement: covered.bundle.statement,
    marketText: covered.bundle.marketText,
    attestations: [alpha],
  };

  test("carries all that a light check needs, in a size that no account adds to", () => {
    const text = JSON.stringify(carry(carol, epoch, hasher));
    const { opening, carried } = parseHolderFile(text);
    expect(opening).toEqual(carol);
    const found = covered.check(carried!.attestations, {
      statement: carried!.statement,
      marketText: JSON.stringify(carried!.market),
    });
    expect(lookUpLight(opening, found, { hasher, account: "carol" }).status).toBe("counted");
    expect(text).not.toContain("leafRoot");
  });

  test("is as small in an epoch of 32,000 batches, and opens there", async () => {
    const pins = await tinyPins();
    const many = manyBatches(covered.found, carol, covered.bundle.marketText, 32_000, pins);
    const { opening, carried } = parseHolderFile(JSON.stringify(many.carrying));
    const marketText = JSON.stringify(carried!.market);
    const found = covered.check(carried!.attestations, { statement: carried!.statement, marketText });
    expect(found.verdict.valid).toBe(true);
    expect(lookUpLight(opening, found, { hasher, account: "carol" }).status).toBe("counted");
    expect(JSON.stringify(many.statement).length).toBeGreaterThan(6_000_000);
    expect(JSON.stringify(many.carrying).length).toBeLessThan(32_000);
    // From the whole statement, whose digest and root is computed, the same.
    const whole = covered.check([many.attestation], { statement: many.statement });
    expect(lookUpLight(opening, whole, { hasher, account: "carol" }).status).toBe("counted");
  });

  test("is not made of what belongs to two epochs", async () => {
    const other = await lightEpoch("pockets");
    expect(() => carry(carol, { ...epoch, statement: other.bundle.statement }, hasher)).toThrow(
      expect.objectContaining({ code: "OPENING_EPOCH" }),
    );
    const foreign = await attested(other.found);
    expect(() => carry(carol, { ...epoch, attestations: [foreign] }, hasher)).toThrow(
      expect.objectContaining({ code: "ATTESTATION_STATEMENT" }),
    );
  });
});

describe("an attestation", () => {
  test("is signed over the digest that an EVM wallet signs", () => {
    const { format: _, signature: __, time, expires, ...said } = alpha;
    const message = { ...said, time: instantOf(time)!, expires: instantOf(expires)! };
    const digest = hashTypedData({
      domain: { name: "marginproof attestation", version: "1" },
      types: ATTESTATION_TYPES,
      primaryType: "Attestation",
      message: message as never,
    } as never);
    const { signature, ...unsigned } = alpha;
    expect(signature).toMatch(/^0x[0-9a-f]{130}$/);
    expect(hexText(attestationDigest(unsigned))).toBe(digest);
    expect(verifyAttestation(alpha)).toEqual(alpha);
  });

  test("says which checks were made, under which keys, and what is not proved", () => {
    const ids = alpha.checks.map(({ id }) => id);
    expect(ids).toEqual(["statement", "market", "table", "keys", "coverage", "chain", "proofs", "sums"]);
    expect(alpha.keys.every(({ origin }) => origin === "development")).toBe(true);
    expect(alpha.notProved).toEqual(covered.found.verdict.notProved);
  });

  test("is not made of what is not proved, nor of another's word", async () => {
    const options = {
      ...{ auditor: "Alpha", verifier: "marginproof 0.1.0" },
      ...{ time: "2026-11-23T09:00:00Z", expires: "2027-01-01T00:00:00Z" },
      ...{ pins: await tinyPins(), hasher },
    };
    const { verdict, statement } = covered.found;
    for (const instead of [
      { ...verdict, proved: false },
      { ...verdict, attested: [] },
    ])
      expect(() => attest({ verdict: instead, statement: statement! }, options, keyOf("Alpha"))).toThrow(
        expect.objectContaining({ code: "ATTEST_NOT_PROVED" }),
      );
    expect(() => attest(covered.found, { ...options, auditor: "" }, keyOf("Alpha"))).toThrow(
      expect.objectContaining({ code: "ATTEST_INPUT" }),
    );
  });
});

test("an instance is known by its name, and by no other", async () => {
  for (const { keyDigest: _, development: __, ...instance } of await tinyPins())
    expect(instanceOfId(instance.id)).toEqual(instance);
  for (const id of ["accounts-a2", "table-r0", "table-r16-x", "table-r016", "accounts-a2-b2-f2-g0-s0-z2-"])
    expect(instanceOfId(id), id).toBeUndefined();
});
