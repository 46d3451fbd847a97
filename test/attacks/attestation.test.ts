import { describe, expect, test } from "vitest";
import { attestationDigest } from "../../src/attest/attestation.js";
import { parseAuditors } from "../../src/attest/auditors.js";
import { lookUpLight } from "../../src/attest/lightCheck.js";
import { priceDigest, signPrices } from "../../src/prices/index.js";
import { disclose } from "../../src/prover/disclose.js";
import { signDigest } from "../../src/signing/sign.js";
import {
  addressOf,
  attested,
  auditorsJson,
  codeOf,
  hasher,
  keyOf,
  lightEpoch,
  resigned,
} from "../attest/support.js";
import { tinyEpochPaths } from "../support/tinyBundle.js";

/**
 * The light check takes auditors' word for the proofs, and nothing else for granted. The exchange hands the holder the file,
 * the statement, the market file and the attestations; an auditor may lie.
 */
const covered = await lightEpoch("covered");
const pockets = await lightEpoch("pockets");
const uncovered = await lightEpoch("uncovered");
const alpha = await attested(covered.found);
const beta = await attested(covered.found, "Beta");
const carol = await disclose(tinyEpochPaths("covered").privateDir, "carol");
const hex = (digit: string): string => `0x${digit.repeat(64)}`;
const hexField = (digit: string): string => `0x${"0".repeat(63)}${digit}`;

const refuses = (
  code: string,
  attestations: readonly unknown[],
  changes: Parameters<typeof covered.check>[1] = {},
) => {
  const found = covered.check(attestations, changes);
  expect(codeOf(found)).toBe(code);
  expect(found.verdict).toMatchObject({ valid: false, proved: false, solvent: false });
  expect(lookUpLight(carol, found, { hasher, account: "carol" })).toEqual({ status: "unknown" });
};

describe("an attestation of something else", () => {
  test("of another statement of the same epoch is a contradiction that no quorum outvotes", async () => {
    const other = await attested(pockets.found);
    refuses("ATTESTATION_STATEMENT", [other]);
    const second = resigned(beta, { statementDigest: hex("1") }, "Beta");
    refuses("ATTESTATION_STATEMENT", [alpha, second]);
  });

  test("replayed under another exchange or epoch", () => {
    refuses("ATTESTATION_EXCHANGE", [resigned(alpha, { exchange: "another exchange" })]);
    refuses("ATTESTATION_EPOCH", [resigned(alpha, { epoch: "2026-11-23T09" })]);
    const { signature: _, ...unsigned } = alpha;
    refuses("ATTESTATION_WRONG_SIGNER", [{ ...alpha, exchange: `${unsigned.exchange}x` }]);
  });

  test("under another root, other figures or other keys than the statement in hand", () => {
    refuses("ATTESTATION_FIGURES", [resigned(alpha, { epochRoot: hexField("7") })]);
    refuses("ATTESTATION_FIGURES", [resigned(alpha, { summaryDigest: hex("7") })]);
    refuses("ATTESTATION_KEYS", [resigned(alpha, { keys: alpha.keys.slice(1) })]);
    const [first, ...others] = alpha.keys;
    refuses("ATTESTATION_KEYS", [resigned(alpha, { keys: [{ ...first!, digest: hex("9") }, ...others] })]);
  });

  test("verified under keys or with a verifier that the holder did not list", () => {
    const auditors = parseAuditors({ ...auditorsJson(), keys: [hex("3")] });
    refuses("ATTESTATION_KEY_LIST", [alpha], { auditors });
    const verifiers = parseAuditors({ ...auditorsJson(), verifiers: ["marginproof 9.9.9"] });
    refuses("ATTESTATION_VERIFIER", [alpha], { auditors: verifiers });
  });

  test("proved under development keys, whatever the auditor calls them", () => {
    refuses("ATTESTATION_DEVELOPMENT", [alpha], { allowDevKeys: false });
    const hidden = resigned(alpha, { keys: alpha.keys.map((key) => ({ ...key, origin: "listed" })) });
    const known = { allowDevKeys: false, developmentKeys: [alpha.keys[0]!.digest] };
    refuses("ATTESTATION_DEVELOPMENT", [hidden], known);
  });
});

describe("a summary altered by whoever hands it on", () => {
  const edits: [string, (json: typeof covered.summary) => void, string][] = [
    ["bad debt hidden", (json) => (json.totals.badDebt = "0"), "SUM_EQUITY"],
    ["an account moved between bands", (json) => moved(json.totals.bands), "ATTESTATION_FIGURES"],
    ["another root", (json) => (json.epochRoot = hexField("5")), "ATTESTATION_FIGURES"],
    ["another digest", (json) => (json.statementDigest = hex("5")), "ATTESTATION_STATEMENT"],
    ["room for more accounts", (json) => (json.places += 1), "ATTESTATION_FIGURES"],
    [
      "a shape of the exchange's own",
      (json) => (json.keys[0]!.shape = "accounts-a2-b1-f2-g0-s0-z2"),
      "ATTESTATION_FIGURES",
    ],
    ["stress that bites less", (json) => (json.totals.stressBadDebt[0] = "0"), "ATTESTATION_FIGURES"],
    ["another market", (json) => (json.marketDigest = hex("5")), "MARKET_DIGEST"],
    ["another table", (json) => (json.tableDigest = hex("5")), "TABLE_DIGEST"],
    ["a number in another form", (json) => (json.totals.badDebt = "00"), "INTEGER_NOT_CANONICAL"],
  ];
  function moved(bands: Record<string, string>): void {
    bands.marginCall = String(BigInt(bands.marginCall!) + 1n);
    bands.free = String(BigInt(bands.free!) - 1n);
  }
  test.each(edits)("%s", (_, edit, code) => {
    const statement = structuredClone(covered.summary);
    edit(statement);
    refuses(code, [alpha], { statement });
  });

  test("the market file altered", () => {
    const marketText = covered.bundle.marketText.replace('"60000"', '"60001"');
    refuses("MARKET_DIGEST", [alpha], { marketText });
  });
});

describe("a lying or careless auditor", () => {
  test("not covered is never read as valid, nor covered believed of a book that is not", async () => {
    const honest = await attested(uncovered.found);
    expect(uncovered.check([honest]).verdict).toMatchObject({ valid: false, solvent: false });
    const liar = resigned(honest, { verdict: "covered" });
    expect(codeOf(uncovered.check([liar]))).toBe("ATTESTATION_VERDICT");
    refuses("ATTESTATION_VERDICT", [resigned(alpha, { verdict: "not covered" })]);
  });

  test("a check left out, or failed, is no proof", () => {
    const checks = alpha.checks.filter(({ id }) => id !== "proofs");
    refuses("ATTESTATION_CHECKS", [resigned(alpha, { checks })]);
    const covered = [...alpha.checks, { id: "reserves:USDT", status: "fail" as const }];
    refuses("ATTESTATION_CHECKS", [resigned(alpha, { checks: covered })]);
  });

  test("a listed auditor who signed that the proofs fail is never outvoted", async () => {
    const failed = [
      ...alpha.checks.filter(({ id }) => id !== "proofs"),
      { id: "proofs", status: "fail" as const },
    ];
    refuses("ATTESTATION_VERDICT", [resigned(alpha, { checks: failed })]);
    for (const verdict of ["covered", "not covered"] as const)
      refuses("ATTESTATION_VERDICT", [alpha, resigned(alpha, { checks: failed, verdict }, "Beta")]);
  });

  test("expired, too old, from the future, or of no duration", () => {
    refuses("ATTESTATION_EXPIRED", [resigned(alpha, { expires: "2026-11-24T00:00:00Z" })]);
    const auditors = parseAuditors({ ...auditorsJson(), maxAgeSeconds: 3600 });
    refuses("ATTESTATION_EXPIRED", [alpha], { auditors });
    refuses("ATTESTATION_FUTURE", [resigned(alpha, { time: "2026-11-24T00:06:00Z" })]);
    refuses("ATTESTATION_SCHEMA", [resigned(alpha, { expires: alpha.time })]);
  });
});

describe("a quorum of fewer than it seems", () => {
  const two = parseAuditors(auditorsJson(2));

  test("one auditor twice counts once", () => {
    const later = resigned(alpha, { time: "2026-11-23T10:00:00Z" });
    refuses("ATTESTATION_DUPLICATE_AUDITOR", [alpha, later], { auditors: two });
    refuses("ATTESTATION_DUPLICATE_AUDITOR", [alpha, alpha], { auditors: two });
  });

  test("one auditor under two names in the list, in either letter case of the address", () => {
    const address = addressOf("Alpha");
    for (const same of [address, address.toLowerCase()])
      expect(() =>
        parseAuditors({
          ...auditorsJson(2),
          auditors: [
            { address, name: "A" },
            { address: same, name: "B" },
          ],
        }),
      ).toThrow(expect.objectContaining({ code: "AUDITORS_POLICY" }));
    expect(() => parseAuditors(auditorsJson(3))).toThrow(
      expect.objectContaining({ code: "AUDITORS_POLICY" }),
    );
  });

  test("somebody else's key under a listed auditor's name", () => {
    refuses("ATTESTATION_UNKNOWN_AUDITOR", [resigned(alpha, {}, "Mallory")]);
    refuses("ATTESTATION_WRONG_SIGNER", [{ ...resigned(alpha, {}, "Mallory"), signer: addressOf("Alpha") }]);
    refuses("ATTESTATION_UNKNOWN_AUDITOR", [alpha, resigned(beta, {}, "Mallory")], { auditors: two });
  });

  test("too few", () => refuses("ATTESTATION_NO_QUORUM", [alpha], { auditors: two }));
});

describe("signatures", () => {
  test("malleable, cut, or not in the one form", () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const s = BigInt(`0x${alpha.signature.slice(66, 130)}`);
    const v = alpha.signature.slice(130) === "1b" ? "1c" : "1b";
    const high = `${alpha.signature.slice(0, 66)}${(order - s).toString(16).padStart(64, "0")}${v}`;
    for (const signature of [high, alpha.signature.slice(0, -2), alpha.signature.toUpperCase(), "0x"])
      refuses("ATTESTATION_SIGNATURE", [{ ...alpha, signature }]);
  });

  test("a key in both roles: what it signs as a price source is no attestation, nor the other way round", () => {
    const { signature: _, ...unsigned } = alpha;
    const observations = [{ instrument: "BTC", price: "1", time: "2026-11-23T08:00:00Z" }];
    const format = "marginproof/prices/1";
    const prices = {
      format,
      source: "Alpha",
      signer: addressOf("Alpha"),
      quote: "USDT",
      observations,
    } as const;
    const { signature } = signPrices(prices, keyOf("Alpha"));
    refuses("ATTESTATION_WRONG_SIGNER", [{ ...alpha, signature }]);
    expect(attestationDigest(unsigned)).not.toEqual(priceDigest(prices));
    refuses("ATTESTATION_WRONG_SIGNER", [
      { ...alpha, signature: signDigest(priceDigest(prices), keyOf("Alpha")) },
    ]);
  });
});

describe("a holder's file beside an attested statement", () => {
  const found = covered.check([alpha]);
  const look = (json: unknown, account?: string) =>
    lookUpLight(json, found, { hasher, ...(account === undefined ? {} : { account }) });

  test("of another statement", async () => {
    const judy = await disclose(tinyEpochPaths("pockets").privateDir, "judy");
    expect(look(judy)).toMatchObject({ status: "not-checked", code: "OPENING_EPOCH" });
    expect(look({ ...judy, statementDigest: carol.statementDigest })).toMatchObject({
      status: "not-counted",
    });
  });

  test("with holdings, salt, place or name of its own", () => {
    const spoilt = (change: (pocket: (typeof carol)["pockets"][number]) => void) => {
      const json = structuredClone(carol);
      change(json.pockets[0]!);
      return look(json);
    };
    const not = { status: "not-counted", code: "OPENING_LEAF" };
    expect(spoilt((pocket) => (pocket.holdings[0]!.steps = "9000000001"))).toMatchObject(not);
    expect(spoilt((pocket) => (pocket.salt = hex("1")))).toMatchObject(not);
    expect(spoilt((pocket) => (pocket.position = 1 - pocket.position))).toMatchObject(not);
    expect(spoilt((pocket) => (pocket.batch = 60_000))).toMatchObject(not);
    expect(look({ ...carol, account: "dave" })).toMatchObject(not);
    expect(look(carol, "dave")).toMatchObject({ status: "not-checked", code: "OPENING_ACCOUNT" });
    expect(look(carol, "carol")).toMatchObject({ status: "counted" });
  });
});
