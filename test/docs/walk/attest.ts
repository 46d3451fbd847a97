import { chmodSync } from "node:fs";
import { join } from "node:path";
import { attest } from "../../../src/attest/attest.js";
import { summarize, summaryToJson } from "../../../src/attest/summary.js";
import { bytesToHex } from "../../../src/field/encoding.js";
import { disclose } from "../../../src/prover/disclose.js";
import { addressOf, attested, auditorsJson, hasher, keyOf, resigned } from "../../attest/support.js";
import { tinyBundle, tinyEpochPaths, tinyPins, verifyTiny } from "../../support/tinyBundle.js";
import { command, file, fresh, type Json, refused, thrown, type Walk } from "./support.js";

const { bundle, privateDir } = tinyEpochPaths("covered");
const found = async () => verifyTiny(await tinyBundle("covered"));
/** Far ahead of any clock that runs the tests. */
const FOREVER = { expires: "2500-01-01T00:00:00Z", time: "2026-01-01T00:00:00Z" };
const changed = async (changes: Json = {}, name = "Alpha") =>
  resigned(await attested(await found(), name), { ...FOREVER, ...changes }, name);

/** `marginproof check --auditors` of carol's file with these attestations. */
async function light(
  attestations: readonly Json[],
  list: Json = auditorsJson(),
  spoil?: (summary: Json) => unknown,
) {
  const summary = summaryToJson(summarize((await found()).statement!, hasher));
  spoil?.(summary);
  const files = attestations.map((one) => file(JSON.stringify(one)));
  return command([
    "check",
    file(JSON.stringify(await disclose(privateDir, "carol"))),
    ...["--auditors", file(JSON.stringify(list)), "--allow-dev-keys"],
    ...["--statement", file(JSON.stringify(summary)), "--market", join(bundle, "market.json")],
    ...["--attestations", ...files],
  ]);
}
const one = async (changes: Json, list?: Json) => light([await changed(changes)], list);

/** `marginproof attest` under a list of keys that the bundle's are not on. */
async function attestBundle() {
  const key = file(`0x${bytesToHex(keyOf("Alpha"))}`, ".key");
  chmodSync(key, 0o600);
  return command(["attest", bundle, "--key", key, "--auditor", "Alpha", "--out", fresh(), "--quiet"]);
}

const hex = (digit: string): string => `0x${digit.repeat(64)}`;

/** Codes of the light check, as auditor and holder meet them. */
export const ATTEST_WALK: Walk = {
  ATTESTATION_SCHEMA: refused(
    async () => light([{ ...(await changed()), verdict: "fine" }]),
    ["verdict"],
    "again",
    1,
  ),
  ATTESTATION_SIGNATURE: refused(
    async () => light([{ ...(await changed()), signature: "0x" }]),
    ["Alpha", "hex digits"],
    "again",
    1,
  ),
  ATTESTATION_WRONG_SIGNER: refused(
    async () => light([{ ...(await changed()), notProved: ["nothing"] }]),
    ["Alpha", "is that of 0x"],
    "changed",
    1,
  ),
  ATTESTATION_UNKNOWN_AUDITOR: refused(
    async () => light([await changed({}, "Mallory")]),
    [addressOf("Mallory"), "0 of the 1"],
    "your list",
    1,
  ),
  ATTESTATION_DUPLICATE_AUDITOR: refused(
    async () => light([await changed(), await changed()], auditorsJson(2)),
    ["Alpha", "1 of the 2"],
    "another auditor",
    1,
  ),
  ATTESTATION_NO_QUORUM: refused(
    async () => light([await changed()], auditorsJson(2)),
    ["1 of the 2"],
    "--epoch",
    1,
  ),
  ATTESTATION_EXCHANGE: refused(() => one({ exchange: "Elsewhere" }), ["Elsewhere"], "this exchange", 1),
  ATTESTATION_EPOCH: refused(() => one({ epoch: "2020" }), ["2020"], "this epoch", 1),
  ATTESTATION_STATEMENT: refused(() => one({ statementDigest: hex("1") }), [hex("1")], "anchor", 1),
  ATTESTATION_FIGURES: refused(
    async () => light([await changed()], undefined, (summary) => summary.places++),
    ["Alpha"],
    "altered",
    1,
  ),
  ATTESTATION_CHECKS: refused(
    () => one({ checks: [{ id: "statement", status: "pass" }] }),
    ['"market"'],
    "auditor",
    1,
  ),
  ATTESTATION_KEYS: refused(
    () => one({ keys: [{ shape: "table-r16", digest: hex("1"), origin: "listed" }] }),
    ["other verifying keys"],
    "--epoch",
    1,
  ),
  ATTESTATION_KEY_LIST: refused(
    () => one({}, { ...auditorsJson(), keys: [hex("1")] }),
    ["not among the keys"],
    "ceremony",
    1,
  ),
  ATTESTATION_DEVELOPMENT: refused(
    async () => {
      const keys = (await changed()).keys.map((key) => ({ ...key, origin: "development" }));
      const files = [await changed({ keys })].map((attestation) => file(JSON.stringify(attestation)));
      return command([
        "check",
        file(JSON.stringify(await disclose(privateDir, "carol"))),
        ...["--auditors", file(JSON.stringify(auditorsJson())), "--market", join(bundle, "market.json")],
        ...["--statement", join(bundle, "statement.json"), "--attestations", ...files],
      ]);
    },
    ["anybody can forge"],
    "--allow-dev-keys",
    1,
  ),
  ATTESTATION_VERIFIER: refused(
    () => one({}, { ...auditorsJson(), verifiers: ["marginproof 9"] }),
    ["marginproof 0.1.0"],
    "version",
    1,
  ),
  ATTESTATION_VERDICT: refused(() => one({ verdict: "not covered" }), ["not covered"], "--epoch", 1),
  ATTESTATION_EXPIRED: refused(() => one({ expires: "2026-01-02T00:00:00Z" }), ["2026-01-02"], "new one", 1),
  ATTESTATION_FUTURE: refused(() => one({ time: "2499-01-01T00:00:00Z" }), ["2499-01-01"], "clock", 1),
  AUDITORS_POLICY: refused(() => one({}, auditorsJson(3)), ["quorum of 3", "2 auditors"], "there"),
  ATTEST_NOT_PROVED: refused(() => attestBundle(), ["not proved"], "marginproof verify", 1),
  ATTEST_INPUT: refused(
    async () =>
      thrown(async () =>
        attest(
          await found(),
          { auditor: " ", verifier: "v", ...FOREVER, pins: await tinyPins(), hasher },
          keyOf("Alpha"),
        ),
      ),
    ["auditor"],
    "option",
  ),
  CHECK_FLAGS: refused(() => command(["check", file("{}")]), ["--epoch", "--auditors"], "BUNDLE"),
  DISCLOSE_FLAGS: refused(
    () =>
      command([
        "disclose",
        "--private",
        privateDir,
        "--account",
        "carol",
        "--out",
        fresh(),
        "--bundle",
        bundle,
      ]),
    ["--attestations"],
    "both",
  ),
};
